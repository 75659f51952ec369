//! The documents that a caller sends to Space. Members that are listed here are checked. Others of an application pass
//! through as they are; an endpoint and a permanent token have no others.

use super::identifier::is_name;
use super::structured::object;
use super::unfit;
use super::uri::checked;
use crate::protocol::error::AuthError;
use crate::protocol::json::Json;

/// What a member must be.
#[derive(Clone, Copy)]
enum Kind {
    /// A text that is not empty.
    Word,
    /// A text, or `null` where there is to be none any more.
    Text,
    Flag,
    /// One URI, or `null`.
    Uri,
    /// Several, which Space keeps as one text.
    Uris,
    /// A client id.
    Name,
}

/// Of an application (step 2 of the document), by the names that the HTTP API has for them.
const APPLICATION: [(&str, Kind); 21] = [
    ("name", Kind::Word),
    ("description", Kind::Text),
    ("email", Kind::Text),
    ("clientId", Kind::Name),
    ("clientSecret", Kind::Word),
    ("clientCredentialsFlowEnabled", Kind::Flag),
    ("codeFlowEnabled", Kind::Flag),
    ("codeFlowRedirectURIs", Kind::Uris),
    ("pkceRequired", Kind::Flag),
    ("publicClientsAllowed", Kind::Flag),
    ("implicitFlowEnabled", Kind::Flag),
    ("implicitFlowRedirectURIs", Kind::Uris),
    ("endpointUri", Kind::Uri),
    ("endpointSslVerification", Kind::Flag),
    ("hasPublicKeySignature", Kind::Flag),
    ("hasSigningKey", Kind::Flag),
    ("hasVerificationToken", Kind::Flag),
    ("basicAuthUsername", Kind::Text),
    ("basicAuthPassword", Kind::Text),
    ("bearerAuthToken", Kind::Text),
    ("connectToSpace", Kind::Flag),
];

/// Whether a member's value is one that no error may repeat. The last two are those of `appLevelAuth`.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    ["clientSecret", "basicAuthPassword", "bearerAuthToken", "password", "token"].contains(&name)
}

/// A new application, which has a name at least.
pub fn registration(document: &Json) -> Result<Json, AuthError> {
    let members = members(document, "application")?;
    if document.member("name").is_none() {
        return Err(unfit("name", "be given"));
    }
    fit(members)
}

/// Changes of an application.
pub fn changes(document: &Json) -> Result<Json, AuthError> {
    let members = members(document, "changes")?;
    if members.is_empty() {
        return Err(unfit("changes", "name what to change"));
    }
    fit(members)
}

/// An application's endpoint (step 5), or the absence of one.
pub fn endpoint(document: &Json) -> Result<Json, AuthError> {
    if *document == Json::Null {
        return Ok(object([("endpointUri", Json::Null)]));
    }
    if document.member("uri").is_none() {
        return Err(unfit("uri", "be given"));
    }
    let mut settings = Vec::new();
    for (name, value) in members(document, "endpoint")? {
        let (name, value) = match name.as_str() {
            "uri" => ("endpointUri", fitting("uri", value, Kind::Uri)?),
            "sslVerification" => ("endpointSslVerification", fitting(name, value, Kind::Flag)?),
            "publicKeySignature" => ("hasPublicKeySignature", fitting(name, value, Kind::Flag)?),
            "signingKey" => ("hasSigningKey", fitting(name, value, Kind::Flag)?),
            "verificationToken" => ("hasVerificationToken", fitting(name, value, Kind::Flag)?),
            _ => return Err(AuthError::configuration(&["An endpoint has no `", name, "`."])),
        };
        settings.push((name.to_owned(), value));
    }
    Ok(Json::Object(settings))
}

/// A permanent token that is to be made: a name, a scope, and when it expires.
pub fn permanent_token(document: &Json) -> Result<Json, AuthError> {
    for (name, _) in members(document, "token")? {
        if !["name", "scope", "expires"].contains(&name.as_str()) {
            return Err(AuthError::configuration(&["A permanent token has no `", name, "`."]));
        }
    }
    let name = word(document, "name")?;
    let scope = match document.member("scope") {
        Some(Json::Text(text)) => text.clone(),
        Some(Json::List(items)) => {
            texts(items).ok_or_else(|| unfit("scope", "be a text or a list of texts"))?.join(" ")
        }
        _ => String::new(),
    };
    if scope.trim_ascii().is_empty() {
        return Err(unfit("scope", "be given: a text or a list of texts"));
    }
    let mut token = vec![("name".to_owned(), Json::Text(name.to_owned())), ("scope".to_owned(), Json::Text(scope))];
    match document.member("expires") {
        None => {}
        Some(Json::Text(time)) if is_time(time) => token.push(("expires".to_owned(), Json::Text(time.clone()))),
        Some(_) => return Err(unfit("expires", "be a Date")),
    }
    Ok(Json::Object(token))
}

