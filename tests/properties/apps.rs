//! The application's own side of Space, over arguments and answers of any kind.

use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::apps::structured::{object, text_of as written};
use space_auth_wasm::apps::{answer, identifier, operation, ssh_key, uri, verification};
use space_auth_wasm::protocol::error::Code;
use space_auth_wasm::protocol::json::Json;
use url::{Host, Url};

use crate::json::{is_json, mutated, text_of, value};
use crate::support::{address, config, quoted, soup, text};

const OPERATIONS: [&str; 35] = [
    "register",
    "get",
    "list",
    "update",
    "archive",
    "restore",
    "clientSecret",
    "regenerateClientSecret",
    "signingKey",
    "regenerateSigningKey",
    "verificationToken",
    "regenerateVerificationToken",
    "publicKeys",
    "requireRights",
    "requiredRights",
    "requestRights",
    "rights",
    "authorizeRights",
    "rejectRights",
    "removeAuthorization",
    "authorizedContexts",
    "setEndpoint",
    "sshKeys",
    "addSshKey",
    "removeSshKey",
    "permanentTokens",
    "createPermanentToken",
    "revokePermanentToken",
    "consents",
    "revokeOwnRefreshToken",
    "revokeConsent",
    "",
    "__proto__",
    "GET",
    "get/",
];

