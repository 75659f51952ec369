#![allow(clippy::unwrap_used)] // A test may fail by panicking.

use super::{Flow, Options, PROTOCOL_PARAMETERS};
use crate::protocol::error::{AuthError, Code};
use crate::protocol::pkce;
use crate::protocol::secret::Secret;
use std::collections::{HashMap, HashSet};

/// The verifier of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The parameters of a request, by the names of Rust.
#[derive(Clone, Copy)]
struct Request<'a> {
    endpoint: &'a str,
    client_id: &'a str,
    redirect_uri: &'a str,
    flow: Flow,
    scope: &'a str,
    state: &'a str,
    nonce: Option<&'a str>,
    code_verifier: Option<&'a str>,
    access_type: Option<&'a str>,
    #[expect(clippy::struct_field_names, reason = "a name of the documents")]
    request_credentials: Option<&'a str>,
    parameters: &'a [(&'a str, &'a str)],
}

fn url(request: &Request<'_>) -> Result<Secret, AuthError> {
    super::url(&Options {
        endpoint: request.endpoint,
        flow: request.flow,
        own: &|name| match name {
            "client_id" => Some(request.client_id),
            "redirect_uri" => Some(request.redirect_uri),
            "scope" => Some(request.scope).filter(|scope| !scope.is_empty()),
            "state" => Some(request.state),
            "nonce" => request.nonce,
            "code_verifier" => request.code_verifier,
            "access_type" => request.access_type,
            "request_credentials" => request.request_credentials,
            _ => None,
        },
        further: request.parameters,
    })
}

fn space() -> Request<'static> {
    Request {
        endpoint: "https://acme.jetbrains.space/oauth/auth",
        client_id: "client",
        redirect_uri: "https://app.example/cb",
        flow: Flow::Code,
        scope: "**",
        state: "s1",
        nonce: None,
        code_verifier: Some(VERIFIER),
        access_type: Some("offline"),
        request_credentials: None,
        parameters: &[],
    }
}

/// A server that is asked for nothing of its own, and whose address has a query.
fn strict() -> Request<'static> {
    Request { endpoint: "https://as.example/authorize?tenant=a%2Bb", access_type: None, ..space() }
}

fn query(url: &Secret) -> HashMap<String, String> {
    let parsed = ::url::Url::parse(url.expose()).unwrap();
    assert_eq!(parsed.as_str(), url.expose(), "the parser finds nothing to repair");
    let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    let names: HashSet<_> = pairs.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names.len(), pairs.len(), "every parameter stands once");
    pairs.into_iter().collect()
}

fn sent(options: &Request<'_>) -> HashMap<String, String> {
    query(&url(options).unwrap())
}