/// Whether a text is a time as JavaScript writes it, in one of our millennia.
fn is_time(text: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00.000Z";
    let fits = |(given, form): (u8, &u8)| if *form == b'0' { given.is_ascii_digit() } else { given == *form };
    text.len() == FORM.len() && text.bytes().zip(FORM).all(fits)
}

/// Codes of rights, such as `Project.Issues.View`: at least one, none twice.
pub fn rights(value: Option<&Json>, name: &str) -> Result<Json, AuthError> {
    let must = || unfit(name, "be a list of codes of rights, such as \"Project.Issues.View\", none of them twice");
    let Some(Json::List(items)) = value else { return Err(must()) };
    let codes = texts(items).ok_or_else(must)?;
    let is_fine = |(place, code): (usize, &&str)| {
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        code.len() <= 256 && code.split('.').all(is_part) && !codes.iter().skip(place + 1).any(|other| other == code)
    };
    if codes.is_empty() || !codes.iter().enumerate().all(is_fine) {
        return Err(must());
    }
    Ok(Json::List(codes.into_iter().map(|code| Json::Text(code.to_owned())).collect()))
}

/// The text of a member that must be there.
pub fn word<'a>(document: &'a Json, name: &str) -> Result<&'a str, AuthError> {
    document
        .text_of(name)
        .filter(|text| !text.trim_ascii().is_empty())
        .ok_or_else(|| unfit(name, "be a text that is not empty"))
}

fn members<'a>(document: &'a Json, name: &str) -> Result<&'a [(String, Json)], AuthError> {
    if let Json::Object(members) = document { Ok(members) } else { Err(unfit(name, "be an object")) }
}

fn fit(members: &[(String, Json)]) -> Result<Json, AuthError> {
    let mut fitted = Vec::new();
    for (name, value) in members {
        let kind = APPLICATION.iter().find(|(known, _)| known == name);
        let value = match kind {
            Some((_, kind)) => fitting(name, value, *kind)?,
            None => value.clone(),
        };
        fitted.push((name.clone(), value));
    }
    Ok(Json::Object(fitted))
}

fn fitting(name: &str, value: &Json, kind: Kind) -> Result<Json, AuthError> {
    let must = match (kind, value) {
        (Kind::Word, Json::Text(text)) if !text.trim_ascii().is_empty() => return Ok(value.clone()),
        (Kind::Name, Json::Text(text)) if is_name(text) => return Ok(value.clone()),
        (Kind::Text, Json::Text(_) | Json::Null) | (Kind::Flag, Json::Boolean(_)) | (Kind::Uri, Json::Null) => {
            return Ok(value.clone());
        }
        (Kind::Uri, Json::Text(text)) => return checked(name, text).map(Json::Text),
        (Kind::Uris, Json::List(items)) if texts(items).is_some() => return uris(name, items),
        (Kind::Word, _) => "be a text that is not empty",
        (Kind::Name, _) => "be a text without spaces",
        (Kind::Text, _) => "be a text or null",
        (Kind::Flag, _) => "be true or false",
        (Kind::Uri, _) => "be a URI or null",
        (Kind::Uris, _) => "be a list of URIs",
    };
    Err(unfit(name, must))
}

/// One text, with line feeds in between, as the installation link has it, too.
pub fn uris(name: &str, items: &[Json]) -> Result<Json, AuthError> {
    let mut all = Vec::new();
    for text in texts(items).unwrap_or_default() {
        all.push(checked(name, text)?);
    }
    Ok(Json::Text(all.join("\n")))
}

