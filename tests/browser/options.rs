//! Options as JavaScript writes them, and the values that it gets for them at once.

use space_auth_wasm::js::options::Options;
use space_auth_wasm::js::values;
use space_auth_wasm::protocol::error::Code;
use space_auth_wasm::protocol::json::Writer;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::options;

#[wasm_bindgen_test]
fn n01_options_are_read_as_javascript_wrote_them() {
    let given = options(
        r#"{"clientId":"spa","tokenEndpoint":"https://as.example/token","scope":"a b","clientSecret":"s",
            "secretInBody":true,"isSpaceLike":false,"timeout":10000,"huge":4294967296,"half":1.5,"nothing":null,
            "parameters":{"code":"c","redirect_uri":"x","odd":1}}"#,
    );
    assert_eq!((given.text("clientId"), given.text("absent"), given.given("absent")), ("spa", "", None));
    assert_eq!((given.given("nothing"), given.given("timeout")), (None, None));
    assert_eq!((given.number("timeout"), given.number("absent"), given.number("half")), (10_000, 0, 0));
    assert_eq!(given.number("huge"), u32::MAX);
    assert!(given.is("secretInBody") && !given.is("isSpaceLike") && !given.is("absent"));
    assert_eq!(given.pairs("parameters"), [("code", "c"), ("redirect_uri", "x"), ("odd", "")]);
    assert!(given.pairs("absent").is_empty() && given.pairs("clientId").is_empty());

    let config = given.config();
    assert_eq!((config.owner.client_id.as_str(), config.client.id.as_str()), ("spa", "spa"));
    assert_eq!(
        (config.owner.token_endpoint.as_str(), config.owner.scope.as_str()),
        ("https://as.example/token", "a b")
    );
    assert!(config.client.secret.is_some_and(|secret| secret.matches("s")));
    assert!(config.client.in_body && !config.is_space_like);

    for bad in ["", "{", "{\"a\":1,\"a\":2}", "undefined"] {
        assert!(Options::new(bad).is_err_and(|error| error.code == Code::InvalidConfiguration), "{bad}");
    }
}

#[wasm_bindgen_test]
fn a05_the_authorization_url_carries_the_challenge() {
    let url = values::authorization_url(&options(
        r#"{"endpoint":"https://as.example/auth?t=1","client_id":"a b","redirect_uri":"https://app.example/cb","scope":"x",
            "state":"s1","code_verifier":"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk","parameters":{"own":"é"}}"#,
    ));
    assert_eq!(
        url.unwrap(),
        "https://as.example/auth?t=1&response_type=code&client_id=a+b&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
         &scope=x&state=s1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
         &own=%C3%A9"
    );
}

#[wasm_bindgen_test]
fn b13_an_answer_is_found_with_the_address_that_it_leaves() {
    let find = |flow: &str, address: &str| {
        let mut writer = Writer::default();
        writer.text("flow", flow);
        writer.text("address", address);
        values::find_answer(&options(&writer.finish()))
    };
    assert_eq!(
        find("code", "https://app/?own=1&code=c&st%61te=s%2B1#/r"),
        r#"{"state":"s+1","cleaned":"https://app/?own=1#/r"}"#
    );
    assert_eq!(
        find("implicit", "https://app/?own=1#access_token=t&state=s1"),
        r#"{"state":"s1","cleaned":"https://app/?own=1"}"#
    );
    for (flow, address) in [
        ("implicit", "https://app/?code=c&state=s1"),
        ("code", "https://app/#access_token=t&state=s1"),
        ("code", "https://app/?code=c"),
        ("code", ""),
    ] {
        assert_eq!(find(flow, address), "{}", "{flow} {address}");
    }
}

#[wasm_bindgen_test]
fn b01_an_answer_is_read_against_its_request() {
    let read = |more: &str, address: &str| {
        let text = format!(r#"{{"state":"s1","issuer":"https://as.example",{more}"address":"{address}"}}"#);
        values::read_redirect(&options(&text)).map_err(|error| error.code.as_str().to_owned())
    };
    assert_eq!(read("", "https://app/?code=c%2B1&state=s1"), Ok(r#"{"code":"c+1"}"#.to_owned()));
    assert_eq!(
        read(r#""flow":"implicit","#, "https://app/#access_token=t&token_type=bearer&expires_in=60&state=s1"),
        Ok(r#"{"access_token":"t","expires_in":60}"#.to_owned())
    );
    for (more, address, error) in [
        ("", "https://app/?code=c&state=s2", "state_mismatch"),
        ("", "https://app/?code=c", "state_mismatch"),
        ("", "https://app/?code=c&state=s1&iss=https://evil.example", "issuer_mismatch"),
        (r#""issParameter":true,"#, "https://app/?code=c&state=s1", "issuer_mismatch"),
        ("", "https://app/?error=access_denied&state=s1", "access_denied"),
        ("", "https://app/?state=s1", "invalid_response"),
    ] {
        assert_eq!(read(more, address), Err(error.to_owned()), "{address}");
    }
}
