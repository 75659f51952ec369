//! Properties of the protocol core and of what is stored, over generated input. The `url` and `form_urlencoded`
//! crates are the oracles. `PROPTEST_CASES` sets how many cases each property gets.
#![cfg(not(target_arch = "wasm32"))]
// A test may fail by panicking: that is what it is for.
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use form_urlencoded::{Serializer, parse as oracle_pairs};
use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::js::{options, values};
use space_auth_wasm::protocol::authorization::{self, AuthorizationRequest, Flow};
use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::http::{HttpRequest, HttpResponse};
use space_auth_wasm::protocol::json::{Json, Writer};
use space_auth_wasm::protocol::redirect::{self, Answer, Expected, Part};
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::server::{ClientAuthentication, Offline, Server};
use space_auth_wasm::protocol::token_request::{Client, Grant, token_request};
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::protocol::url::{Rules, native, split};
use space_auth_wasm::protocol::{base64, form, pkce, revocation, scope};
use space_auth_wasm::session::allow_list::AllowList;
use space_auth_wasm::session::expiry::Lifetime;
use space_auth_wasm::session::pending::{self, MAX_PENDING, PATIENCE, PREFIX, Pending, PendingStore};
use space_auth_wasm::session::record::{self, GrantType, Record};
use url::Url;

const STRICT: Rules = Rules { parse: native, allow_http: false };

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

// ---- Generators -------------------------------------------------------------------------------------------

/// Any text: letters of all scripts, control characters, NUL, marks of URLs.
fn text() -> impl Strategy<Value = String> {
    let characters = prop_oneof![
        4 => any::<char>(),
        2 => select("&=+%#?;/\\\"' \t\n\0aZ09~\u{7f}\u{feff}\u{202e}é漢😀".chars().collect::<Vec<_>>()),
    ];
    prop_oneof![
        3 => prop::collection::vec(characters, 0..24).prop_map(|all| all.into_iter().collect::<String>()),
        1 => any::<String>(),
    ]
}

/// What a redirect is made of, in any order: parameters, escapes whole and broken, marks.
fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "%",
        "%2",
        "%zz",
        "%00",
        "%ff",
        "%E0%A4%A",
        "%C0%AF",
        "%25",
        "%2525",
        "%26",
        "%3D",
        "%23",
        "%3F",
        "%u0041",
        "+",
        "&",
        "&&",
        "=",
        "==",
        "#",
        "?",
        "/",
        "\\",
        ";",
        "state",
        "code",
        "error",
        "access_token",
        "token_type",
        "iss",
        "id_token",
        "expires_in",
        "scope",
        "error_description",
        "bearer",
        "s1",
        "st%61te",
        "c%6Fde",
        "state=s1",
        "code=c",
        "https://a",
        "é",
        "😀",
        "\0",
        "\n",
        "__proto__",
        "state[]",
        "[state]",
    ]);
    prop::collection::vec(prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => text()], 0..24)
        .prop_map(|pieces| pieces.concat())
}

/// Printable ASCII without spaces: a token, code or state.
fn token() -> impl Strategy<Value = String> {
    "[!-~]{1,40}"
}

/// `text` in one of its many well-formed encodings: each bit of `choice` decides for one byte.
fn encoded(text: &str, choice: u64) -> String {
    let mut result = String::new();
    for (index, byte) in text.bytes().enumerate() {
        let escape = choice >> (index % 61) & 1 == 1 || !byte.is_ascii_graphic() || b"&=+%#?".contains(&byte);
        match byte {
            b' ' if choice & 2 == 0 => result.push('+'),
            _ if escape && choice & 4 == 0 => result.push_str(&format!("%{byte:02x}")),
            _ if escape => result.push_str(&format!("%{byte:02X}")),
            _ => result.push(byte.into()),
        }
    }
    result
}

fn host() -> impl Strategy<Value = &'static str> {
    select(vec![
        "as.example",
        "AS.Example",
        "bücher.example",
        "a-b.co.uk",
        "10.1.2.3",
        "0x7f.1",
        "127.0.0.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[2001:db8::1]",
        "localhost",
        "x.localhost",
        "localhost.evil.example",
        "127.evil.example",
        "127.0.0.1.evil.example",
        "as.example.",
    ])
}

fn port() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", ":443", ":80", ":8443", ":"])
}

fn path() -> impl Strategy<Value = String> {
    let segment = select(vec!["a", "b", "api", "apiary", "API", "..", ".", "%2e%2e", "%2F", "é", "x y", ";v=1", "a:b"]);
    prop::collection::vec(segment, 0..5).prop_flat_map(|segments| {
        let path = segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
        any::<bool>().prop_map(move |slash| if slash { format!("{path}/") } else { path.clone() })
    })
}

fn address() -> impl Strategy<Value = String> {
    let scheme =
        select(vec!["https://", "https://", "http://", "HTTPS://", "https:\\\\", "https:", "ftp://", "wss://"]);
    (scheme, host(), port(), path()).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

fn is_reserved(name: &str) -> bool {
    let reserved = [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "access_type",
        "request_credentials",
    ];
    reserved.contains(&name)
}

/// Names of the caller's own, each once, with any values.
fn own_parameters() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name =
        prop_oneof![text(), select(vec!["prompt", "tenant", "__proto__", "State", "a[]"]).prop_map(str::to_owned)];
    prop::collection::btree_map(name.prop_filter("of the protocol", |name| !is_reserved(name)), text(), 0..6)
}