#[test]
fn a05_a_code_request_for_space_has_every_parameter_of_the_document() {
    let url = url(&Request { request_credentials: Some("default"), ..space() }).unwrap();
    assert!(url.expose().starts_with("https://acme.jetbrains.space/oauth/auth?"));
    let query = query(&url);
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "**"),
        ("state", "s1"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
        ("request_credentials", "default"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(query.len(), 9);
    assert!(!url.expose().contains(VERIFIER), "the verifier stays here");
}

#[test]
fn h03_the_url_holds_the_state_and_is_not_shown() {
    let url = url(&Request { state: "sentinel", ..space() }).unwrap();
    assert!(url.expose().contains("sentinel") && !format!("{url:?}").contains("sentinel"));
}

#[test]
fn implicit_requests_a_token_and_no_refresh_token() {
    let query = sent(&Request { flow: Flow::Implicit, code_verifier: None, access_type: None, ..space() });
    assert_eq!(query.get("response_type").map(String::as_str), Some("token"));
    assert!(!query.contains_key("access_type"));
    assert!(!query.contains_key("code_challenge") && !query.contains_key("code_challenge_method"));
}

#[test]
fn a06_pkce_is_s256_or_not_there_at_all() {
    let with = sent(&strict());
    assert_eq!(with.get("code_challenge_method").map(String::as_str), Some("S256"));
    assert_eq!(with.get("code_challenge"), Some(&pkce::challenge(VERIFIER)));
    let without = sent(&Request { code_verifier: None, ..strict() });
    assert!(!without.keys().any(|name| name.starts_with("code_")), "for servers that are known to reject it");
}

#[test]
fn a08_a_nonce_is_sent_as_it_is_with_the_scope_that_wants_it() {
    let query = sent(&Request { scope: "openid offline_access", nonce: Some("n 1"), ..strict() });
    assert_eq!(query.get("nonce").map(String::as_str), Some("n 1"));
    assert_eq!(query.get("scope").map(String::as_str), Some("openid offline_access"));
    assert!(!sent(&strict()).contains_key("nonce"));
}

#[test]
fn a09_the_redirect_uri_arrives_byte_for_byte() {
    for uri in [
        "https://app.example/cb?tenant=a%2Bb",
        "https://APP.example",
        "http://intranet/x?",
        "capacitor://localhost/cb",
        "https://app.example/é?ü=%C3%BC",
        "https://app.example/cb?codec=1&State=2&x[state]=3",
    ] {
        let query = sent(&Request { redirect_uri: uri, ..strict() });
        assert_eq!(query.get("redirect_uri").map(String::as_str), Some(uri));
    }
}

#[test]
fn a09_malformed_redirect_uris_are_named() {
    for uri in [
        "https://a/#frag",
        "https://a/#",
        "https://a/?x=1#state",
        "https://a/?code=1",
        "https://a/?code",
        "https://a/?x=1&&st%61te=1",
        "https://a/?iss=",
        "https://a/?%zz",
        "https://a/?%ff=1",
        " https://a/",
        "https://a/ ",
        "https://a/x y",
        "https://a/x\ty",
        "https://a/x\r\ny",
        "https://a/\0",
        "https://a/\u{7f}",
    ] {
        let error = url(&Request { redirect_uri: uri, ..strict() }).unwrap_err();
        assert_eq!(error.code, Code::InvalidConfiguration, "{uri}");
        assert!(error.hint.contains("`redirectUri`"), "{uri}: {}", error.hint);
    }
}

#[test]
fn a11_the_endpoints_own_query_stays_and_protocol_parameters_stand_once() {
    let made = url(&strict()).unwrap();
    assert!(made.expose().starts_with("https://as.example/authorize?tenant=a%2Bb&response_type=code&"));
    assert_eq!(query(&made).get("tenant").map(String::as_str), Some("a+b"));
    for endpoint in ["https://as.example/authorize", "https://as.example/authorize?"] {
        let made = url(&Request { endpoint, ..strict() }).unwrap();
        assert!(made.expose().starts_with("https://as.example/authorize?response_type=code&"), "{endpoint}");
    }
    let made = url(&Request { endpoint: "https://as.example/authorize?tenant=1&", ..strict() }).unwrap();
    assert!(made.expose().starts_with("https://as.example/authorize?tenant=1&response_type=code&"));
}

#[test]
fn a11_neither_endpoint_nor_parameters_override_the_protocol() {
    for name in PROTOCOL_PARAMETERS {
        for written in [name.to_owned(), name.replace('e', "%65")] {
            let endpoint = format!("https://as.example/authorize?tenant=1&{written}=evil");
            let error = url(&Request { endpoint: &endpoint, ..strict() }).unwrap_err();
            assert_eq!(error.code, Code::InvalidConfiguration, "{written}");
            assert!(error.hint.contains("`authorizationEndpoint`"), "{}", error.hint);
        }
        let error = url(&Request { parameters: &[("prompt", "login"), (name, "evil")], ..strict() }).unwrap_err();
        assert_eq!(error.code, Code::InvalidConfiguration, "{name}");
        assert!(error.hint.contains("`parameters`") && error.hint.contains(name), "{}", error.hint);
    }
}

#[test]
fn a11_what_is_set_once_is_not_set_again() {
    let parameters = &[("access_type", "online")];
    assert!(url(&Request { parameters, ..space() }).is_err(), "set already");
    let free = sent(&Request { parameters, ..strict() });
    assert_eq!(free.get("access_type").map(String::as_str), Some("online"), "free elsewhere");
    let endpoint = "https://as.example/authorize?access_type=online";
    assert!(url(&Request { endpoint, ..space() }).is_err(), "set by the endpoint");
    assert!(url(&Request { parameters: &[("tenant", "other")], ..strict() }).is_err(), "stands in the endpoint");
    let endpoint = "https://as.example/authorize?%zz=1";
    assert!(url(&Request { endpoint, ..strict() }).is_err(), "nobody knows what it sets");
}

#[test]
fn a12_awkward_values_round_trip() {
    let value = "a b+c&d=e%f#g\"é😀\u{0}";
    let query = sent(&Request { client_id: value, parameters: &[("login_hint", value), (value, "x")], ..strict() });
    assert_eq!(query.get("client_id").map(String::as_str), Some(value));
    assert_eq!(query.get("login_hint").map(String::as_str), Some(value));
    assert_eq!(query.get(value).map(String::as_str), Some("x"));
}

#[test]
fn given_values_are_checked() {
    let long = "a".repeat(129);
    for bad in ["", "short", "has space has space has space has space has", &long] {
        let error = url(&Request { code_verifier: Some(bad), ..strict() }).unwrap_err();
        assert!(error.hint.contains("`codeVerifier`"), "{bad}: {}", error.hint);
    }
    for bad in ["a b", " ", "é", "a\0", "a\n", "a\u{7f}"] {
        let error = url(&Request { state: bad, ..strict() }).unwrap_err();
        assert!(error.hint.contains("`state`"), "{bad}: {}", error.hint);
    }
}
