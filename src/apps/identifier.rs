//! How Space names things in its addresses: applications, users, contexts of rights.

use super::unfit;
use crate::protocol::error::AuthError;
use crate::protocol::json::{self, Json};

/// `me`, `id:…` or `clientId:…`, of such a text, of an application, or of what a consent has for one.
pub fn application(value: &Json) -> Result<String, AuthError> {
    let of = |value| member(value, "id", "id:").or_else(|| member(value, "clientId", "clientId:"));
    let named = match value {
        Json::Text(text) => own(text, &["me"], &["id", "clientId"]),
        _ => of(value).or_else(|| of(value.member("app")?)),
    };
    named.ok_or_else(|| unfit("application", "be \"me\", \"id:…\", \"clientId:…\", or an application"))
}

/// `me`, `id:…` or `username:…`.
pub fn user(value: &Json) -> Result<String, AuthError> {
    let named = match value {
        Json::Null => Some("me".to_owned()),
        Json::Text(text) => own(text, &["me"], &["id", "username"]),
        _ => None,
    };
    named.ok_or_else(|| unfit("user", "be \"me\", \"id:…\" or \"username:…\""))
}

/// Where a right holds: `global`, `project:key:…`, `project:id:…`, `channel:…`, `packageRepository:…` or `taskId:…`.
pub fn context(value: &Json) -> Result<String, AuthError> {
    context_of(value).ok_or_else(|| {
        unfit(
            "context",
            "be \"global\", { project } with a key or an id, { channel } with an id, or an authorized context",
        )
    })
}

fn context_of(value: &Json) -> Option<String> {
    const WHERE: [&str; 6] = ["project", "projectId", "channel", "channelId", "repository", "taskId"];
    match value {
        Json::Null => return Some("global".to_owned()),
        Json::Text(text) => return own(text, &["global"], &CONTEXTS),
        _ if value.text_of("className") == Some("GlobalPermissionContext") => return Some("global".to_owned()),
        _ => {}
    }
    let mut given = WHERE.iter().filter_map(|name| match value.member(name) {
        None | Some(Json::Null) => None,
        Some(place) => Some((*name, place)),
    });
    // With two of them it would not be clear which one is meant.
    let (Some((name, place)), None) = (given.next(), given.next()) else { return None };
    match name {
        "project" => {
            member(value, name, "project:key:").or_else(|| member(place, "id", "project:id:")).or_else(|| {
                // Space's own projects have their key in an object of its own.
                let nested = place.member("key").and_then(|key| member(key, "key", "project:key:"));
                nested.or_else(|| member(place, "key", "project:key:"))
            })
        }
        "channel" => member(value, name, "channel:").or_else(|| member(place, "id", "channel:")),
        "repository" => member(place, "id", "packageRepository:"),
        // Of what is private, Space tells the id alone.
        "projectId" => member(value, name, "project:id:"),
        "channelId" => member(value, name, "channel:"),
        _ => member(value, name, "taskId:"),
    }
}

/// What Space's own texts for contexts begin with, apart from `global`.
const CONTEXTS: [&str; 5] = ["project:key", "project:id", "channel", "packageRepository", "taskId"];

/// A text that is one of the words, or one of the prefixes with a name behind its colon.
fn own(text: &str, words: &[&str], prefixes: &[&str]) -> Option<String> {
    let named = |prefix: &&str| text.strip_prefix(*prefix).and_then(|rest| rest.strip_prefix(':')).is_some_and(is_name);
    (words.contains(&text) || prefixes.iter().any(named)).then(|| text.to_owned())
}

fn member(value: &Json, name: &str, prefix: &str) -> Option<String> {
    let text = value.text_of(name).filter(|text| is_name(text))?;
    Some([prefix, text].concat())
}

/// Ids, client ids, keys and user names: visible, without spaces, of at most 256 bytes. A dot or two would be a step in
/// the path.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !matches!(text, "." | "..")
        && (1..=256).contains(&text.len())
        && !text.chars().any(|character| character.is_control() || character.is_whitespace())
}