fn server() -> Server {
    Server {
        issuer: Some("https://as.example".into()),
        authorization_endpoint: Some("https://as.example/authorize".into()),
        token_endpoint: "https://as.example/token".into(),
        revocation_endpoint: Some("https://as.example/revoke".into()),
        pkce: true,
        ..Server::default()
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn random(bytes: &mut [u8]) -> bool {
    bytes.fill(7);
    true
}

fn pairs_of(query: &str) -> Vec<(String, String)> {
    oracle_pairs(query.as_bytes()).into_owned().collect()
}

fn query_of(pairs: impl IntoIterator<Item = (String, String)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

// ---- Authorization requests -------------------------------------------------------------------------------

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a12_every_parameter_of_the_request_decodes_to_its_value_and_stands_once(
        client_id in text(), scope_words in prop::collection::vec("[!-~]{1,12}", 0..5), given_state in token(),
        at_endpoint in own_parameters(), parameters in own_parameters(), redirect_query in own_parameters(),
        (path, implicit, offline, pkce, nonce) in (path(), any::<bool>(), any::<bool>(), any::<bool>(), prop::option::of("[!-~ é]{1,20}")),
        (how, credentials) in (select(vec![Offline::AccessType, Offline::Scope, Offline::Unasked]), prop::option::of(text())),
    ) {
        let parameters: Vec<_> = parameters.into_iter().filter(|(name, _)| !at_endpoint.contains_key(name)).collect();
        let redirect_query = redirect_query.into_iter().filter(|(name, _)| !redirect::is_parameter(name));
        let redirect_uri = format!("https://app.example{}?{}", path.replace(' ', "+"), query_of(redirect_query));
        let endpoint = format!("https://as.example/authorize?{}", query_of(at_endpoint.clone()));
        let server = Server { authorization_endpoint: Some(endpoint), pkce, offline: how, ..server() }.checked(STRICT).unwrap();
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        let request = AuthorizationRequest::new(&authorization::Options {
            server: &server, client_id: &client_id, redirect_uri: &redirect_uri, flow,
            scope: &scope_words.join(" "), offline, request_credentials: credentials.as_deref(),
            parameters: &parameters, state: Some(&given_state), nonce: nonce.as_deref(), code_verifier: None,
        }, native, &random).unwrap();

        let mut expected: BTreeMap<String, String> = at_endpoint;
        let mut expect = |name: &str, value: &str| assert!(expected.insert(name.to_owned(), value.to_owned()).is_none());
        expect("response_type", if implicit { "token" } else { "code" });
        expect("client_id", &client_id);
        expect("redirect_uri", &redirect_uri);
        expect("state", &given_state);
        let wanted = authorization::requested_scope(&server, &scope_words.join(" "), offline);
        if !wanted.is_empty() { expect("scope", &wanted); }
        if let Some(nonce) = &request.nonce { expect("nonce", nonce.expose()); }
        if let Some(verifier) = &request.code_verifier {
            expect("code_challenge", &pkce::challenge(verifier.expose()));
            expect("code_challenge_method", "S256");
        }
        if offline && !implicit && how == Offline::AccessType { expect("access_type", "offline"); }
        if let Some(credentials) = &credentials { expect("request_credentials", credentials); }
        for (name, value) in &parameters { expect(name, value); }

        let parsed = Url::parse(request.url.expose()).unwrap();
        prop_assert_eq!(parsed.as_str(), request.url.expose(), "the parser finds nothing to repair");
        let sent: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
        prop_assert_eq!(sent.len(), expected.len());
        prop_assert_eq!(sent.into_iter().collect::<BTreeMap<_, _>>(), expected);
        prop_assert_eq!(request.code_verifier.is_some(), pkce && !implicit);
        prop_assert_eq!(&request.redirect_uri, &redirect_uri);
        if let Some(verifier) = &request.code_verifier {
            prop_assert!(pkce::is_verifier(verifier.expose()) && !request.url.expose().contains(verifier.expose()));
        }
    }

    #[test]
    fn a11_protocol_parameters_cannot_be_set_from_outside(
        name in select(vec!["response_type", "response_mode", "client_id", "redirect_uri", "state", "nonce", "code_challenge",
            "code_challenge_method", "scope", "request", "request_uri"]),
        value in text(), choice in any::<u64>(), at_endpoint in any::<bool>(),
    ) {
        let pair = format!("x=1&{}={}", encoded(name, choice), encoded(&value, choice));
        let server = match at_endpoint {
            true => Server { authorization_endpoint: Some(format!("https://as.example/authorize?{pair}")), ..server() },
            false => server(),
        };
        let parameters = if at_endpoint { vec![] } else { vec![(name.to_owned(), value)] };
        let request = AuthorizationRequest::new(&authorization::Options { parameters: &parameters, ..plain(&server) }, native, &random);
        prop_assert_eq!(&request.unwrap_err().code, &Code::InvalidConfiguration);
    }

    #[test]
    fn a11_a_parameter_of_the_endpoint_is_not_sent_a_second_time(name in "[a-z]{1,8}", one in text(), other in text()) {
        prop_assume!(!is_reserved(&name));
        let endpoint = format!("https://as.example/authorize?{}", query_of([(name.clone(), one)]));
        let server = Server { authorization_endpoint: Some(endpoint), ..server() };
        let parameters = [(name.clone(), other)];
        let request = AuthorizationRequest::new(&authorization::Options { parameters: &parameters, ..plain(&server) }, native, &random);
        if let Ok(request) = request {
            let parsed = Url::parse(request.url.expose()).unwrap();
            prop_assert_eq!(parsed.query_pairs().filter(|(sent, _)| *sent == name).count(), 1, "RFC 6749 section 3.1");
        }
    }

    #[test]
    fn a09_a_redirect_uri_is_refused_or_sent_as_it_is(redirect_uri in prop_oneof![text(), soup(), address()]) {
        let server = server();
        let options = authorization::Options { redirect_uri: &redirect_uri, ..plain(&server) };
        if let Ok(request) = AuthorizationRequest::new(&options, native, &random) {
            let parsed = Url::parse(request.url.expose()).unwrap();
            let sent = parsed.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
            prop_assert_eq!(&sent, &redirect_uri);
            let own = Url::parse(&redirect_uri).unwrap();
            prop_assert!(own.has_host() && own.fragment().is_none() && own.username().is_empty() && own.password().is_none());
            prop_assert!(own.query_pairs().all(|(name, _)| !redirect::is_parameter(&name)));
        }
    }

    #[test]
    fn a10_an_endpoint_that_is_accepted_is_https_or_loopback(url in prop_oneof![3 => address(), 1 => text()], allow_http: bool) {
        if let Ok(accepted) = (Rules { parse: native, allow_http }).endpoint(&url, "x") {
            let oracle = Url::parse(&url).unwrap();
            let loopback = match oracle.host().unwrap() {
                url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
                url::Host::Ipv4(address) => address.is_loopback(),
                url::Host::Ipv6(address) => address.is_loopback(),
            };
            prop_assert!(oracle.scheme() == "https" || oracle.scheme() == "http" && (allow_http || loopback), "{}", url);
            prop_assert_eq!(accepted.href, oracle.as_str());
            prop_assert_eq!(accepted.origin, oracle.origin().ascii_serialization());
        }
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
}

fn plain(server: &Server) -> authorization::Options<'_> {
    authorization::Options {
        server,
        client_id: "spa",
        redirect_uri: "https://app.example/cb",
        flow: Flow::Code,
        scope: "a",
        offline: true,
        request_credentials: None,
        parameters: &[],
        state: Some("s1"),
        nonce: Some("n1"),
        code_verifier: None,
    }
}

// ---- Redirects --------------------------------------------------------------------------------------------

/// What a redirect means, by the oracle's reading of it: a code, a token, or the code of the error.
fn meaning(flow: Flow, text: &str, expected_state: &str) -> Result<String, String> {
    let answers: Vec<_> = pairs_of(text).into_iter().filter(|(name, _)| redirect::is_parameter(name)).collect();
    let map: BTreeMap<_, _> = answers.iter().cloned().collect();
    let get = |name: &str| map.get(name).map(String::as_str);
    let printable = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let invalid = Err("invalid_response".to_owned());
    if map.len() != answers.len() {
        return invalid;
    }
    if get("state") != Some(expected_state) {
        return Err("state_mismatch".to_owned());
    }
    if get("iss").is_some_and(|iss| iss != "https://as.example") {
        return Err("issuer_mismatch".to_owned());
    }
    if let Some(error) = get("error") {
        let plausible = !error.is_empty() && error.len() <= 128 && error.bytes().all(|byte| (32..127).contains(&byte));
        return if plausible { Err(error.to_owned()) } else { invalid };
    }
    let (wanted, forbidden) = match flow {
        Flow::Code => ("code", ["access_token", "id_token"]),
        Flow::Implicit => ("access_token", ["code", "code"]),
    };
    let lifetime = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let type_is_right = flow == Flow::Code || get("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let lifetime_is_right = flow == Flow::Code || get("expires_in").is_none_or(lifetime);
    match get(wanted).filter(printable) {
        Some(value) if type_is_right && lifetime_is_right && forbidden.iter().all(|name| get(name).is_none()) => {
            Ok(value.to_owned())
        }
        _ => invalid,
    }
}

fn read(url: &str, flow: Flow, state: &str) -> Result<String, String> {
    let state = secret(state);
    let expected = Expected { flow, state: &state, issuer: Some("https://as.example"), iss_required: false };
    match redirect::read(url, expected) {
        Ok(Answer::Code(code)) => Ok(code.expose().to_owned()),
        Ok(Answer::Token(tokens)) => Ok(tokens.access_token.expose().to_owned()),
        Err(error) => Err(error.code.as_str().to_owned()),
    }
}

/// Parameters of an answer, mostly right ones, with some of the app's own between them, well-formed.
fn answer() -> impl Strategy<Value = String> {
    let any_of = |values: Vec<&'static str>| prop_oneof![9 => select(values).prop_map(str::to_owned), 1 => text()];
    let pair = prop_oneof![
        4 => any_of(vec!["s1"]).prop_map(|value| ("state", value)),
        3 => prop_oneof![token(), text()].prop_map(|value| ("code", value)),
        3 => prop_oneof![token(), text()].prop_map(|value| ("access_token", value)),
        3 => any_of(vec!["bearer", "Bearer", "mac"]).prop_map(|value| ("token_type", value)),
        1 => any_of(vec!["https://as.example", "https://as.example/"]).prop_map(|value| ("iss", value)),
        1 => any_of(vec!["3600", "0", "-1", "1e3", "99999999999"]).prop_map(|value| ("expires_in", value)),
        1 => any_of(vec!["access_denied"]).prop_map(|value| ("error", value)),
        1 => (select(vec!["scope", "id_token", "refresh_token", "error_description", "session_state"]), text()),
        2 => (select(vec!["own", "__proto__", "State", "code[]", ""]), text()),
    ];
    prop::collection::vec((pair, any::<u64>(), select(vec!["&", "&", "&", "&&"])), 0..7).prop_map(|pairs| {
        let mut text = String::new();
        for ((name, value), choice, and) in pairs {
            text.push_str(&format!("{}={}{and}", encoded(name, choice), encoded(&value, choice)));
        }
        text
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn b05_well_formed_answers_mean_what_the_oracle_reads(text in answer(), implicit: bool) {
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let url = format!("https://app.example/cb{mark}{text}");
        prop_assert_eq!(read(&url, flow, "s1"), meaning(flow, &text, "s1"), "{}", url);
    }

    #[test]
    fn b05_a_complete_answer_is_read_whole(
        value in token(), state in token(), own in text(), choices in any::<[u64; 3]>(), implicit: bool, order in 0_usize..3,
    ) {
        let name = if implicit { "access_token" } else { "code" };
        let mut pairs = [
            format!("{name}={}", encoded(&value, choices[0])),
            format!("state={}", encoded(&state, choices[1])),
            format!("own={}&token_type=Bearer", encoded(&own, choices[2])),
        ];
        pairs.rotate_left(order);
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let url = format!("https://app.example/cb{mark}{}", pairs.join("&"));
        prop_assert_eq!(read(&url, flow, &state), Ok(value));
        let part = redirect::part(&url, flow).unwrap();
        prop_assert!(redirect::state(part.1).unwrap().matches(&state));
    }

    #[test]
    fn b06_no_text_makes_the_reader_panic(url in prop_oneof![soup(), text()], state in token(), implicit: bool) {
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        let _ = read(&url, flow, &state);
        if let Some((_, text)) = redirect::part(&url, flow) {
            prop_assert!(url.contains(text));
            let _ = redirect::state(text);
        }
        for part in [Part::Query, Part::Fragment] {
            let cleaned = redirect::clean(&url, part);
            prop_assert!(cleaned.len() <= url.len());
            prop_assert_eq!(redirect::clean(&cleaned, part), cleaned, "clean stays clean");
        }
        let (path, query, fragment) = split(&url);
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
        prop_assert_eq!([path, &query, &fragment].concat(), &url[..]);
        let request = r#"{"url":"https://as.example/","state":"s1","redirectUri":"x"}"#;
        let _ = values::parse_redirect(&url, &options::Options::new(request).unwrap(), 0);

    }

    #[test]
    fn b06_decoding_agrees_with_the_oracle_or_refuses(text in soup()) {
        let part = text.split(['&', '=']).next().unwrap();
        let bytes: Vec<u8> = form_urlencoded::parse(part.as_bytes()).map(|(name, _)| name.into_owned().into_bytes()).next().unwrap_or_default();
        match form::decode(part) {
            Some(decoded) => prop_assert_eq!(decoded.into_bytes(), bytes),
            None => prop_assert!(part.contains('%'), "only escapes can be malformed"),
        }
    }

    #[test]
    fn b06_what_is_encoded_decodes(text in text(), choice: u64) {
        prop_assert_eq!(form::decode(&form::encode(&text)), Some(text.clone()));
        prop_assert_eq!(form::decode(&encoded(&text, choice)), Some(text));
    }

    #[test]
    fn b01_a_wrong_state_never_gives_an_answer(
        value in token(), right in token(), wrong in prop_oneof![token(), text()], how in 0_u8..6, choice: u64, implicit: bool,
    ) {
        let wrong = match how {
            0 => String::new(),
            1 => right.to_uppercase(),
            2 => right.to_lowercase(),
            3 => format!("{right}\0"),
            4 => right[..right.len() - 1].to_owned(),
            _ => wrong,
        };
        prop_assume!(wrong != right);
        let (flow, mark, name) = if implicit { (Flow::Implicit, '#', "access_token") } else { (Flow::Code, '?', "code") };
        let url = format!("https://app.example/{mark}{name}={}&token_type=bearer&state={}", encoded(&value, choice), encoded(&wrong, choice));
        prop_assert_eq!(read(&url, flow, &right), Err("state_mismatch".to_owned()));
    }

    #[test]
    fn b04_a_repeated_parameter_is_refused(
        name in select(vec!["state", "iss", "error", "error_description", "error_uri", "code", "access_token", "token_type",
            "expires_in", "scope", "id_token", "refresh_token", "session_state"]),
        one in text(), other in text(), choices in any::<[u64; 2]>(), implicit: bool, same: bool,
    ) {
        let other = if same { &one } else { &other };
        let pair = |value: &str, choice| format!("{}={}", encoded(name, choice), encoded(value, choice));
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let rest = if name == "state" { "" } else { "&state=s1" };
        let url = format!("https://app/{mark}{}{rest}&{}", pair(&one, choices[0]), pair(other, choices[1]));
        prop_assert_eq!(read(&url, flow, "s1"), Err("invalid_response".to_owned()), "{}", url);
    }

    #[test]
    fn b08_the_other_namespace_never_gives_the_answer(value in token(), other in soup(), implicit: bool) {
        let name = if implicit { "access_token" } else { "code" };
        let full = format!("{name}={}&token_type=bearer&state=s1", form::encode(&value));
        let other = other.replace(['?', '#'], "");
        let url = if implicit { format!("https://app/?{full}#{other}") } else { format!("https://app/?{other}#{full}") };
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        // Whatever `other` holds itself, the value of the wrong place is not it.
        if let Ok(read) = read(&url, flow, "s1") {
            prop_assert_ne!(read, value);
        }
    }

    #[test]
    fn b13_cleaning_removes_the_answer_and_nothing_else(
        pairs in prop::collection::vec(prop_oneof![
            (select(vec!["state", "code", "st%61te", "%63ode", "iss", "error", "access_token", "scope", "error%5Fdescription"]), soup()),
            (select(vec!["own", "State", "%", "%zz", "code[]", "", "codec", "xstate", "state%00", "utm_source"]), soup()),
        ], 0..10),
        before in "[a-z/.]{0,10}", other in soup(), in_query: bool,
    ) {
        let plain = |text: &str| text.replace(['?', '#', '&'], "");
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| match plain(value) {
            value if value.is_empty() => (*name).to_owned(),
            value => format!("{name}={value}"),
        }).collect();
        let is_answer = |pair: &&String| pairs_of(pair).first().is_some_and(|(name, _)| redirect::is_parameter(name));
        let kept: Vec<_> = pairs.iter().filter(|pair| !is_answer(pair)).map(String::as_str).collect();
        let (all, kept, other) = (pairs.join("&"), kept.join("&"), other.replace('#', ""));
        let with = |mark: &str, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
        let base = format!("https://app.example/{before}");
        let (url, expected, part) = if in_query {
            (format!("{base}?{all}#{other}"), format!("{base}{}#{other}", with("?", &kept)), Part::Query)
        } else {
            let other = other.replace('?', "");
            (format!("{base}?{other}#{all}"), format!("{base}?{other}{}", with("#", &kept)), Part::Fragment)
        };
        prop_assert_eq!(redirect::clean(&url, part), expected, "{}", url);
    }

    #[test]
    fn b12_texts_of_the_server_are_inert(error in "[ -~]{1,128}", description in text(), marks in prop::collection::vec(
        select(vec!['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{1b}', '\0', '\u{85}', '\u{feff}']), 0..4),
    ) {
        let description = marks.into_iter().chain(description.chars()).collect::<String>();
        let uri = format!("https://{description}");
        let error = AuthError::from_server(&error, Some(&description), Some(&uri), Phase::Redirect);
        for text in [error.description.as_deref().unwrap(), error.uri.as_deref().unwrap()] {
            prop_assert!(text.chars().count() <= 512);
            // The control characters, and all that have the Unicode property Bidi_Control.
            let bad = |character: char| character.is_control()
                || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!text.chars().any(bad), "{:?}", text);
        }
        let json = Json::parse(&error.to_json()).unwrap();
        prop_assert_eq!(json.text_of("code"), Some(error.code.as_str()));
        prop_assert_eq!(json.text_of("description"), error.description.as_deref());
    }

    #[test]
    fn h01_an_error_of_a_redirect_does_not_repeat_its_state(state in "[!-~]{16,40}", before in text()) {
        let description = format!("{before} {state} is not known");
        let query = query_of([("error", "access_denied"), ("error_description", &description), ("state", &state)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())));
        let state = secret(&state);
        let expected = Expected { flow: Flow::Code, state: &state, issuer: None, iss_required: false };
        let error = redirect::read(&format!("https://app/?{query}"), expected).unwrap_err();
        prop_assert!(!error.description.as_deref().unwrap_or_default().contains(state.expose()));
    }
}

// ---- Token requests and answers ---------------------------------------------------------------------------

fn post(body: &str) -> HttpRequest {
    HttpRequest {
        url: "https://as.example/token".into(),
        authorization: None,
        client_secret: None,
        body: secret(body),
        keepalive: false,
    }
}

fn answer_of(
    server: &Server,
    request: &HttpRequest,
    status: u16,
    content_type: &str,
    body: &str,
) -> Result<TokenResponse, AuthError> {
    let response = HttpResponse { status, content_type: content_type.to_owned(), body: body.to_owned() };
    TokenResponse::from_http(server, request, &response, Phase::Token)
}

/// Whether an error does not show the secret `sent` as `name`, though the server repeats it in `member`.
fn is_kept_back(
    sent: &str,
    name: &str,
    how: ClientAuthentication,
    around: &[String; 2],
    member: &str,
    status: u16,
) -> bool {
    let (hidden, other) = (secret(sent), secret("otherwise"));
    let client = Client { id: "spa".into(), secret: (name == "client_secret").then(|| hidden.clone()) };
    let server = Server { client_authentication: how, ..server() };
    let pick = |wanted: &str| if name == wanted { &hidden } else { &other };
    let code = Grant::AuthorizationCode {
        code: pick("code"),
        redirect_uri: "https://app/",
        code_verifier: Some(pick("code_verifier")),
    };
    let refresh = Grant::RefreshToken { refresh_token: &hidden, scope: None };
    let request = token_request(&server, &client, if name == "refresh_token" { &refresh } else { &code });
    let echo = quoted(&[&around[0], sent, &around[1]].concat());
    let body = match member {
        "error" => format!("{{\"error\":{echo}}}"),
        _ => format!("{{\"error\":\"invalid_grant\",\"{member}\":{echo}}}"),
    };
    let error = answer_of(&server, &request, status, "application/json", &body).unwrap_err();
    ![format!("{error:?}"), error.to_json(), format!("{request:?}")].iter().any(|shown| shown.contains(sent))
        && error.description.as_ref().is_none_or(|text| !text.contains(sent))
}

fn members() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => prop_oneof![token(), text()].prop_map(|text| quoted(&text)),
        2 => select(vec!["\"bearer\"", "\"Bearer\"", "3600", "\"3600\"", "-1", "0", "1e3", "1.5", "null", "true", "[]", "{}", "\"\"", "99999999999"])
            .prop_map(str::to_owned),
    ];
    let name = select(vec![
        "access_token",
        "access_token",
        "token_type",
        "token_type",
        "expires_in",
        "refresh_token",
        "id_token",
        "scope",
        "error",
        "error_description",
        "__proto__",
        "own",
    ]);
    prop::collection::vec((name, value), 0..7).prop_map(|members| {
        format!(
            "{{{}}}",
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",")
        )
    })
}

