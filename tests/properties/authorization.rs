//! The URL that the user is sent to, read back by the oracle.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest, Sha256};
use space_auth_wasm::protocol::authorization::{self, Flow};
use space_auth_wasm::protocol::error::{AuthError, Code};
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::sha256::sha256;
use space_auth_wasm::protocol::{base64, form, pkce, redirect};
use url::Url;

use crate::support::{address, config, encoded, own_parameters, path, query_of, soup, text, token};

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
    authorization::url(&authorization::Options {
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

fn plain() -> Request<'static> {
    Request {
        endpoint: "https://as.example/authorize",
        client_id: "spa",
        redirect_uri: "https://app.example/cb",
        flow: Flow::Code,
        scope: "a",
        state: "s1",
        nonce: Some("n1"),
        code_verifier: None,
        access_type: Some("offline"),
        request_credentials: None,
        parameters: &[],
    }
}

fn answer_name() -> impl Strategy<Value = &'static str> {
    select(vec![
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
        "code",
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "id_token",
        "refresh_token",
        "session_state",
    ])
}

fn verifier() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._~-]{43,128}"
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a12_every_parameter_of_the_request_decodes_to_its_value_and_stands_once(
        client_id in text(), scope in prop_oneof![text(), "[a-z*]{1,5}( [a-z:]{1,5}){0,3}"], state in token(),
        at_endpoint in own_parameters(), parameters in own_parameters(), redirect_query in own_parameters(),
        (path, implicit) in (path(), any::<bool>()),
        (nonce, verifier) in (prop::option::of(text()), prop::option::of(verifier())),
        (access_type, credentials) in (prop::option::of(text()), prop::option::of(text())),
    ) {
        let parameters: Vec<_> = parameters.iter().filter(|(name, _)| !at_endpoint.contains_key(*name))
            .map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let redirect_query = redirect_query.into_iter().filter(|(name, _)| !redirect::is_parameter(name));
        let redirect_uri = format!("https://app.example{}?{}", path.replace(' ', "+"), query_of(redirect_query));
        let endpoint = format!("https://as.example/authorize?{}", query_of(at_endpoint.clone()));
        let made = url(&Request {
            endpoint: &endpoint, client_id: &client_id, redirect_uri: &redirect_uri,
            flow: if implicit { Flow::Implicit } else { Flow::Code },
            scope: &scope, state: &state, nonce: nonce.as_deref(), code_verifier: verifier.as_deref(),
            access_type: access_type.as_deref(), request_credentials: credentials.as_deref(), parameters: &parameters,
        }).unwrap();

        let mut expected: BTreeMap<String, String> = at_endpoint;
        let mut expect = |name: &str, value: &str| assert!(expected.insert(name.to_owned(), value.to_owned()).is_none());
        expect("response_type", if implicit { "token" } else { "code" });
        expect("client_id", &client_id);
        expect("redirect_uri", &redirect_uri);
        expect("state", &state);
        if !scope.is_empty() { expect("scope", &scope); }
        if let Some(nonce) = &nonce { expect("nonce", nonce); }
        if let Some(verifier) = &verifier {
            expect("code_challenge", &pkce::challenge(verifier));
            expect("code_challenge_method", "S256");
        }
        if let Some(access_type) = &access_type { expect("access_type", access_type); }
        if let Some(credentials) = &credentials { expect("request_credentials", credentials); }
        for (name, value) in &parameters { expect(name, value); }

        let parsed = Url::parse(made.expose()).unwrap();
        prop_assert_eq!(parsed.as_str(), made.expose(), "the parser finds nothing to repair");
        let sent: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
        prop_assert_eq!(sent.len(), expected.len());
        prop_assert_eq!(sent.into_iter().collect::<BTreeMap<_, _>>(), expected);
        prop_assert!(verifier.is_none_or(|verifier| !made.expose().contains(&verifier)), "the verifier stays here");
    }

    #[test]
    fn a11_protocol_parameters_cannot_be_set_from_outside(
        name in select(vec!["response_type", "response_mode", "client_id", "redirect_uri", "state", "nonce", "code_challenge",
            "code_challenge_method", "scope", "request", "request_uri"]),
        value in text(), choice in any::<u64>(), at_endpoint in any::<bool>(),
    ) {
        let pair = format!("https://as.example/authorize?x=1&{}={}", encoded(name, choice), encoded(&value, choice));
        let parameters = [(name, value.as_str())];
        let refused = url(&match at_endpoint {
            true => Request { endpoint: &pair, ..plain() },
            false => Request { parameters: &parameters, ..plain() },
        });
        let error = refused.unwrap_err();
        prop_assert_eq!(&error.code, &Code::InvalidConfiguration);
        prop_assert!(error.hint.contains(if at_endpoint { "`authorizationEndpoint`" } else { name }), "{}", error.hint);
    }

    #[test]
    fn a11_a_parameter_of_the_endpoint_is_not_sent_a_second_time(name in prop_oneof!["[a-z]{1,8}", text()], one in text(), other in text()) {
        let endpoint = format!("https://as.example/authorize?{}", query_of([(name.clone(), one)]));
        let parameters = [(name.as_str(), other.as_str())];
        let error = url(&Request { endpoint: &endpoint, parameters: &parameters, ..plain() }).unwrap_err();
        prop_assert_eq!(&error.code, &Code::InvalidConfiguration, "RFC 6749 section 3.1");
    }

    #[test]
    fn a09_a_redirect_uri_is_refused_or_sent_as_it_is(redirect_uri in prop_oneof![text(), soup(), address()]) {
        if let Ok(made) = url(&Request { redirect_uri: &redirect_uri, ..plain() }) {
            let parsed = Url::parse(made.expose()).unwrap();
            let sent = parsed.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
            prop_assert_eq!(&sent, &redirect_uri);
            let spoils = |character: char| character == '#' || character <= ' ' || character == '\u{7f}';
            prop_assert!(!redirect_uri.contains(spoils));
            if let Ok(own) = Url::parse(&redirect_uri) {
                prop_assert!(own.query_pairs().all(|(name, _)| !redirect::is_parameter(&name)));
            }
        }
    }

    #[test]
    fn a09_what_spoils_a_redirect_uri_is_found_wherever_it_stands(
        path in path(), own in own_parameters(), name in answer_name(), value in text(), choice: u64,
        mark in prop_oneof![3 => select(vec!['#', ' ', '\t', '\r', '\n', '\0', '\u{7f}']), 1 => prop::char::range('\0', ' ')],
        at: prop::sample::Index, last: bool,
    ) {
        let own = query_of(own.into_iter().filter(|(name, _)| !redirect::is_parameter(name)));
        let good = format!("https://app.example{}?{own}", path.replace(' ', "+"));
        prop_assert!(url(&Request { redirect_uri: &good, ..plain() }).is_ok(), "{}", good);

        let places: Vec<usize> = (0..=good.len()).filter(|at| good.is_char_boundary(*at)).collect();
        let (before, after) = good.split_at(places[at.index(places.len())]);
        let pair = format!("{}={}", encoded(name, choice), encoded(&value, choice));
        let answer = if last { format!("{good}&{pair}") } else { good.replacen('?', &format!("?{pair}&"), 1) };
        for spoilt in [format!("{before}{mark}{after}"), answer] {
            let error = url(&Request { redirect_uri: &spoilt, ..plain() }).unwrap_err();
            prop_assert_eq!(&error.code, &Code::InvalidConfiguration);
            prop_assert!(error.hint.contains("`redirectUri`"), "{}: {}", spoilt, error.hint);
        }
    }

    #[test]
    fn a05_given_states_and_verifiers_are_what_they_must_be(
        state in prop_oneof![token(), text()], verifier in prop_oneof![verifier(), "[!-~]{40,130}", text()],
    ) {
        let good_state = state.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
        let unreserved = |character: char| character.is_ascii_alphanumeric() || "-._~".contains(character);
        let good_verifier = (43..=128).contains(&verifier.len()) && verifier.chars().all(unreserved);
        let made = url(&Request { state: &state, code_verifier: Some(&verifier), ..plain() });
        prop_assert_eq!(made.is_ok(), good_state && good_verifier);
        prop_assert_eq!(pkce::is_verifier(&verifier), good_verifier);
    }

    #[test]
    fn a05_base64_reads_back_and_challenges_are_43_characters(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
        let mut bits = String::new();
        for character in base64::url_safe(&bytes).chars() {
            bits.push_str(&format!("{:06b}", alphabet.iter().position(|known| *known == character).unwrap()));
        }
        let read: Vec<u8> = bits.as_bytes().chunks_exact(8)
            .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap()).collect();
        prop_assert_eq!(read, &bytes[..]);
        let standard = base64::standard(&bytes);
        prop_assert_eq!(standard.len() % 4, 0);
        prop_assert_eq!(standard.trim_end_matches('=').replace('+', "-").replace('/', "_"), base64::url_safe(&bytes));
        let challenge = pkce::challenge(&String::from_utf8_lossy(&bytes));
        prop_assert!(challenge.len() == 43 && pkce::is_verifier(&challenge));
    }

    #[test]
    fn a05_hashes_are_those_of_the_oracle(message in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(&sha256(&message)[..], &Sha256::digest(&message)[..]);
    }

    #[test]
    fn a12_appended_pairs_are_those_that_the_oracle_reads(pairs in prop::collection::vec((text(), text()), 0..6), with_mark: bool) {
        let mut form = if with_mark { "https://as.example/?".to_owned() } else { String::new() };
        for (name, value) in &pairs {
            form::append(&mut form, name, value);
        }
        prop_assert_eq!(form.trim_start_matches("https://as.example/?"), query_of(pairs));
    }
}