fn texts(items: &[Json]) -> Option<Vec<&str>> {
    items.iter().map(Json::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apps::structured::text_of;

    type Check = fn(&Json) -> Result<Json, AuthError>;

    fn fitted(check: Check, text: &str) -> String {
        text_of(&check(&Json::parse(text).unwrap()).unwrap())
    }

    fn hint(check: Check, text: &str) -> String {
        check(&Json::parse(text).unwrap()).err().unwrap().hint.clone()
    }

    #[test]
    fn redirect_uris_become_one_text_and_other_members_survive() {
        let given = r#"{"name":"Bot","codeFlowRedirectURIs":["https://a.example/","http://localhost:1/"],"endpointUri":null,"state":{"x":[1,null]}}"#;
        let sent = r#"{"name":"Bot","codeFlowRedirectURIs":"https://a.example/\u000Ahttp://localhost:1/","endpointUri":null,"state":{"x":[1,null]}}"#;
        assert_eq!(fitted(registration, given), sent);
        assert_eq!(fitted(changes, r#"{"codeFlowRedirectURIs":[]}"#), r#"{"codeFlowRedirectURIs":""}"#);
    }

    #[test]
    fn a_member_that_is_not_as_it_must_be_is_named() {
        for (document, member) in [
            (r#"{}"#, "`name`"),
            (r#"[]"#, "`application`"),
            (r#"{"name":null}"#, "`name`"),
            (r#"{"name":" "}"#, "`name`"),
            (r#"{"name":5}"#, "`name`"),
            (r#"{"name":"a","clientId":"a b"}"#, "`clientId`"),
            (r#"{"name":"a","codeFlowEnabled":"yes"}"#, "`codeFlowEnabled`"),
            (r#"{"name":"a","pkceRequired":null}"#, "`pkceRequired`"),
            (r#"{"name":"a","description":5}"#, "`description`"),
            (r#"{"name":"a","clientSecret":""}"#, "`clientSecret`"),
            (r#"{"name":"a","codeFlowRedirectURIs":"https://a.example/"}"#, "`codeFlowRedirectURIs`"),
            (r#"{"name":"a","codeFlowRedirectURIs":[1]}"#, "`codeFlowRedirectURIs`"),
            (r#"{"name":"a","implicitFlowRedirectURIs":["https://a.example/","x"]}"#, "`implicitFlowRedirectURIs`"),
            (r#"{"name":"a","endpointUri":"http://a.example"}"#, "`endpointUri`"),
            (r#"{"name":"a","endpointUri":false}"#, "`endpointUri`"),
        ] {
            let hint = hint(registration, document);
            assert!(hint.starts_with(member), "{document}: {hint}");
        }
        assert!(hint(changes, "{}").starts_with("`changes`"));
    }

    #[test]
    fn an_endpoint_has_the_words_of_the_document() {
        let given = r#"{"uri":"https://a.example/space","sslVerification":false,"publicKeySignature":true,"signingKey":true,"verificationToken":false}"#;
        let sent = r#"{"endpointUri":"https://a.example/space","endpointSslVerification":false,"hasPublicKeySignature":true,"hasSigningKey":true,"hasVerificationToken":false}"#;
        assert_eq!(fitted(endpoint, given), sent);
        assert_eq!(fitted(endpoint, "null"), r#"{"endpointUri":null}"#);
        for document in [
            "{}",
            "5",
            r#"{"uri":null}"#,
            r#"{"uri":"/x"}"#,
            r#"{"uri":"https://a/","signingKey":1}"#,
            r#"{"uri":"https://a/","url":""}"#,
        ] {
            assert!(endpoint(&Json::parse(document).unwrap()).is_err(), "{document}");
        }
    }

    #[test]
    fn a_permanent_token_has_a_name_and_a_scope() {
        let token =
            r#"{"name":"CI","scope":["global:Profile.View","global:Team.View"],"expires":"2027-01-01T00:00:00.000Z"}"#;
        let sent =
            r#"{"name":"CI","scope":"global:Profile.View global:Team.View","expires":"2027-01-01T00:00:00.000Z"}"#;
        assert_eq!(fitted(permanent_token, token), sent);
        assert_eq!(
            fitted(permanent_token, r#"{"name":"CI","scope":"**","expires":null}"#),
            r#"{"name":"CI","scope":"**"}"#
        );
        for document in [
            "null",
            "{}",
            r#"{"name":"CI"}"#,
            r#"{"scope":"**"}"#,
            r#"{"name":"","scope":"**"}"#,
            r#"{"name":"CI","scope":" "}"#,
            r#"{"name":"CI","scope":[]}"#,
            r#"{"name":"CI","scope":[1]}"#,
            r#"{"name":"CI","scope":"**","expires":5}"#,
            r#"{"name":"CI","scope":"**","expire":"2027-01-01T00:00:00.000Z"}"#,
        ] {
            assert!(permanent_token(&Json::parse(document).unwrap()).is_err(), "{document}");
        }
    }

    #[test]
    fn rights_are_codes() {
        let read = |text: &str| rights(Json::parse(text).as_ref(), "rights");
        let fine = r#"["Project.Issues.View","Profile.Edit.2","Superadmin","VcsRepository.CommitStatus.Push"]"#;
        assert_eq!(text_of(&read(fine).unwrap()), fine);
        for text in [
            "null",
            "{}",
            "[]",
            r#""Project.View""#,
            "[1]",
            r#"[""]"#,
            r#"["Project."]"#,
            r#"["Project..View"]"#,
            r#"["View issues"]"#,
            r#"["global:Project.View"]"#,
            r#"["Project.View","Project.View"]"#,
            r#"["Project.View\n"]"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(rights(None, "rights").is_err());
    }
}