/// A JSON string, by rules of our own.
fn quoted(text: &str) -> String {
    let mut result = "\"".to_owned();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\' => result.push(byte.into()),
            _ => result.push_str(&format!("\\u{unit:04X}")),
        }
    }
    result + "\""
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d01_success_is_2xx_json_with_a_printable_token(
        body in prop_oneof![4 => members(), 1 => soup(), 1 => text()],
        status in prop_oneof![4 => Just(200_u16), 2 => 199_u16..600, 1 => any::<u16>()],
        content_type in prop_oneof![4 => Just("application/json; charset=utf-8".to_owned()), 1 => text(), 1 => Just("text/html".to_owned())],
        space_like: bool,
    ) {
        let server = Server { offline: if space_like { Offline::AccessType } else { Offline::Unasked }, ..server() };
        match answer_of(&server, &post("grant_type=x"), status, &content_type, &body) {
            Ok(tokens) => {
                prop_assert!((200..300).contains(&status));
                let json = Json::parse(&body).unwrap();
                prop_assert_eq!(json.text_of("access_token"), Some(tokens.access_token.expose()));
                let printable = |secret: &Secret| !secret.expose().is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(printable(&tokens.access_token));
                prop_assert!([&tokens.refresh_token, &tokens.id_token].into_iter().flatten().all(printable));
                prop_assert!(tokens.expires_in.is_none_or(|seconds| (1..=0x7fff_ffff).contains(&seconds)));
                prop_assert!(json.member("error").and_then(Json::text).is_none(), "an error is no success");
                prop_assert!(space_like || json.text_of("token_type").unwrap().eq_ignore_ascii_case("bearer"));
                let record = Record::new(&server, &client(), GrantType::Implicit, tokens, "a", 1);
                prop_assert!(Record::decode(&record.encode(), &server, "spa").is_some(), "what is accepted can be stored");
            }
            Err(error) => prop_assert_eq!(error.status, Some(status)),
        }
    }

    #[test]
    fn d01_a_full_answer_is_read_whole(access in token(), refresh in prop::option::of(token()), seconds in prop::option::of(1_u32..0x7fff_ffff), words in prop::option::of("[a-z*]{1,5}( [a-z:]{1,5}){0,3}")) {
        let mut body = format!("{{\"access_token\":{},\"token_type\":\"bEARER\"", quoted(&access));
        if let Some(refresh) = &refresh { body += &format!(",\"refresh_token\":{}", quoted(refresh)); }
        if let Some(seconds) = seconds { body += &format!(",\"expires_in\":{seconds}"); }
        if let Some(words) = &words { body += &format!(",\"scope\":{}", quoted(words)); }
        body += "}";
        let tokens = answer_of(&server(), &post(""), 200, "application/json", &body).unwrap();
        prop_assert_eq!(tokens.access_token.expose(), access);
        prop_assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), refresh.as_deref());
        prop_assert_eq!(tokens.expires_in, seconds);
        prop_assert_eq!(tokens.scope, words.map(|words| scope::normalise(&words)));
    }

    #[test]
    fn d05_a_lifetime_is_digits_or_unknown_or_refused(text in prop_oneof!["-?[0-9]{1,12}", "[-+0-9eE.sx ]{0,8}", text()], as_number: bool) {
        let text = if as_number { text.trim().to_owned() } else { text };
        let value = if as_number { text.clone() } else { quoted(&text) };
        let body = format!("{{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":{value}}}");
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let well_formed = (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let expected = text.parse::<u32>().ok().filter(|seconds| well_formed && (1..=0x7fff_ffff).contains(seconds));
        match answer_of(&server(), &post(""), 200, "application/json", &body) {
            Ok(tokens) => { prop_assert!(well_formed); prop_assert_eq!(tokens.expires_in, expected); }
            Err(error) => {
                prop_assert_eq!(&error.code, &Code::InvalidResponse);
                prop_assert!(!well_formed || as_number && digits.len() > 1 && digits.starts_with('0'), "{}", text);
            }
        }
    }

    #[test]
    fn h01_an_error_never_carries_a_sent_secret_back(
        sent in "[!-~]{12,40}", name in select(vec!["code", "code_verifier", "refresh_token", "client_secret"]),
        around in [text(), text()], member in select(vec!["error", "error_description", "error_uri"]), status in select(vec![200_u16, 400, 401, 500]),
    ) {
        prop_assert!(is_kept_back(&sent, name, ClientAuthentication::Body, &around, member, status));
    }

    #[test]
    fn h01_nor_does_it_carry_the_secret_of_http_basic(
        sent in "[!-~]{12,40}", around in [text(), text()], member in select(vec!["error", "error_description", "error_uri"]),
    ) {
        prop_assert!(is_kept_back(&sent, "client_secret", ClientAuthentication::Basic, &around, member, 401));
    }

    #[test]
    fn h01_removing_control_characters_does_not_bring_a_secret_together(sent in "[!-~]{12,40}", at in 1_usize..11, mark in select(vec!['\0', '\u{7f}', '\u{200b}', '\u{feff}'])) {
        let (one, other) = sent.split_at(at);
        let body = format!("{{\"error\":\"invalid_grant\",\"error_description\":{}}}", quoted(&format!("{one}{mark}{other}")));
        let request = post(&query_of([("refresh_token".to_owned(), sent.clone())]));
        let error = answer_of(&server(), &request, 400, "application/json", &body).unwrap_err();
        prop_assert!(!error.description.as_deref().unwrap_or_default().contains(&sent));
    }

    #[test]
    fn c08_token_requests_carry_each_value_exactly_once(
        code in text(), verifier in prop::option::of(text()), redirect_uri in text(), id in text(), client_secret in prop::option::of(text()), body_method: bool,
    ) {
        let client = Client { id: id.clone(), secret: client_secret.as_deref().map(secret) };
        let how = if body_method { ClientAuthentication::Body } else { ClientAuthentication::Basic };
        let server = Server { client_authentication: how, ..server() };
        let (hidden_code, hidden_verifier) = (secret(&code), verifier.as_deref().map(secret));
        let grant = Grant::AuthorizationCode { code: &hidden_code, redirect_uri: &redirect_uri, code_verifier: hidden_verifier.as_ref() };
        let request = token_request(&server, &client, &grant);

        let mut expected = vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect_uri)];
        expected.extend(verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        match (&client_secret, body_method) {
            (Some(secret), true) => expected.extend([("client_id", id.as_str()), ("client_secret", secret)]),
            (Some(_), false) => {}
            (None, _) => expected.push(("client_id", &id)),
        }
        let sent = pairs_of(request.body.expose());
        prop_assert_eq!(sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        prop_assert_eq!(&request.url, "https://as.example/token");
        let pair = client_secret.filter(|_| !body_method).map(|secret| format!("{}:{}", form::encode(&id), form::encode(&secret)));
        let header = pair.map(|pair| format!("Basic {}", base64::standard(pair.as_bytes())));
        prop_assert_eq!(request.authorization.as_ref().map(Secret::expose), header.as_deref());
    }

    #[test]
    fn rfc_7009_a_revocation_succeeds_exactly_with_2xx(status: u16, body in prop_oneof![members(), soup()]) {
        let request = revocation::revocation_request(&server(), &client(), &secret("t"), None).unwrap();
        let response = HttpResponse { status, content_type: "application/json".into(), body };
        prop_assert_eq!(revocation::revocation_response(&server(), &request, &response).is_ok(), (200..300).contains(&status));
    }
}

