#![allow(clippy::unwrap_used)] // A test may fail by panicking.

use super::*;

const STRICT: bool = false;
const LENIENT: bool = true;

fn sent(secret: &str) -> Sent {
    let mut sent = Sent::default();
    sent.add(secret);
    sent
}

fn answer(lenient: bool, status: u16, content_type: &str, body: &str) -> Result<TokenResponse, AuthError> {
    let response = HttpResponse { status, content_type: content_type.to_owned(), body: body.to_owned() };
    TokenResponse::from_http(&sent("SENTINEL+1"), &response, Phase::Refresh, lenient)
}

fn ok(body: &str) -> TokenResponse {
    answer(STRICT, 200, "application/json", body).unwrap()
}

fn code_of(result: Result<TokenResponse, AuthError>) -> String {
    result.map_or_else(|error| error.code.as_str().to_owned(), |_| "success".to_owned())
}

#[test]
fn rfc_6749_section_5_1_example() {
    let token = answer(
        STRICT,
        200,
        "application/json;charset=UTF-8",
        r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}"#,
    )
    .unwrap();
    assert_eq!(token.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(token.expires_in, Some(3600));
    assert_eq!(token.refresh_token.unwrap().expose(), "tGzv3JOkF0XG5Qx2TlKWIA");
}

