//! What the answers of Space say, and what nobody may be told.

use super::*;
use crate::apps::structured::text_of;

fn said(operation: &str, text: &str) -> Result<String, AuthError> {
    answer(operation, 200, text, None, false).map(|value| text_of(&value))
}

fn told(operation: &str, text: &str) -> String {
    said(operation, text).unwrap()
}

fn refused(status: u16, text: &str, sent: Option<&str>) -> AuthError {
    let error = answer("register", status, text, sent, false).unwrap_err();
    assert_eq!((error.phase, error.status), (Phase::Request, Some(status)));
    error
}

#[test]
fn an_application_has_lists_and_all_that_is_unknown_here() {
    let given = r#"{"id":"1","new":{"x":[1,null]},"clientId":"c","name":"Bot","codeFlowRedirectURIs":"https://a.example/\nhttps://b.example/ "}"#;
    let uris = r#""codeFlowRedirectURIs":["https://a.example/","https://b.example/"],"implicitFlowRedirectURIs":[]"#;
    for operation in ["register", "get", "update"] {
        let known = r#"{"id":"1","new":{"x":[1,null]},"clientId":"c","name":"Bot""#;
        assert_eq!(told(operation, given), format!(r#"{known},{uris},"archived":false}}"#));
    }
    for (written, read) in [
        (r#""https://a.example/\r\n\thttps://b.example/\n""#, r#"["https://a.example/","https://b.example/"]"#),
        (r#"["https://a.example/","https://b.example/"]"#, r#"["https://a.example/","https://b.example/"]"#),
        (r#""""#, "[]"),
        (r#"" \n""#, "[]"),
        ("[]", "[]"),
        ("null", "[]"),
    ] {
        let text = format!(r#"{{"id":"1","clientId":"c","name":"Bot","implicitFlowRedirectURIs":{written}}}"#);
        assert!(told("get", &text).contains(&format!(r#""implicitFlowRedirectURIs":{read}"#)), "{written}");
    }
    for (written, read) in [("true", "true"), ("false", "false"), ("null", "false"), (r#""true""#, "false")] {
        let text = format!(r#"{{"id":"1","clientId":"c","name":"Bot","archived":{written}}}"#);
        assert!(told("get", &text).ends_with(&format!(r#""archived":{read}}}"#)), "{written}");
    }
}

#[test]
fn an_answer_with_chosen_members_has_them_and_no_others() {
    let partial = |operation, text| answer(operation, 200, text, None, true).map(|value| text_of(&value));
    for (operation, text) in [
        ("get", r#"{"name":"Bot"}"#),
        ("get", "{}"),
        ("list", r#"{"next":"1","totalCount":1,"data":[{"createdAt":{"timestamp":5}}]}"#),
        ("permanentTokens", r#"{"next":null,"totalCount":null,"data":[{}]}"#),
        ("rights", r#"[{"rightCode":"A"}]"#),
        ("authorizedContexts", r#"[{"project":{"id":"p"}}]"#),
        ("sshKeys", r#"[{"comment":"CI"}]"#),
        ("consents", r#"[{"id":"1"}]"#),
        ("consents", r#"[{"refreshTokens":[]}]"#),
    ] {
        assert_eq!(partial(operation, text).as_deref(), Ok(text), "{operation}");
    }
    let text = r#"{"codeFlowRedirectURIs":"https://a.example/","archived":null}"#;
    let read = r#"{"codeFlowRedirectURIs":["https://a.example/"],"archived":false}"#;
    assert_eq!(partial("get", text).as_deref(), Ok(read));
    let token = r#"{"first":{"id":"1"},"second":"t"}"#;
    assert_eq!(partial("createPermanentToken", token).as_deref(), Ok(r#"{"id":"1","token":"t"}"#));
    for (operation, text) in [
        ("get", r#"{"name":5}"#),
        ("get", "[]"),
        ("get", "null"),
        ("list", r#"{"data":[null]}"#),
        ("rights", r#"[{"rightCode":1}]"#),
        ("consents", r#"[{"clientApplication":"x"}]"#),
        ("createPermanentToken", r#"{"first":{"id":"1"}}"#),
    ] {
        assert!(partial(operation, text).is_err(), "{operation} {text}");
    }
}

#[test]
fn a_page_has_three_members() {
    let page = r#"{"next":"2","totalCount":3,"data":[{"id":"1","clientId":"c","name":"Bot"}],"more":1}"#;
    let application = r#"{"id":"1","clientId":"c","name":"Bot","codeFlowRedirectURIs":[],"implicitFlowRedirectURIs":[],"archived":false}"#;
    assert_eq!(told("list", page), format!(r#"{{"next":"2","totalCount":3,"data":[{application}]}}"#));
    assert_eq!(told("list", r#"{"data":[]}"#), r#"{"next":null,"totalCount":null,"data":[]}"#);
    let tokens = r#"{"next":null,"totalCount":null,"data":[{"id":"1","name":"CI","scope":"**"}]}"#;
    assert_eq!(told("permanentTokens", tokens), tokens);
}

#[test]
fn lists_and_texts_are_given_on() {
    for (operation, text) in [
        ("rights", r#"[{"rightCode":"A","status":"GRANTED","new":1}]"#),
        ("requiredRights", "[]"),
        ("authorizedContexts", r#"[{"className":"GlobalPermissionContext"}]"#),
        ("sshKeys", r#"[{"fingerprint":"00:ff","createdAt":{"timestamp":1}}]"#),
        ("clientSecret", r#""s3cret""#),
        ("signingKey", r#""00ff""#),
        ("verificationToken", r#""t""#),
        (
            "consents",
            r#"[{"clientApplication":{"className":"ES_OAuthUserApp","app":{"id":"1","name":"Bot"}},"approvedScopes":[{"id":"1","scope":{"className":"XScopeApi.All"}}],"refreshTokens":[]}]"#,
        ),
        ("publicKeys", r#"{"keys":[{"kty":"RSA"}],"x":1}"#),
    ] {
        assert_eq!(told(operation, text), text, "{operation}");
    }
    assert_eq!(told("publicKeys", r#""{\"keys\": [ ]}""#), r#"{"keys":[]}"#);
    let consent = r#"[{"clientApplication":{},"approvedScopes":null}]"#;
    assert_eq!(told("consents", consent), r#"[{"clientApplication":{},"approvedScopes":[],"refreshTokens":[]}]"#);
    let token = r#"{"first":{"id":"1","name":"CI","token":"old"},"second":"t","third":1}"#;
    assert_eq!(told("createPermanentToken", token), r#"{"id":"1","name":"CI","token":"t"}"#);
}

#[test]
fn a_change_is_answered_with_nothing() {
    for text in ["", " \n", "{}", "null", "[]", r#"{"id":"1"}"#, "true"] {
        for operation in ["archive", "restore", "setEndpoint", "requireRights", "addSshKey", "revokeConsent"] {
            assert_eq!(answer(operation, 204, text, None, false).as_ref(), Ok(&Json::Null), "{operation} {text}");
        }
    }
    for text in ["<html>Log in to the network</html>", r#"{"error":"permission-denied"}"#, "{", "ok"] {
        assert_eq!(said("archive", text).unwrap_err().code, Code::InvalidResponse, "{text}");
    }
}

#[test]
fn d02_what_has_another_shape_is_an_invalid_response() {
    for (operation, texts) in [
        (
            "get",
            &[
                "",
                "null",
                "[]",
                "5",
                "{}",
                r#"{"id":"1","clientId":"c"}"#,
                r#"{"id":1,"clientId":"c","name":"n"}"#,
                r#"{"id":"1","clientId":null,"name":"n"}"#,
                r#"{"id":"1","clientId":"c","name":"n","codeFlowRedirectURIs":5}"#,
                r#"{"id":"1","clientId":"c","name":"n","codeFlowRedirectURIs":[5]}"#,
                r#"{"id":"1","clientId":"c","name":"n","implicitFlowRedirectURIs":{}}"#,
                r#"{"id":"1","clientId":"c","name":"n"} x"#,
            ] as &[&str],
        ),
        (
            "list",
            &[
                "[]",
                "{}",
                r#"{"data":{}}"#,
                r#"{"data":[{}]}"#,
                r#"{"data":[],"next":2}"#,
                r#"{"data":[],"next":{}}"#,
                r#"{"data":[],"totalCount":"3"}"#,
            ],
        ),
        ("permanentTokens", &[r#"{"data":[{"id":"1"}]}"#, r#"{"data":null}"#]),
        ("clientSecret", &["{}", "5", "[]", "true", "s3cret"]),
        ("publicKeys", &["{}", r#"{"keys":{}}"#, r#""{}""#, r#""x""#, "null", "[]"]),
        ("rights", &["{}", "[5]", r#"[{"rightCode":"A"}]"#, r#"[{"rightCode":"A","status":1}]"#]),
        ("authorizedContexts", &["[{}]", r#"[{"className":1}]"#]),
        ("sshKeys", &["[null]", "{}"]),
        ("createPermanentToken", &["{}", r#"{"first":{},"second":"t"}"#, r#"{"first":{"id":"1","name":"n"}}"#]),
        (
            "consents",
            &["{}", "[{}]", "[5]", r#"[{"clientApplication":[]}]"#, r#"[{"clientApplication":{},"refreshTokens":{}}]"#],
        ),
    ] {
        for text in texts {
            let error = said(operation, text).unwrap_err();
            assert_eq!((&error.code, error.phase), (&Code::InvalidResponse, Phase::Request), "{operation} {text}");
            assert_eq!((error.status, &error.description), (Some(200), &None), "{operation} {text}");
        }
    }
}

#[test]
fn d03_a_repeated_member_is_refused_wherever_it_stands() {
    for (operation, text) in [
        ("get", r#"{"id":"1","clientId":"c","name":"n","id":"2"}"#),
        ("get", r#"{"id":"1","clientId":"c","name":"n","x":{"a":1,"\u0061":2}}"#),
        ("list", r#"{"data":[],"data":[]}"#),
        ("rights", r#"[{"rightCode":"A","status":"NONE","status":"GRANTED"}]"#),
        ("publicKeys", r#""{\"keys\":[],\"keys\":[]}""#),
    ] {
        assert_eq!(said(operation, text).unwrap_err().code, Code::InvalidResponse, "{text}");
    }
    let error = refused(403, r#"{"error":"permission-denied","error":"x"}"#, None);
    assert_eq!(error.code.as_str(), "permission-denied");
    assert_eq!(refused(400, r#"{"error":"a","error":"b"}"#, None).code, Code::InvalidResponse);
}

#[test]
fn a_secret_that_is_not_there_yet_is_not_found() {
    for operation in ["clientSecret", "signingKey", "verificationToken"] {
        for text in ["null", r#""""#] {
            let error = said(operation, text).unwrap_err();
            assert_eq!((error.code.as_str(), error.status), ("not-found", Some(200)));
            assert!(error.hint.contains("generate"), "{}", error.hint);
        }
    }
}

#[test]
fn h05_a_status_without_a_body_has_a_code() {
    for (status, code, retryable) in [
        (301, "invalid_response", false),
        (304, "invalid_response", false),
        (400, "invalid_response", false),
        (401, "authentication-required", false),
        (403, "permission-denied", false),
        (404, "not-found", false),
        (409, "invalid_response", false),
        (413, "payload-too-large", false),
        (429, "rate_limited", true),
        (500, "server_error", true),
        (502, "server_error", true),
        (503, "server_error", true),
        (599, "server_error", true),
        (0, "invalid_response", false),
        (199, "invalid_response", false),
    ] {
        for text in ["", "<html>", "null", "[]", "{}", r#"{"error":5}"#, r#"{"error":null,"error_description":"x"}"#] {
            let error = refused(status, text, None);
            assert_eq!((error.code.as_str(), error.retryable), (code, retryable), "{status} {text}");
            assert_eq!(error.description, None);
        }
    }
}

#[test]
fn h05_the_codes_of_space_pass_through_with_a_hint() {
    for (code, seen, word) in [
        ("permission-denied", "permission-denied", "authorize"),
        ("insufficient_scope", "insufficient_scope", "authorize"),
        ("authentication-required", "authentication-required", "sign in"),
        ("not-found", "not-found", "nothing of this name"),
        ("duplicated-entity", "duplicated-entity", "already"),
        ("validation-error", "validation-error", "description"),
        ("rate-limited", "rate_limited", ""),
        ("internal-server-error", "server_error", ""),
        ("something-new", "something-new", ""),
    ] {
        let text = format!(r#"{{"error":"{code}","error_description":"what is wrong","x":1}}"#);
        let error = refused(400, &text, None);
        assert_eq!((error.code.as_str(), error.description.as_deref()), (seen, Some("what is wrong")));
        assert!(error.hint.contains(word), "{code}: {}", error.hint);
    }
    assert_eq!(refused(400, r#"{"error":"é"}"#, None).code, Code::InvalidResponse);
    assert_eq!(refused(400, r#"{"error":""}"#, None).code, Code::InvalidResponse);
}

#[test]
fn b12_descriptions_are_inert() {
    let error = refused(400, r#"{"error":"validation-error","error_description":"\u001b[31m\u202e<b>\r\n"}"#, None);
    assert_eq!(error.description.as_deref(), Some("[31m<b>"));
    let long = format!(r#"{{"error":"validation-error","error_description":"{}"}}"#, "é".repeat(100_000));
    assert_eq!(refused(400, &long, None).description.as_ref().map(|text| text.chars().count()), Some(512));
    let typed = refused(400, r#"{"error":"validation-error","error_description":{"a":1}}"#, None);
    assert_eq!(typed.description, None);
}

#[test]
fn h01_a_secret_that_was_sent_is_in_no_error() {
    let says = |text: &str| format!(r#"{{"error":"validation-error","error_description":"{text}"}}"#);
    for sent in [
        r#"{"name":"Bot","clientSecret":"sentinel"}"#,
        r#"{"basicAuthPassword":"sentinel"}"#,
        r#"{"bearerAuthToken":"sentinel"}"#,
        r#"{"appLevelAuth":{"className":"Basic","username":"u","password":"sentinel"}}"#,
        r#"{"appLevelAuth":{"className":"Bearer","token":"sentinel"}}"#,
        r#"{"x":[{"clientSecret":"other"},{"clientSecret":"sentinel"}]}"#,
    ] {
        for text in ["sentinel", "The secret sentinel is too short", "sent\u{200b}inel", r"\u0073entinel"] {
            let error = refused(400, &says(text), Some(sent));
            assert_eq!((error.code.as_str(), &error.description), ("validation-error", &None), "{sent} {text}");
        }
        let error = refused(400, r#"{"error":"sentinel"}"#, Some(sent));
        assert!(!error.to_json().contains("sentinel"));
        assert!(refused(400, &says("The name Bot is taken"), Some(sent)).description.is_some(), "{sent}");
    }
    // What is cut off in the middle of a secret still begins with it.
    let long = says(&["x".repeat(508), "sentinel".to_owned()].concat());
    assert_eq!(refused(400, &long, Some(r#"{"clientSecret":"sentinel"}"#)).description, None);
}