// ---- JSON -------------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Value {
    Word(&'static str),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        select(vec!["null", "true", "false"]).prop_map(Value::Word),
        "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?([eE][-+]?[0-9]{1,3})?".prop_map(Value::Number),
        text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Writes with spaces and escapes that `choice` decides on.
fn render(value: &Value, choice: &mut u64, out: &mut String) {
    let mut next = |count: u64| {
        *choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*choice >> 33) % count
    };
    let mut space = |out: &mut String| out.push_str(["", "", " ", "\n\t", "\r "][usize::try_from(next(5)).unwrap()]);
    space(out);
    match value {
        Value::Word(word) => out.push_str(word),
        Value::Number(number) => out.push_str(number),
        Value::Text(text) => render_text(text, choice, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                render(item, choice, out);
            }
            out.push_str(" ]");
        }
        Value::Object(members) => {
            out.push_str("{ ");
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { " , " } else { "" });
                render_text(name, choice, out);
                out.push_str(if index % 2 == 0 { " :" } else { ":" });
                render(value, choice, out);
            }
            out.push('}');
        }
    }
    out.push_str(if out.len().is_multiple_of(3) { "\n" } else { "" });
}

fn render_text(text: &str, choice: &mut u64, out: &mut String) {
    *choice = choice.rotate_left(7) ^ 0x9e37;
    if *choice & 1 == 1 {
        return out.push_str(&quoted(text));
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if *choice & 2 == 2 => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn text_of(value: &Value, choice: u64) -> String {
    let mut out = String::new();
    render(value, &mut choice.clone(), &mut out);
    out
}

fn is_same(value: &Value, read: &Json) -> bool {
    match (value, read) {
        (Value::Word("null"), Json::Null) => true,
        (Value::Word(word), Json::Boolean(read)) => *word == read.to_string(),
        (Value::Number(number), Json::Number(read)) => number == read,
        (Value::Text(text), Json::Text(read)) => text == read,
        (Value::List(items), Json::List(read)) => {
            items.len() == read.len() && items.iter().zip(read).all(|(item, read)| is_same(item, read))
        }
        (Value::Object(members), Json::Object(read)) => {
            let same =
                |((name, value), (key, read)): (&(String, Value), &(String, Json))| name == key && is_same(value, read);
            members.len() == read.len() && members.iter().zip(read).all(same)
        }
        _ => false,
    }
}

/// Whether a text is JSON without repeated members and lone surrogates: tokens first, then a stack of them.
fn is_json(text: &str) -> bool {
    #[derive(PartialEq)]
    enum Token {
        Mark(u8),
        Name(Vec<u16>),
        Value,
    }
    let bytes = text.as_bytes();
    let (mut stack, mut at): (Vec<Token>, usize) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'"' => {
                let Some((units, length)) = units_of(rest) else { return false };
                stack.push(Token::Name(units));
                at += length;
            }
            mark @ (b'[' | b'{' | b',' | b':') => {
                stack.push(Token::Mark(mark));
                at += 1;
            }
            close @ (b']' | b'}') => {
                let open = close - 2;
                let Some(start) = stack.iter().rposition(|token| matches!(token, Token::Mark(b'[' | b'{'))) else {
                    return false;
                };
                let inside = stack.split_off(start);
                let is_value = |token: &Token| !matches!(token, Token::Mark(_));
                let inner = &inside[1..];
                let groups: Vec<&[Token]> = inner.split(|token| *token == Token::Mark(b',')).collect();
                let good = inside[0] == Token::Mark(open)
                    && (inner.is_empty()
                        || groups.iter().all(|group| match (open, group) {
                            (b'[', [value]) => is_value(value),
                            (b'{', [Token::Name(_), Token::Mark(b':'), value]) => is_value(value),
                            _ => false,
                        }));
                let names: Vec<_> = groups
                    .iter()
                    .filter_map(|group| match group {
                        [Token::Name(name), _, _] => Some(name),
                        _ => None,
                    })
                    .collect();
                if !good || names.iter().collect::<BTreeSet<_>>().len() != names.len() {
                    return false;
                }
                stack.push(Token::Value);
                at += 1;
            }
            _ => {
                let length = rest
                    .find(|character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character))
                    .unwrap_or(rest.len());
                if length == 0 || !(["null", "true", "false"].contains(&&rest[..length]) || is_number(&rest[..length]))
                {
                    return false;
                }
                stack.push(Token::Value);
                at += length;
            }
        }
    }
    matches!(stack[..], [Token::Value | Token::Name(_)])
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// The UTF-16 units of the JSON string that `text` begins with, and its length in bytes.
fn units_of(text: &str) -> Option<(Vec<u16>, usize)> {
    let mut units = Vec::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return String::from_utf16(&units).is_ok().then_some((units, at + 1)),
            '\\' => match characters.next()?.1 {
                'u' => {
                    let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let hexadecimal = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| hexadecimal)?);
                }
                escape => units.push(u16::from("\u{8}\u{c}\n\r\t\"\\/".as_bytes()["bfnrt\"\\/".find(escape)?])),
            },
            '\0'..='\u{1f}' => return None,
            other => units.extend(other.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    None
}