/// Appends a segment of a path: whatever is not unreserved, or the colon of an identifier, as percent escapes.
pub fn push_segment(path: &mut String, segment: &str) {
    path.push('/');
    for byte in segment.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b':' => path.push(byte.into()),
            _ => {
                path.push('%');
                json::push_hex(path, byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn an_application_is_named_in_three_ways() {
        for (given, named) in [
            (r#""me""#, "me"),
            (r#""id:4fbUn""#, "id:4fbUn"),
            (r#""clientId:a-b:c""#, "clientId:a-b:c"),
            (r#"{"id":"x","clientId":"y"}"#, "id:x"),
            (r#"{"clientId":"y","name":"z"}"#, "clientId:y"),
            (r#"{"className":"ES_OAuthUserApp","app":{"id":"x","clientId":"y"}}"#, "id:x"),
            (r#"{"className":"ES_OAuthUserApp","app":{"clientId":"y"}}"#, "clientId:y"),
        ] {
            assert_eq!(application(&read(given)).as_deref(), Ok(named), "{given}");
        }
    }

    #[test]
    fn what_names_no_application_is_refused() {
        for given in [
            "null",
            "1",
            "true",
            "[]",
            "{}",
            r#""""#,
            r#""Me""#,
            r#""x""#,
            r#""id:""#,
            r#""id: x""#,
            r#""id:a\nb""#,
            r#""name:x""#,
            r#"{"id":""}"#,
            r#"{"id":1}"#,
            r#"{"name":"x"}"#,
            r#"{"app":"x"}"#,
            r#"{"app":{"app":{"id":"x"}}}"#,
        ] {
            assert!(application(&read(given)).is_err(), "{given}");
        }
        assert!(application(&Json::Text(format!("id:{}", "x".repeat(257)))).is_err());
    }

    #[test]
    fn a_context_is_named_by_space_or_by_its_parts() {
        for (given, named) in [
            ("null", "global"),
            (r#""global""#, "global"),
            (r#""project:key:ORBIT""#, "project:key:ORBIT"),
            (r#""project:id:1a""#, "project:id:1a"),
            (r#""channel:c1""#, "channel:c1"),
            (r#"{"project":"ORBIT"}"#, "project:key:ORBIT"),
            (r#"{"project":{"key":"ORBIT"}}"#, "project:key:ORBIT"),
            (r#"{"project":{"id":"p1"}}"#, "project:id:p1"),
            (r#"{"channel":"c1"}"#, "channel:c1"),
            (r#"{"className":"GlobalPermissionContext"}"#, "global"),
            (
                r#"{"className":"ProjectPermissionContext","project":{"id":"p1","key":{"key":"ORBIT"}}}"#,
                "project:id:p1",
            ),
            (r#"{"className":"ProjectPermissionContext","project":{"key":{"key":"ORBIT"}}}"#, "project:key:ORBIT"),
            (r#"{"className":"ChannelPermissionContext","channel":{"id":"c1"}}"#, "channel:c1"),
            (r#"{"className":"PrivateProjectPermissionContext","projectId":"p2"}"#, "project:id:p2"),
            (r#"{"className":"PrivateChannelPermissionContext","channelId":"c2"}"#, "channel:c2"),
            (
                r#"{"className":"PackageRepositoryPermissionContext","repository":{"id":"r1","name":"maven"}}"#,
                "packageRepository:r1",
            ),
            (r#"{"className":"AiAgentTaskPermissionContext","taskId":"t1"}"#, "taskId:t1"),
            (r#"{"className":"AiAgentTaskPermissionContext","project":null,"taskId":"t1"}"#, "taskId:t1"),
            (r#""packageRepository:r1""#, "packageRepository:r1"),
            (r#""taskId:t1""#, "taskId:t1"),
        ] {
            assert_eq!(context(&read(given)).as_deref(), Ok(named), "{given}");
        }
        for given in [
            "1",
            "[]",
            "{}",
            r#""""#,
            r#""Global""#,
            r#""project:ORBIT""#,
            r#""project:key:""#,
            r#""ORBIT""#,
            r#""global:x""#,
            r#"{"project":""}"#,
            r#"{"project":{}}"#,
            r#"{"project":"a b"}"#,
            r#"{"project":"A","channel":"b"}"#,
            r#"{"projectId":"p","taskId":"t"}"#,
            r#"{"projectId":{"id":"p"}}"#,
            r#"{"channelId":""}"#,
            r#"{"repository":"r"}"#,
            r#"{"repository":{"name":"maven"}}"#,
            r#"{"taskId":"a b"}"#,
            r#""packageRepository:""#,
            r#""taskId""#,
            r#""projectId:p""#,
        ] {
            assert!(context(&read(given)).is_err(), "{given}");
        }
    }

    #[test]
    fn a_user_is_named_in_three_ways() {
        for given in [r#""me""#, r#""id:1""#, r#""username:alice""#] {
            assert_eq!(user(&read(given)).as_deref(), read(given).text().ok_or(&AuthError::configuration(&[])));
        }
        assert_eq!(user(&Json::Null).as_deref(), Ok("me"));
        for given in [r#""alice""#, r#""id:""#, "{}", "1"] {
            assert!(user(&read(given)).is_err(), "{given}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        let mut path = "applications".to_owned();
        push_segment(&mut path, "id:../a?b#c%2e é");
        assert_eq!(path, "applications/id:..%2Fa%3Fb%23c%252e%20%C3%A9");
    }
}
