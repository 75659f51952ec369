use super::*;
use crate::protocol::server::tests::{server, space, strict};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

fn counter() -> impl Fn(&mut [u8]) -> bool {
    let next = Cell::new(0_u8);
    move |bytes| {
        for byte in bytes {
            next.set(next.get().wrapping_add(1));
            *byte = next.get();
        }
        true
    }
}

fn options(server: &Server) -> Options<'_> {
    Options {
        server,
        client_id: "client",
        redirect_uri: "https://app.example/cb",
        flow: Flow::Code,
        scope: "**",
        offline: true,
        request_credentials: None,
        parameters: &[],
        state: None,
        nonce: None,
        code_verifier: None,
    }
}

fn request(options: &Options<'_>) -> Result<AuthorizationRequest, AuthError> {
    AuthorizationRequest::new(options, url::native, &counter())
}

fn query(request: &AuthorizationRequest) -> HashMap<String, String> {
    let parsed = ::url::Url::parse(request.url.expose()).unwrap();
    let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    let names: HashSet<_> = pairs.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names.len(), pairs.len(), "every parameter stands once");
    pairs.into_iter().collect()
}

#[test]
fn a05_a_code_request_for_space_has_every_parameter_of_the_document() {
    let server = space();
    let request = request(&Options { request_credentials: Some("default"), ..options(&server) }).unwrap();
    assert!(request.url.expose().starts_with("https://acme.jetbrains.space/oauth/auth?"));
    let query = query(&request);
    let verifier = request.code_verifier.as_ref().unwrap().expose();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "**"),
        ("state", request.state.expose()),
        ("code_challenge", &pkce::challenge(verifier)),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
        ("request_credentials", "default"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(query.len(), 9);
    assert!(!request.url.expose().contains(verifier), "the verifier stays here");
}

#[test]
fn a01_state_and_verifier_are_256_bits_fresh_and_different() {
    let server = space();
    let request = request(&options(&server)).unwrap();
    let verifier = request.code_verifier.unwrap();
    assert_eq!(request.state.expose().len(), 43);
    assert_eq!(verifier.expose().len(), 43);
    assert!(!request.state.matches(verifier.expose()));
}

#[test]
fn a01_without_randomness_there_is_no_request() {
    let server = space();
    let error = AuthorizationRequest::new(&options(&server), url::native, &|_| false).unwrap_err();
    assert_eq!(error.code, Code::Unsupported);
}

#[test]
fn implicit_requests_a_token_and_no_refresh_token() {
    let server = space();
    let request = request(&Options { flow: Flow::Implicit, ..options(&server) }).unwrap();
    let query = query(&request);
    assert_eq!(query.get("response_type").map(String::as_str), Some("token"));
    assert!(!query.contains_key("access_type") && !query.contains_key("code_challenge"));
    assert!(request.code_verifier.is_none());
}

#[test]
fn a06_pkce_is_s256_unless_the_server_is_known_to_reject_it() {
    let server = server(Server { pkce: false, ..strict() });
    let request = request(&options(&server)).unwrap();
    assert!(!query(&request).contains_key("code_challenge"));
}

#[test]
fn a08_openid_gets_a_nonce_and_offline_access() {
    let server = server(Server { offline: Offline::Scope, ..strict() });
    let request = request(&Options { scope: "openid", ..options(&server) }).unwrap();
    let query = query(&request);
    assert_eq!(query.get("nonce").map(String::as_str), request.nonce.as_ref().map(Secret::expose));
    assert_eq!(query.get("scope").map(String::as_str), Some("openid offline_access"));
}

#[test]
fn a09_the_redirect_uri_arrives_byte_for_byte() {
    let server = strict();
    for uri in
        ["https://app.example/cb?tenant=a%2Bb", "https://APP.example", "http://intranet/x?", "capacitor://localhost/cb"]
    {
        let request = request(&Options { redirect_uri: uri, ..options(&server) }).unwrap();
        assert_eq!(query(&request).get("redirect_uri").map(String::as_str), Some(uri));
        assert_eq!(request.redirect_uri, uri);
    }
}

#[test]
fn a09_malformed_redirect_uris_are_named() {
    let server = strict();
    for uri in [
        "",
        "/cb",
        "https://a/#frag",
        "https://a/#",
        "javascript:alert(1)",
        "data:,x",
        "https://u:p@a/",
        "https://a/?code=1",
        "https://a/?st%61te=1",
        "https://a/?%zz",
    ] {
        let error = request(&Options { redirect_uri: uri, ..options(&server) }).unwrap_err();
        assert!(error.hint.contains("`redirectUri`"), "{uri}: {}", error.hint);
    }
}

#[test]
fn a11_the_endpoints_own_query_stays_and_protocol_parameters_stand_once() {
    let server = strict();
    let request = request(&options(&server)).unwrap();
    assert!(request.url.expose().starts_with("https://as.example/authorize?tenant=a%2Bb&response_type=code&"));
    query(&request);
}

#[test]
fn a11_neither_endpoint_nor_parameters_override_the_protocol() {
    for name in PROTOCOL_PARAMETERS {
        let endpoint = format!("https://as.example/authorize?{name}=evil");
        let evil = server(Server { authorization_endpoint: Some(endpoint), ..strict() });
        assert_eq!(request(&options(&evil)).unwrap_err().code, Code::InvalidConfiguration, "{name}");

        let parameters = [(name.to_owned(), "evil".to_owned())];
        let error = request(&Options { parameters: &parameters, ..options(&strict()) }).unwrap_err();
        assert!(error.hint.contains("`parameters`") && error.hint.contains(name), "{}", error.hint);
    }
    let parameters = [("access_type".to_owned(), "online".to_owned())];
    assert!(request(&Options { parameters: &parameters, ..options(&space()) }).is_err(), "set already");
    assert!(request(&Options { parameters: &parameters, ..options(&strict()) }).is_ok(), "free elsewhere");
}

#[test]
fn a12_awkward_values_round_trip() {
    let value = "a b+c&d=e%f#g\"é😀\u{0}";
    let parameters = [("login_hint".to_owned(), value.to_owned())];
    let server = strict();
    let request = request(&Options { client_id: value, parameters: &parameters, ..options(&server) }).unwrap();
    let query = query(&request);
    assert_eq!(query.get("client_id").map(String::as_str), Some(value));
    assert_eq!(query.get("login_hint").map(String::as_str), Some(value));
}

#[test]
fn given_values_are_checked() {
    let server = strict();
    for bad in ["", "short", "has space has space has space has space has"] {
        assert!(request(&Options { code_verifier: Some(bad), ..options(&server) }).is_err(), "{bad}");
    }
    for bad in ["", "a b", "é"] {
        assert!(request(&Options { state: Some(bad), ..options(&server) }).is_err(), "{bad}");
    }
}