/// `text` with one character removed, replaced, doubled or put in.
fn mutated(text: &str, at: prop::sample::Index, with: char, how: u8) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len().max(1));
    match how {
        0 if at < characters.len() => drop(characters.remove(at)),
        1 if at < characters.len() => characters[at] = with,
        2 if at < characters.len() => characters.insert(at, characters[at]),
        3 => characters.truncate(at),
        _ => characters.insert(at, with),
    }
    characters.into_iter().collect()
}

fn mark() -> impl Strategy<Value = char> {
    prop_oneof![4 => select("{}[],:\"\\/0123456789-+.eEuntfb \n\u{feff}\0".chars().collect::<Vec<_>>()), 1 => any::<char>()]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d02_json_is_read_as_it_was_meant(value in value(), choice: u64) {
        let text = text_of(&value, choice);
        prop_assert!(is_json(&text), "the oracle: {}", text);
        let read = Json::parse(&text);
        prop_assert!(read.is_some_and(|read| is_same(&value, &read)), "{}", text);
    }

    #[test]
    fn d02_what_is_not_json_is_refused(value in value(), choice: u64, changes in prop::collection::vec((any::<prop::sample::Index>(), mark(), 0_u8..5), 1..4)) {
        let text = changes.into_iter().fold(text_of(&value, choice), |text, (at, with, how)| mutated(&text, at, with, how));
        prop_assert_eq!(Json::parse(&text).is_some(), is_json(&text), "{}", text);
    }

    #[test]
    fn d02_no_text_makes_the_reader_panic(text in prop_oneof![text(), soup(), "[\\[\\]{}:,\"\\\\u0-9a-f. eE+-]{0,40}"]) {
        prop_assert_eq!(Json::parse(&text).is_some(), is_json(&text), "{}", text);
    }

    #[test]
    fn d03_a_repeated_member_is_refused(name in text(), one in value(), other in value(), choice: u64) {
        let member = |choice: u64| { let mut out = String::new(); render_text(&name, &mut choice.clone(), &mut out); out };
        let text = format!("{{{}:{},{}:{}}}", member(choice), text_of(&one, choice), member(!choice), text_of(&other, choice));
        prop_assert!(Json::parse(&text).is_none());
    }

    #[test]
    fn d02_what_is_written_reads_back(members in prop::collection::btree_map(text(), (text(), any::<u64>(), 0_u8..4), 0..12)) {
        let mut writer = Writer::default();
        for (name, (text, number, kind)) in &members {
            match kind {
                0 => writer.text(name, text),
                1 => writer.integer(name, *number),
                2 => writer.boolean(name, number % 2 == 0),
                _ => writer.optional(name, Some(text).filter(|_| number % 2 == 0).map(String::as_str)),
            }
        }
        let written = writer.finish();
        prop_assert!(is_json(&written));
        let json = Json::parse(&written).unwrap();
        for (name, (text, number, kind)) in &members {
            match kind {
                0 => prop_assert_eq!(json.text_of(name), Some(text.as_str())),
                1 => {
                    prop_assert!(json.member(name) == Some(&Json::Number(number.to_string())));
                    prop_assert_eq!(json.member(name).unwrap().integer(), Some(*number).filter(|number| *number < 1 << 53));
                }
                2 => prop_assert_eq!(json.is_true(name), number % 2 == 0),
                _ => prop_assert_eq!(json.text_of(name), Some(text.as_str()).filter(|_| number % 2 == 0)),
            }
        }
    }

    #[test]
    fn n01_options_of_any_json_are_read_or_refused(value in value(), choice: u64, members in members(), url in prop_oneof![address(), soup()]) {
        for text in [
            text_of(&value, choice),
            members,
            format!("{{\"server\":{},\"api\":{},\"parameters\":{}}}", text_of(&value, choice), text_of(&value, !choice), text_of(&value, choice / 3)),
            format!("{{\"server\":{{\"tokenEndpoint\":{0},\"apiBase\":{0}}},\"baseUrl\":{0},\"api\":[{0}],\"clientId\":{0}}}", quoted(&url)),
        ] {
            let Ok(given) = options::Options::new(&text) else { continue };
            if let Ok(login) = options::login(&given, native) {
                prop_assert!(Url::parse(&login.config.server.token_endpoint).is_ok());
                prop_assert!(Url::parse(&login.base).is_ok());
            }
            let _ = values::authorization_request(&values::read_authorization_request(&given));
        }
    }
}