fn read(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// A URI, whole or broken, as somebody may register it.
fn candidate() -> impl Strategy<Value = String> {
    let tail = select(vec!["", "", "?a=b", "#", "#x", "\n", " ", "%", "%2", "%41", "@", "\\", "\t", "\u{202e}", "<"]);
    let start = select(vec!["", "", " ", "\n", "user@", "https://", "//"]);
    prop_oneof![
        4 => (start, address(), tail).prop_map(|(start, address, tail)| format!("{start}{address}{tail}")),
        2 => (address(), any::<prop::sample::Index>(), any::<char>(), 0_u8..5)
            .prop_map(|(address, at, with, how)| mutated(&address, at, with, how)),
        1 => text(),
        1 => soup().prop_map(|text| format!("https://a.example/{text}")),
    ]
}

/// The oracle: by the parts that the parser finds, and what it left as it was.
fn may_be_stored(text: &str) -> bool {
    // The parser here knows no other names.
    if !text.is_ascii()
        || text
            .trim_start_matches(|c| c != ':')
            .trim_start_matches([':', '/'])
            .split(['/', '?', '#'])
            .next()
            .unwrap()
            .contains('%')
    {
        return false;
    }
    let Ok(url) = Url::parse(text) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name.rsplit('.').next() == Some("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let start = format!("{}://", url.scheme());
    let rest = text.get(start.len()..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let escapes = text.match_indices('%').all(|(at, _)| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
        && url.fragment().is_none()
        && text.to_ascii_lowercase().starts_with(&start)
        && !authority.is_empty()
        && !authority.contains('@')
        && escapes
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

fn percent_decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

/// Names of things, and what tries to be more than a name.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        "[!-~]{1,40}",
        select(vec!["..", ".", "../..", "a/../b", "?x=1", "a#b", "%2e%2e", "//evil.example", "me", "a\r\nb", "a&b=c"])
            .prop_map(str::to_owned),
    ]
}

/// Arguments that have a chance to be taken.
fn arguments() -> impl Strategy<Value = String> {
    let application = name().prop_flat_map(|name| {
        let texts = vec![
            quoted("me"),
            quoted(&name),
            quoted(&format!("id:{name}")),
            quoted(&format!("clientId:{name}")),
            format!("{{\"id\":{}}}", quoted(&name)),
        ];
        select(texts)
    });
    let context = name().prop_flat_map(|name| {
        let texts = vec![
            "null".to_owned(),
            quoted(&name),
            quoted(&format!("project:key:{name}")),
            format!("{{\"channel\":{}}}", quoted(&name)),
        ];
        select(texts)
    });
    (application, context, name(), text(), (value(), any::<u64>()), any::<bool>()).prop_map(
        |(application, context, name, text, (value, choice), is_any)| {
            let name = quoted(&name);
            let document = if is_any {
                text_of(&value, choice)
            } else {
                format!(
                    "{{\"name\":{},\"scope\":\"a\",\"uri\":\"https://a.example/\",\"add\":[\"A.View\"]}}",
                    quoted(&text)
                )
            };
            let fields = if text.is_empty() { "null".to_owned() } else { quoted(&text) };
            format!(
                "{{\"application\":{application},\"context\":{context},\"user\":{},\"key\":{name},\"token\":{{\"id\":{name}}},\
                 \"rights\":[\"A.View\"],\"skip\":{name},\"pageSize\":7,\"fields\":{fields},\"document\":{document}}}",
                quoted(&format!("id:{text}")),
            )
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a09_a_uri_is_stored_as_it_is_or_not_at_all(text in candidate()) {
        let checked = uri::checked("uri", &text);
        prop_assert_eq!(checked.is_ok(), may_be_stored(&text), "{:?} {:?}", text, checked);
        if let Ok(stored) = checked {
            prop_assert_eq!(stored, text);
        }
    }

    #[test]
    fn a09_uris_that_are_joined_are_told_apart_again(texts in prop::collection::vec(prop_oneof![1 => candidate(), 4 => select(vec!["https://a.example/", "https://b.example/cb?x=%20", "http://[::1]:8080/"]).prop_map(str::to_owned)], 0..6)) {
        let list = Json::List(texts.iter().cloned().map(Json::Text).collect());
        let document = object([("name", Json::Text("a".to_owned())), ("codeFlowRedirectURIs", list.clone())]);
        let Ok(request) = operation::request("register", &object([("document", document)])) else {
            prop_assert!(!texts.iter().all(|text| may_be_stored(text)));
            return Ok(());
        };
        let joined = request.body.unwrap().text_of("codeFlowRedirectURIs").unwrap().to_owned();
        let lines: Vec<_> = joined.split('\n').filter(|line| !line.is_empty()).collect();
        prop_assert_eq!(&lines, &texts);
        // And so they come back.
        let answered = format!("{{\"id\":\"1\",\"clientId\":\"c\",\"name\":\"a\",\"codeFlowRedirectURIs\":{}}}", quoted(&joined));
        let application = answer("get", 200, &answered, None, false).unwrap();
        prop_assert_eq!(application.member("codeFlowRedirectURIs"), Some(&list));
    }

    #[test]
    fn d02_any_value_that_is_written_reads_back(value in value(), choice: u64) {
        let json = read(&text_of(&value, choice));
        let text = written(&json);
        prop_assert!(is_json(&text), "{}", text);
        prop_assert_eq!(Json::parse(&text), Some(json));
    }

    #[test]
    fn a_request_stays_below_its_address(operation in select(OPERATIONS.to_vec()), arguments in arguments()) {
        let Ok(request) = operation::request(operation, &read(&arguments)) else { return Ok(()) };
        prop_assert!(["GET", "POST", "PATCH", "DELETE"].contains(&request.method));
        let path = request.path.as_str();
        prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte)), "{}", path);
        prop_assert!(path.matches('?').count() <= 1, "{}", path);
        let (steps, query) = path.split_once('?').unwrap_or((path, ""));
        prop_assert!(steps.split('/').all(|step| !step.is_empty() && !["..", "."].contains(&percent_decoded(step).unwrap().as_str())), "{}", path);
        // The parser of the browser agrees on what is path and what is query.
        let url = Url::parse("https://acme.example/api/http/").unwrap().join(path).unwrap();
        prop_assert_eq!(url.origin().ascii_serialization(), "https://acme.example");
        prop_assert_eq!(url.path(), format!("/api/http/{steps}"));
        prop_assert_eq!(url.query().unwrap_or_default(), query);
        for (name, _) in url.query_pairs() {
            prop_assert!(["$fields", "$top", "$skip", "name", "withArchived", "contextIdentifier"].contains(&&*name), "{}", path);
        }
        if let Some(body) = &request.body {
            prop_assert!(is_json(&written(body)));
        }
    }

    #[test]
    fn any_arguments_are_taken_or_refused(operation in select(OPERATIONS.to_vec()), value in value(), choice: u64) {
        let text = text_of(&value, choice);
        for arguments in [text.clone(), format!("{{\"application\":\"me\",\"document\":{text},\"rights\":{text},\"context\":{text},\"fields\":{text},\"skip\":{text},\"key\":{text},\"token\":{text},\"publicKey\":{text},\"user\":{text},\"pageSize\":{text},\"comment\":{text}}}")] {
            if let Err(error) = operation::request(operation, &read(&arguments)) {
                prop_assert_eq!(&error.code, &Code::InvalidConfiguration);
                prop_assert!(!error.hint.is_empty());
            }
        }
    }

    #[test]
    fn identifiers_are_what_they_were_behind_their_escapes(name in name()) {
        let mut path = String::new();
        identifier::push_segment(&mut path, &name);
        let segment = path.strip_prefix('/').unwrap();
        prop_assert!(!segment.contains(['/', '?', '#', '\\']));
        prop_assert_eq!(percent_decoded(segment), Some(name.clone()));
        let whole = [":", &name].concat();
        for (prefix, named) in [("id", identifier::application(&Json::Text(format!("id{whole}")))), ("username", identifier::user(&Json::Text(format!("username{whole}")))), ("channel", identifier::context(&Json::Text(format!("channel{whole}"))))] {
            prop_assert_eq!(named.ok(), identifier::is_name(&name).then(|| format!("{prefix}{whole}")));
        }
    }

    #[test]
    fn d02_no_answer_makes_the_reader_panic(operation in select(OPERATIONS.to_vec()), status: u16, value in value(), choice: u64, text in prop_oneof![text(), soup()], is_partial: bool, sent in text()) {
        let json = text_of(&value, choice);
        let page = format!("{{\"next\":{json},\"totalCount\":3,\"data\":[{json}]}}");
        let application = format!("{{\"id\":\"1\",\"clientId\":\"c\",\"name\":{},\"codeFlowRedirectURIs\":{json},\"x\":{json}}}", quoted(&text));
        for text in [&text, &json, &page, &application, &format!("[{application}]")] {
            for status in [status, 200] {
                match answer(operation, status, text, Some(&sent), is_partial) {
                    Ok(meaning) => {
                        prop_assert!((200..300).contains(&status));
                        prop_assert!(is_json(&written(&meaning)));
                    }
                    Err(error) => prop_assert_eq!(error.status, Some(status)),
                }
            }
        }
    }

    #[test]
    fn h01_no_error_repeats_a_secret_that_was_sent(secret in "[!-~]{3,30}", around in text(), name in select(vec!["clientSecret", "basicAuthPassword", "bearerAuthToken"])) {
        let sent = format!("{{\"name\":\"a\",{}:{}}}", quoted(name), quoted(&secret));
        for description in [format!("{around}{secret}{around}"), secret.clone(), secret.chars().flat_map(|c| [c, '\u{200b}']).collect()] {
            let text = format!("{{\"error\":\"validation-error\",\"error_description\":{}}}", quoted(&description));
            let error = answer("register", 400, &text, Some(&sent), false).unwrap_err();
            prop_assert!(!error.description.as_ref().is_some_and(|said| said.contains(&secret)), "{:?}", error.description);
        }
        let text = format!("{{\"error\":{}}}", quoted(&secret));
        let error = answer("register", 400, &text, Some(&sent), false).unwrap_err();
        prop_assert_eq!(&error.code, &Code::InvalidResponse);
    }

    #[test]
    fn no_key_and_no_way_to_verify_makes_the_reader_panic(text in prop_oneof![text(), soup(), "ssh-(rsa|ed25519) [A-Za-z0-9+/=]{0,80}( .*)?"], value in value(), choice: u64, now: u64, tolerance: u64, body in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = ssh_key::read(&text);
        let json = text_of(&value, choice);
        for how in [json.clone(), format!("{{\"publicKeys\":{{\"keys\":[{json},{{\"kty\":\"RSA\",\"n\":{0},\"e\":{0}}}]}}}}", quoted(&text)), format!("{{\"publicKeys\":{json},\"tolerance\":{json}}}")] {
            let _ = verification::verification(&read(&how));
        }
        prop_assert!(!verification::is_signed("key", &text, &body, &text));
        let expected = text.parse::<u64>().ok().filter(|_| text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert_eq!(verification::is_timely(&text, now, tolerance), expected.is_some_and(|time| time.abs_diff(now) <= tolerance));
        let _ = verification::payload(&body);
        prop_assert!(!verification::has_token("token", &body));
    }
}