#[test]
fn d01_only_a_whole_success_is_a_success() {
    let good = r#"{"access_token":"a","token_type":"bearer"}"#;
    assert_eq!(code_of(answer(STRICT, 200, "application/json", good)), "success");
    for (status, body, code) in [
        (200, r#"{"error":"invalid_grant"}"#, "invalid_grant"),
        (200, r#"{"error":"invalid_grant","access_token":"a","token_type":"bearer"}"#, "invalid_grant"),
        (200, "null", "invalid_response"),
        (200, "[]", "invalid_response"),
        (200, "\"x\"", "invalid_response"),
        (200, "{}", "invalid_response"),
        (200, r#"{"access_token":"a"}"#, "invalid_response"),
        (200, r#"{"access_token":"","token_type":"bearer"}"#, "invalid_response"),
        (200, r#"{"access_token":null,"token_type":"bearer"}"#, "invalid_response"),
        (200, r#"{"access_token":1,"token_type":"bearer"}"#, "invalid_response"),
        (200, r#"{"access_token":"a b","token_type":"bearer"}"#, "invalid_response"),
        (200, r#"{"access_token":"a\r\nX: y","token_type":"bearer"}"#, "invalid_response"),
        (500, good, "server_error"),
        (404, good, "invalid_response"),
        (429, good, "rate_limited"),
    ] {
        assert_eq!(code_of(answer(STRICT, status, "application/json", body)), code, "{status} {body}");
    }
}

#[test]
fn d01_space_leaves_out_type_and_scope() {
    let token = answer(LENIENT, 200, "application/json", r#"{"access_token":"a","expires_in":600}"#).unwrap();
    assert_eq!(token.scope, None);
    for kind in [r#""mac""#, r#""""#, "1"] {
        let body = format!(r#"{{"access_token":"a","token_type":{kind}}}"#);
        let odd = answer(LENIENT, 200, "application/json", &body);
        assert_eq!(code_of(odd), "invalid_response", "one that is there must be right: {kind}");
    }
}

#[test]
fn d02_what_is_not_json_is_an_invalid_response_without_its_text() {
    let good = r#"{"access_token":"a","token_type":"bearer"}"#;
    for (content_type, body) in [
        ("text/html", "<html>SENTINEL</html>"),
        ("text/plain", good),
        ("", good),
        ("application/jsonp", good),
        ("application/json", "SENTINEL"),
        ("application/json", ""),
        ("application/json", "\u{feff}{}"),
        ("application/json", r#"{"access_token":"a","token_type":"bearer""#),
        ("application/json", r#"{"access_token":"a","token_type":"bearer","expires_in":NaN}"#),
    ] {
        let error = answer(STRICT, 200, content_type, body).unwrap_err();
        assert_eq!(error.code, Code::InvalidResponse, "{content_type} {body}");
        assert_eq!(error.status, Some(200));
        assert!(!format!("{error:?}").contains("SENTINEL"));
    }
    assert_eq!(code_of(answer(STRICT, 200, "application/vnd.x+json; charset=utf-8", good)), "success");
}

#[test]
fn d03_repeated_members_are_refused_and_unknown_ones_ignored() {
    for body in [
        r#"{"access_token":"a","access_token":"b","token_type":"bearer"}"#,
        r#"{"__proto__":{"access_token":"x"},"token_type":"bearer"}"#,
    ] {
        assert_eq!(code_of(answer(STRICT, 200, "application/json", body)), "invalid_response");
    }
    let token = ok(r#"{"__proto__":{"x":1},"constructor":null,"access_token":"a","token_type":"bearer"}"#);
    assert_eq!(token.access_token.expose(), "a");
}

#[test]
fn d04_only_bearer_tokens_are_used() {
    for kind in [r#""Bearer""#, r#""bearer""#, r#""BEARER""#] {
        ok(&format!(r#"{{"access_token":"a","token_type":{kind}}}"#));
    }
    for kind in [r#""mac""#, r#""N_A""#, r#""bearer ""#, "null", "1", "[]", r#""DPoP""#, r#""bearer\u0131""#, r#""""#] {
        let body = format!(r#"{{"access_token":"a","token_type":{kind}}}"#);
        assert_eq!(code_of(answer(STRICT, 200, "application/json", &body)), "invalid_response", "{kind}");
    }
}

#[test]
fn d05_expires_in_is_digits_or_nothing() {
    let expiry = |value: &str| {
        let body = format!(r#"{{"access_token":"a","token_type":"bearer","expires_in":{value}}}"#);
        answer(STRICT, 200, "application/json", &body).map(|token| token.expires_in).map_err(|error| error.code.clone())
    };
    for (value, seconds) in [
        ("1", 1),
        ("600", 600),
        ("\"600\"", 600),
        ("2592000", 2_592_000),
        ("2147483647", i32::MAX.unsigned_abs()),
        ("\"0060\"", 60),
    ] {
        assert_eq!(expiry(value), Ok(Some(seconds)), "{value}");
    }
    for value in ["0", "-1", "\"0\"", "\"-5\"", "2147483648", "9999999999", "null"] {
        assert_eq!(expiry(value), Ok(None), "{value}");
    }
    for value in [
        "\"3600s\"",
        "1e3",
        "1e400",
        "3600.0",
        "0.5",
        "\"\"",
        "\" 60\"",
        "\"+60\"",
        "\"0x10\"",
        "\"NaN\"",
        "\"Infinity\"",
        "true",
        "[]",
        "{}",
        "[60]",
        "{\"seconds\":60}",
        "99999999999",
        "9007199254740992",
        "\"٣\"",
        "\"6_0\"",
        "\"1e3\"",
        "\"-\"",
    ] {
        assert_eq!(expiry(value), Err(Code::InvalidResponse), "{value}");
    }
}

#[test]
fn d06_a_missing_expiry_is_unknown() {
    assert_eq!(ok(r#"{"access_token":"a","token_type":"bearer"}"#).expires_in, None);
}

#[test]
fn d07_scope_is_a_string_as_it_was_sent_or_absent() {
    assert_eq!(ok(r#"{"access_token":"a","token_type":"bearer","scope":"b  a"}"#).scope.as_deref(), Some("b  a"));
    assert_eq!(ok(r#"{"access_token":"a","token_type":"bearer","scope":""}"#).scope.as_deref(), Some(""));
    assert_eq!(ok(r#"{"access_token":"a","token_type":"bearer","scope":null}"#).scope, None, "ProcessMaker 3");
    let list = answer(STRICT, 200, "application/json", r#"{"access_token":"a","token_type":"bearer","scope":["a"]}"#);
    assert_eq!(code_of(list), "invalid_response");
}

#[test]
fn d08_an_empty_or_null_refresh_token_is_none() {
    for value in ["null", "\"\""] {
        let token = ok(&format!(r#"{{"access_token":"a","token_type":"bearer","refresh_token":{value}}}"#));
        assert!(token.refresh_token.is_none());
    }
    let odd =
        answer(STRICT, 200, "application/json", r#"{"access_token":"a","token_type":"bearer","refresh_token":1}"#);
    assert_eq!(code_of(odd), "invalid_response");
}

#[test]
fn d09_errors_are_read_whatever_the_status() {
    for status in [200, 400, 401, 403, 429, 500] {
        let error =
            answer(STRICT, status, "application/json", r#"{"error":"invalid_grant","error_description":"gone"}"#)
                .unwrap_err();
        assert_eq!((error.code.as_str(), error.status, error.retryable), ("invalid_grant", Some(status), false));
        assert_eq!(error.description.as_deref(), Some("gone"));
    }
    for (status, body, code) in [
        (400, r#"{"error":{}}"#, "invalid_response"),
        (400, r#"{"error":""}"#, "invalid_response"),
        (400, "", "invalid_response"),
        (401, "{}", "invalid_response"),
        (408, "{}", "timeout"),
        (503, "<html>", "server_error"),
        (503, r#"{"error":"temporarily_unavailable"}"#, "temporarily_unavailable"),
    ] {
        assert_eq!(code_of(answer(STRICT, status, "application/json", body)), code, "{status} {body}");
    }
}

#[test]
fn h01_a_server_that_echoes_a_secret_is_not_quoted() {
    let body =
        r#"{"error":"invalid_grant","error_description":"bad token SENTINEL+1","error_uri":"https://as/SENTINEL+1"}"#;
    let error = answer(STRICT, 400, "application/json", body).unwrap_err();
    assert_eq!(error.code.as_str(), "invalid_grant");
    assert!(!format!("{error:?}").contains("SENTINEL"));
    let error = answer(STRICT, 400, "application/json", r#"{"error":"SENTINEL+1"}"#).unwrap_err();
    assert_eq!(error.code, Code::InvalidResponse);
}

fn written(tokens: &TokenResponse) -> String {
    let mut writer = Writer::default();
    tokens.write(&mut writer);
    writer.finish()
}

#[test]
fn d08_what_is_written_has_the_names_of_the_specification_and_reads_back() {
    let full = r#"{"access_token":"a","refresh_token":"r","id_token":"i","scope":"b  a","expires_in":600}"#;
    assert_eq!(written(&TokenResponse::from_json(&Json::parse(full).unwrap(), LENIENT).unwrap()), full);
    let bare = r#"{"access_token":"a"}"#;
    assert_eq!(written(&TokenResponse::from_json(&Json::parse(bare).unwrap(), LENIENT).unwrap()), bare);
    assert!(TokenResponse::from_json(&Json::parse(full).unwrap(), STRICT).is_none(), "the type is not written");
    for text in ["null", "[]", "\"access_token\"", "{}"] {
        assert!(TokenResponse::from_json(&Json::parse(text).unwrap(), LENIENT).is_none(), "{text}");
    }
}