// ---- What is stored ---------------------------------------------------------------------------------------

fn client() -> Client {
    Client { id: "spa".into(), secret: None }
}

fn tokens() -> impl Strategy<Value = TokenResponse> {
    (
        token(),
        prop::option::of(token()),
        prop::option::of(token()),
        prop::option::of(text()),
        prop::option::of(1_u32..0x7fff_ffff),
    )
        .prop_map(|(access, refresh, id, scope, expires_in)| TokenResponse {
            access_token: Secret::new(access),
            expires_in,
            refresh_token: refresh.map(Secret::new),
            id_token: id.map(Secret::new),
            scope,
        })
}

#[derive(Default)]
struct Map(RefCell<BTreeMap<String, String>>);

impl PendingStore for Map {
    async fn all(&self) -> Vec<(String, String)> {
        self.0.borrow().iter().map(|(key, text)| (key.clone(), text.clone())).collect()
    }
    async fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }
    async fn set(&self, key: &str, text: &str) -> bool {
        self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
        true
    }
    async fn take(&self, key: &str) -> bool {
        self.0.borrow_mut().remove(key).is_some()
    }
}

/// Nothing here waits for anything.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits"),
    }
}

impl Map {
    fn remember(&self, pending: &Pending, now: u64) -> bool {
        at_once(pending::remember(self, pending, now))
    }
    fn find(&self, state: &str) -> Option<Pending> {
        at_once(pending::find(self, &secret(state)))
    }
    fn use_up(&self, state: &str) -> bool {
        at_once(pending::take(self, &secret(state)))
    }
    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

fn request(
    state: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
    implicit: bool,
    query: &str,
) -> AuthorizationRequest {
    AuthorizationRequest {
        url: Secret::new(format!("https://as.example/authorize?{query}")),
        flow: if implicit { Flow::Implicit } else { Flow::Code },
        state: secret(state),
        redirect_uri: redirect_uri.to_owned(),
        code_verifier: verifier.map(secret),
        nonce: None,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn g08_a_record_reads_back_as_it_was(first in tokens(), next in tokens(), id in text(), requested in text(), now in 0_u64..1 << 52, later in 0_u64..1 << 52, implicit: bool) {
        let grant = if implicit { GrantType::Implicit } else { GrantType::AuthorizationCode };
        let client = Client { id: id.clone(), secret: None };
        let record = Record::new(&server(), &client, grant, first, &requested, now);
        let renewed = record.renewed(next, later);
        prop_assert!(renewed.generation > record.generation);
        prop_assert!(renewed.refresh_token.is_some() || record.refresh_token.is_none());
        for record in [record, renewed] {
            let text = record.encode();
            prop_assert!(is_json(&text));
            let read = Record::decode(&text, &server(), &id).unwrap();
            prop_assert_eq!(&read.encode(), &text);
            prop_assert!(read.access_token.matches(record.access_token.expose()));
            prop_assert_eq!((read.generation, read.issued_at, read.expires_at, read.grant), (record.generation, record.issued_at, record.expires_at, record.grant));
            prop_assert_eq!(&read.scope, &record.scope);
            prop_assert!(Record::decode(&text, &server(), &[&id, "x"].concat()).is_none());
            let other = Server { token_endpoint: "https://as.example/token/".into(), ..server() };
            prop_assert!(Record::decode(&text, &other, &id).is_none());
        }
    }

    #[test]
    fn g02_a_record_that_was_tampered_with_is_whole_or_none(tokens in tokens(), changes in prop::collection::vec((any::<prop::sample::Index>(), mark(), 0_u8..5), 1..4)) {
        let record = Record::new(&server(), &client(), GrantType::AuthorizationCode, tokens, "a b", 1_000);
        let text = changes.into_iter().fold(record.encode(), |text, (at, with, how)| mutated(&text, at, with, how));
        if let Some(read) = Record::decode(&text, &server(), "spa") {
            prop_assert!(is_json(&text));
            prop_assert_eq!(&read.token_endpoint, "https://as.example/token");
            prop_assert!(read.access_token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
            let again = Record::decode(&read.encode(), &server(), "spa").unwrap();
            prop_assert_eq!(again.encode(), read.encode());
        }
    }

    #[test]
    fn g02_no_text_makes_the_decoders_panic(text in prop_oneof![text(), soup(), members(), value().prop_map(|value| text_of(&value, 7))], state in token()) {
        prop_assert!(Record::decode(&text, &server(), "spa").is_none());
        let store = Map::default();
        at_once(store.set(&[PREFIX, &state].concat(), &text));
        prop_assert!(store.find(&state).is_none());
        prop_assert!(store.remember(&Pending::new(&request("s", "x", None, false, ""), None, 0), 0));
        prop_assert_eq!(store.len(), 1, "what cannot be read is cleared away");
    }

    #[test]
    fn g03_keys_are_equal_only_for_equal_settings(one in [text(), text(), text()], other in [text(), text(), text()], shift in 0_usize..3) {
        let key = |[endpoint, id, scope]: &[String; 3]| record::key(&Server { token_endpoint: endpoint.clone(), ..server() }, id, scope);
        let mut turned = one.clone();
        turned.rotate_left(shift);
        for other in [&other, &turned, &one.clone().map(|text| text + " ")] {
            prop_assert_eq!(key(&one) == key(other), one == *other);
        }
    }

    #[test]
    fn a02_requests_that_wait_are_found_by_their_state_alone(
        all in prop::collection::btree_map(token(), (text(), prop::option::of(text()), any::<bool>(), own_parameters(), prop::option::of(text())), 1..6),
        elsewhere in text(), now in 0_u64..1 << 52,
    ) {
        let store = Map::default();
        for (state, (redirect_uri, verifier, implicit, own, app_state)) in &all {
            let query = query_of(own.clone().into_iter().chain([("client_id".into(), redirect_uri.clone()), ("scope".into(), "a b".into())]));
            let made = request(state, redirect_uri, verifier.as_deref(), *implicit, &query);
            prop_assert!(store.remember(&Pending::new(&made, app_state.clone(), now), now));
        }
        for (state, (redirect_uri, verifier, implicit, _, app_state)) in &all {
            let found = store.find(state).unwrap();
            prop_assert_eq!(&found.redirect_uri, redirect_uri);
            prop_assert_eq!(&found.client_id, redirect_uri);
            prop_assert_eq!((found.scope.as_str(), found.endpoint.as_str()), ("a b", "https://as.example/authorize"));
            prop_assert_eq!(found.code_verifier.as_ref().map(Secret::expose), verifier.as_deref());
            prop_assert_eq!((found.flow == Flow::Implicit, &found.app_state, found.created_at), (*implicit, app_state, now));
        }
        prop_assert_eq!(store.find(&elsewhere).is_some(), all.contains_key(&elsewhere));
        for state in all.keys() {
            prop_assert!(store.use_up(state));
            prop_assert!(!store.use_up(state), "once");
        }
        prop_assert!(store.len() == 0);
    }

    #[test]
    fn a04_never_more_than_sixteen_wait(times in prop::collection::vec(0_u64..PATIENCE * 3, 1..60)) {
        let store = Map::default();
        let mut now = 0;
        for (number, step) in times.iter().enumerate() {
            now += step / 40;
            let state = format!("s{number}");
            prop_assert!(store.remember(&Pending::new(&request(&state, "x", None, false, ""), None, now), now));
            prop_assert!(store.len() <= MAX_PENDING);
            prop_assert!(store.find(&state).is_some_and(|found| !found.is_expired(now)), "the newest stays");
        }
    }
}

// ---- Where tokens go, and for how long --------------------------------------------------------------------

proptest! {
    #![proptest_config(config())]

    #[test]
    fn f02_the_allow_list_agrees_with_the_url_crate(entries in prop::collection::vec(address(), 0..4), urls in prop::collection::vec(address(), 1..6), own_paths in prop::collection::vec(path(), 1..4), allow_http: bool) {
        let rules = Rules { parse: native, allow_http };
        let mut list = AllowList::default();
        let mut accepted = Vec::new();
        for entry in &entries {
            if list.add(entry, rules).is_ok() {
                accepted.push(Url::parse(entry).unwrap());
            }
        }
        // Addresses below the entries too, else hardly any would be allowed.
        let below = accepted.iter().flat_map(|entry| own_paths.iter().map(move |path| format!("{}{path}", entry.as_str().trim_end_matches('/'))));
        for url in urls.iter().cloned().chain(below.collect::<Vec<_>>()) {
            let Ok(oracle) = Url::parse(&url) else { prop_assert!(native(&url, None).is_none()); continue };
            let travels = ["https", "http"].contains(&oracle.scheme());
            let expected = travels && accepted.iter().any(|entry| entry.origin() == oracle.origin() && is_below(entry, &oracle));
            prop_assert_eq!(list.allows(&native(&url, None).unwrap()), expected, "{} in {:?}", url, entries);
        }
    }

    #[test]
    fn f03_other_schemes_and_any_text_get_no_token(text in prop_oneof![text(), soup()], scheme in select(vec!["blob:", "data:", "javascript:", "file://", "view-source:", "about:", "ws://", "ftp://", ""])) {
        let mut list = AllowList::default();
        list.add("https://api.example", STRICT).unwrap();
        for text in [format!("{scheme}https://api.example/{text}"), format!("{scheme}{text}"), format!("https://api.example{text}"), format!("https://api.example@{text}")] {
            if let Some(url) = native(&text, None).filter(|url| list.allows(url)) {
                prop_assert_eq!(url.origin, "https://api.example", "{}", text);
                prop_assert!(Url::parse(&text).unwrap().scheme() == "https");
            }
        }
    }

    #[test]
    fn e10_a_token_never_outlives_its_expiry(
        issued_at in moment(), life in prop::option::of(moment()), received in prop::option::of(moment()),
        (validity, now, monotonic) in (moment(), moment(), moment()), (longer, later) in (moment(), moment()),
    ) {
        let token = Lifetime { issued_at, expires_at: life.map(|life| issued_at.saturating_add(life)), monotonic: received };
        let good = token.is_good_for(validity, now, monotonic);
        if let (true, Some(expires_at)) = (good, token.expires_at) {
            prop_assert!(now < expires_at);
            if let Some(received) = received {
                prop_assert!(monotonic.saturating_sub(received) < expires_at - issued_at);
            }
        }
        // What is good later, or for longer, is good now. A clock before the receipt is doubted after a reload.
        let doubted = received.is_none() && now.saturating_add(60_000) < issued_at;
        if !doubted && token.is_good_for(validity, now.saturating_add(later), monotonic) { prop_assert!(good, "by the wall clock"); }
        if token.is_good_for(validity, now, monotonic.saturating_add(later)) { prop_assert!(good, "by the monotonic clock"); }
        if token.is_good_for(validity.saturating_add(longer), now, monotonic) { prop_assert!(good, "by the validity"); }
        if token.expires_at.is_none() { prop_assert!(good, "no expiry is known"); }
    }

    #[test]
    fn d07_scopes_keep_their_words_once_in_order(text in prop_oneof![text(), "[abc \\t]{0,20}"]) {
        let normal = scope::normalise(&text);
        let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
        prop_assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        prop_assert!(text.split_ascii_whitespace().all(|word| scope::has(&normal, word)));
        prop_assert!(words.iter().all(|word| scope::has(&text, word)));
        prop_assert_eq!(scope::normalise(&normal), normal);
    }
}

fn moment() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0_u64..200_000, 2 => 1_700_000_000_000_u64..1_800_000_000_000, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn is_below(entry: &Url, url: &Url) -> bool {
    let segments = |url: &Url| url.path_segments().unwrap().map(str::to_owned).collect::<Vec<_>>();
    let mut prefix = segments(entry);
    if prefix.last().is_some_and(String::is_empty) {
        prefix.pop();
    }
    segments(url).starts_with(&prefix)
}
