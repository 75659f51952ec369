//! The module in a real browser: its URL parser, its randomness and SHA-256, and the machine that turns a sign-in into
//! effects, driven here by a hand-made host.
#![cfg(target_arch = "wasm32")]
// A test may fail by panicking: that is what it is for.
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use space_auth_wasm::browser::{machine, ports, url};
use space_auth_wasm::js::options::{self, Options};
use space_auth_wasm::protocol::authorization::{self, AuthorizationRequest};
use space_auth_wasm::protocol::http::HttpRequest;
use space_auth_wasm::protocol::json::Json;
use space_auth_wasm::protocol::pkce;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::url::{Rules, Url};
use space_auth_wasm::session::allow_list::AllowList;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const STRICT: Rules = Rules { parse: url::parse, allow_http: false };

fn parsed(text: &str) -> Url {
    url::parse(text, None).unwrap_or_else(|| panic!("{text} is an address"))
}

// ---- Addresses --------------------------------------------------------------------------------------------

#[wasm_bindgen_test]
fn f03_addresses_are_read_as_fetch_reads_them() {
    for (text, href, origin, host) in [
        ("https://a.example", "https://a.example/", "https://a.example", "a.example"),
        ("HTTPS://A.Example:443/P", "https://a.example/P", "https://a.example", "a.example"),
        ("http://a.example:80/", "http://a.example/", "http://a.example", "a.example"),
        ("https://a.example:80/", "https://a.example:80/", "https://a.example:80", "a.example"),
        ("https:a.example/x", "https://a.example/x", "https://a.example", "a.example"),
        ("https:\\\\a.example\\x", "https://a.example/x", "https://a.example", "a.example"),
        ("https:/\\/a.example/x", "https://a.example/x", "https://a.example", "a.example"),
        ("\thttps://a.exa\nmple/\r x", "https://a.example/%20x", "https://a.example", "a.example"),
        (" https://a.example/ ", "https://a.example/", "https://a.example", "a.example"),
        ("https://a.example/b/../c/./%2e%2e/d", "https://a.example/d", "https://a.example", "a.example"),
        (
            "https://bücher.example/é?é",
            "https://xn--bcher-kva.example/%C3%A9?%C3%A9",
            "https://xn--bcher-kva.example",
            "xn--bcher-kva.example",
        ),
        ("https://ａ.example。/", "https://a.example./", "https://a.example.", "a.example."),
        ("https://a\u{ad}.example/", "https://a.example/", "https://a.example", "a.example"),
        ("https://%61.example/", "https://a.example/", "https://a.example", "a.example"),
        ("http://0x7f.1/", "http://127.0.0.1/", "http://127.0.0.1", "127.0.0.1"),
        ("http://2130706433/", "http://127.0.0.1/", "http://127.0.0.1", "127.0.0.1"),
        ("http://0177.0.0.1/", "http://127.0.0.1/", "http://127.0.0.1", "127.0.0.1"),
        ("http://127.1/", "http://127.0.0.1/", "http://127.0.0.1", "127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080/", "http://[::1]:8080", "[::1]"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/", "http://[::1]", "[::1]"),
        ("data:text/html,x", "data:text/html,x", "null", ""),
        ("javascript:alert(1)", "javascript:alert(1)", "null", ""),
        ("blob:https://a.example/1", "blob:https://a.example/1", "https://a.example", ""),
        ("about:blank", "about:blank", "null", ""),
        ("file:///etc/passwd", "file:///etc/passwd", "null", ""),
    ] {
        let url = parsed(text);
        // Chromium gives file: addresses an origin of their own in `URL`.
        let origin = if url.scheme == "file" { url.origin.as_str() } else { origin };
        assert_eq!((url.href.as_str(), url.origin.as_str(), url.host.as_str()), (href, origin, host), "{text:?}");
        assert_eq!(url.scheme, href.split(':').next().unwrap(), "{text:?}");
        assert!(!url.has_credentials, "{text:?}");
    }
}

#[wasm_bindgen_test]
fn f03_what_is_no_address_is_none() {
    for text in [
        "",
        "a.example",
        "//a.example",
        "/x",
        "https://",
        "https://a.example:99999/",
        "https://1.2.3.4.5/",
        "https://[::1",
        "https://a%00b/",
        "https://256.256.256.256/",
        "http://%zz/",
    ] {
        assert!(url::parse(text, None).is_none(), "{text:?}");
    }
}

#[wasm_bindgen_test]
fn a10_user_names_and_passwords_are_seen() {
    for text in [
        "https://u@a.example/",
        "https://u:p@a.example/",
        "https://:p@a.example/",
        "https://good.example@evil.example/",
    ] {
        assert!(parsed(text).has_credentials, "{text}");
        assert!(STRICT.endpoint(text, "api").is_err(), "{text}");
    }
    assert_eq!(parsed("https://good.example@evil.example/").host, "evil.example");
    assert!(!parsed("https://@a.example/").has_credentials);
    assert!(!parsed("https://a.example/@x").has_credentials);
}

#[wasm_bindgen_test]
fn f05_relative_addresses_resolve_against_the_base_that_is_given() {
    let base = Some("https://api.example/v1/");
    for (text, href) in [
        ("me", "https://api.example/v1/me"),
        ("", "https://api.example/v1/"),
        ("?q", "https://api.example/v1/?q"),
        ("/me", "https://api.example/me"),
        ("../../me", "https://api.example/me"),
        ("//evil.example/x", "https://evil.example/x"),
        ("/\\evil.example/x", "https://evil.example/x"),
        ("\t//evil.example", "https://evil.example/"),
        ("https:evil", "https://api.example/v1/evil"),
        ("http:evil", "http://evil/"),
        ("javascript:1", "javascript:1"),
    ] {
        assert_eq!(url::parse(text, base).unwrap().href, href, "{text:?}");
    }
    assert!(url::parse("me", Some("no base")).is_none());
}

#[wasm_bindgen_test]
fn f03_no_trick_brings_a_token_elsewhere() {
    let mut list = AllowList::default();
    list.add("https://api.example.com/v1", STRICT).unwrap();
    let allows = |text: &str| url::parse(text, None).is_some_and(|url| list.allows(&url));
    for text in [
        "https://api.example.com/v1",
        "HTTPS://API.EXAMPLE.COM:443/v1/x",
        "https:\\\\api.example.com\\v1\\x",
        "https://ａpi.example.com/v1/",
    ] {
        assert!(allows(text), "{text}");
    }
    for text in [
        "https://api.example.com.evil.test/v1",
        "https://api.example.com@evil.test/v1",
        "https://api.example.com:8443/v1",
        "https://apiXexample.com/v1",
        "https://api.example.com./v1",
        "http://api.example.com/v1",
        "wss://api.example.com/v1",
        "blob:https://api.example.com/v1",
        "data:,https://api.example.com/v1",
        "javascript:https://api.example.com/v1",
        "https://api.example.com/v1/../x",
        "https://api.example.com/v1/%2e%2e/x",
        "https://api.example.com/v11",
        "https://evil.test/\\@api.example.com/v1",
        "https://evil.test#@api.example.com/v1",
        "https://evil.test\\@api.example.com/v1",
        "view-source:https://api.example.com/v1",
        "https://api。evil.test/v1",
    ] {
        assert!(!allows(text), "{text}");
    }
}

#[wasm_bindgen_test]
fn a10_only_https_and_loopback_may_receive_secrets() {
    for good in [
        "https://a.example/",
        "http://localhost:1/",
        "http://127.0.0.1/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://x.localhost/",
    ] {
        assert!(STRICT.endpoint(good, "x").is_ok(), "{good}");
    }
    for bad in [
        "http://a.example/",
        "http://localhost.evil.test/",
        "http://127.evil.test/",
        "http://0.0.0.0/",
        "http://[::]/",
        "ftp://localhost/",
        "java\nscript:alert(1)",
        "https://a.example/#",
        "data:,",
        "file:///",
    ] {
        assert!(STRICT.endpoint(bad, "x").is_err(), "{bad}");
    }
}

// ---- Randomness and hashing -------------------------------------------------------------------------------

fn request(text: &str) -> AuthorizationRequest {
    let login = options::login(&Options::new(text).unwrap(), url::parse).unwrap();
    space_auth_wasm::browser::login::authorization_request(&login, None, "https://app.example/p?q#f").unwrap()
}

const SERVER: &str = r#""server":{"authorizationEndpoint":"https://as.example/auth","tokenEndpoint":"https://as.example/token"},"clientId":"spa""#;

#[wasm_bindgen_test]
fn a05_sha_256_of_the_module_is_that_of_rfc_7636() {
    assert_eq!(
        pkce::challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(pkce::challenge(""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    assert_eq!(pkce::challenge(&"a".repeat(1_000_000)), "zcduXJkU-5KBocfihNc-Z_GAmkiklyAOBG05zMcRLNA");
}

#[wasm_bindgen_test]
fn a01_states_and_verifiers_are_43_characters_and_never_repeat() {
    let mut seen = std::collections::BTreeSet::new();
    let mut ones = 0_u32;
    for _ in 0..500 {
        let request = request(&["{", SERVER, "}"].concat());
        for secret in [&request.state, request.code_verifier.as_ref().unwrap()] {
            assert!(secret.expose().len() == 43 && pkce::is_verifier(secret.expose()));
            ones += secret.expose().bytes().map(|byte| byte & 1).map(u32::from).sum::<u32>();
            assert!(seen.insert(secret.expose().to_owned()), "a repeated value");
        }
    }
    assert!((19_000..24_000).contains(&ones), "{ones} of 43 000 are odd");
}

#[wasm_bindgen_test]
fn a09_without_a_redirect_uri_it_is_the_page_without_query_and_fragment() {
    assert_eq!(request(&["{", SERVER, "}"].concat()).redirect_uri, "https://app.example/p");
    let given = request(&["{", SERVER, r#","redirectUri":"https://app.example/cb?a=%2B"}"#].concat());
    assert_eq!(given.redirect_uri, "https://app.example/cb?a=%2B");
    assert!(given.url.expose().contains("redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fa%3D%252B&"));
}

#[wasm_bindgen_test]
fn a01_without_randomness_there_is_no_request() {
    let login = options::login(&Options::new(&["{", SERVER, "}"].concat()).unwrap(), url::parse).unwrap();
    let options = authorization::Options {
        server: &login.config.server,
        client_id: "spa",
        redirect_uri: "https://app.example/",
        flow: authorization::Flow::Code,
        scope: "",
        offline: false,
        request_credentials: None,
        parameters: &[],
        state: None,
        nonce: None,
        code_verifier: None,
    };
    let error = AuthorizationRequest::new(&options, url::parse, &|_| false).unwrap_err();
    assert_eq!(error.code.as_str(), "unsupported");
}

// ---- Effects ----------------------------------------------------------------------------------------------

/// What the module asked for: the kind, the number and the whole of it.
fn asked(effects: &str) -> Vec<(String, u32, Json)> {
    let json = Json::parse(effects).unwrap();
    let Json::List(items) = &json else { panic!("a list: {effects}") };
    let number = |item: &Json| u32::try_from(item.member("effect").unwrap().integer().unwrap()).unwrap();
    // Read again one by one: a value cannot be moved out of what wipes itself.
    let texts = split_list(effects);
    items
        .iter()
        .zip(texts)
        .map(|(item, text)| (item.text_of("kind").unwrap().to_owned(), number(item), Json::parse(&text).unwrap()))
        .collect()
}

/// The texts of the objects in a list.
fn split_list(list: &str) -> Vec<String> {
    let (mut texts, mut depth, mut quoted, mut escaped, mut start) = (Vec::new(), 0, false, false, 0);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    texts.push(list[start..=at].to_owned());
                }
            }
            _ => {}
        }
    }
    texts
}

#[wasm_bindgen_test]
fn n03_work_goes_on_when_its_effect_is_answered() {
    machine::tick(1_000, 5);
    assert_eq!((machine::now(), machine::monotonic()), (1_000, 5));
    let seen: Rc<RefCell<Vec<Option<String>>>> = Rc::default();
    let noted = seen.clone();
    machine::spawn(Box::pin(async move {
        for key in ["one", "two\"\n"] {
            let answer = machine::effect("read", &|writer| writer.text("key", key)).await;
            noted.borrow_mut().push(answer);
        }
    }));
    let first = asked(&machine::run());
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].0.as_str(), first[0].2.text_of("key")), ("read", Some("one")));
    assert_eq!(machine::run(), "[]", "nothing is asked twice");

    machine::answer(first[0].1, Some("text".to_owned()));
    let second = asked(&machine::run());
    assert_eq!(second[0].2.text_of("key"), Some("two\"\n"));
    assert_ne!(second[0].1, first[0].1);
    machine::answer(second[0].1, None);
    assert_eq!(machine::run(), "[]");
    assert_eq!(*seen.borrow(), [Some("text".to_owned()), None]);
}

#[wasm_bindgen_test]
fn n03_answers_may_come_in_any_order() {
    let done: Rc<RefCell<Vec<u32>>> = Rc::default();
    for number in 0..20 {
        let done = done.clone();
        machine::spawn(Box::pin(async move {
            let answer = machine::effect("x", &|writer| writer.integer("n", number.into())).await;
            assert_eq!(answer, Some(number.to_string()));
            done.borrow_mut().push(number);
        }));
    }
    let mut all = asked(&machine::run());
    assert_eq!(all.len(), 20);
    all.reverse();
    for (_, effect, json) in &all {
        machine::answer(*effect, Some(json.member("n").unwrap().integer().unwrap().to_string()));
        assert_eq!(machine::run(), "[]");
    }
    assert_eq!(*done.borrow(), (0..20).rev().collect::<Vec<_>>());
    machine::answer(u32::MAX, Some("nobody asked".to_owned()));
    assert_eq!(machine::run(), "[]");
}

#[wasm_bindgen_test]
fn d10_what_the_host_says_of_a_request_becomes_an_answer_or_its_error() {
    for (answer, expected) in [
        (None, "network"),
        (Some("timeout"), "timeout"),
        (Some(""), "timeout"),
        (Some("{}"), "0 \"\" \"\""),
        (Some(r#"{"status":503}"#), "503 \"\" \"\""),
        (Some(r#"{"status":99999}"#), "0 \"\" \"\""),
        (Some(r#"{"status":200,"contentType":"text/plain","body":"x\ny"}"#), "200 \"text/plain\" \"x\\ny\""),
    ] {
        let outcome: Rc<RefCell<Option<String>>> = Rc::default();
        let noted = outcome.clone();
        machine::spawn(Box::pin(async move {
            let request = HttpRequest {
                url: "https://as.example/token".to_owned(),
                authorization: None,
                client_secret: None,
                body: Secret::new("a=1&b=%22".to_owned()),
                keepalive: false,
            };
            let said = match ports::send(&request, 1_234).await {
                Ok(response) => format!("{} {:?} {:?}", response.status, response.content_type, response.body),
                Err(error) => error.code.as_str().to_owned(),
            };
            *noted.borrow_mut() = Some(said);
        }));
        let effects = asked(&machine::run());
        let (kind, number, effect) = &effects[0];
        assert_eq!((kind.as_str(), effect.text_of("url")), ("send", Some("https://as.example/token")));
        assert_eq!(effect.text_of("body"), Some("a=1&b=%22"));
        assert_eq!(effect.member("timeout").and_then(Json::integer), Some(1_234));
        assert!(effect.member("authorization").is_none() && !effect.is_true("keepalive"));
        machine::answer(*number, answer.map(str::to_owned));
        assert_eq!(machine::run(), "[]");
        assert_eq!(outcome.borrow().as_deref(), Some(expected), "{answer:?}");
    }
}

/// A host with one store, whose lock is free, and whose server answers as it is told.
#[derive(Default)]
struct Host {
    store: BTreeMap<String, String>,
    locks: Vec<String>,
    unlocked: usize,
    sent: Vec<(String, String)>,
    left_for: Option<String>,
    address: Option<String>,
    told: Vec<String>,
    outcome: Option<Result<String, String>>,
    refuses_to_store: bool,
}

impl Host {
    /// Performs all that is asked for until there is nothing more.
    fn perform(&mut self, body: &str) {
        loop {
            let effects = asked(&machine::run());
            if effects.is_empty() {
                return;
            }
            for (kind, number, effect) in effects {
                let text = |name: &str| effect.text_of(name).unwrap_or_default().to_owned();
                let answer = match kind.as_str() {
                    "read" => Some(self.store.get(&text("key")).map(|text| ["=", text].concat()).unwrap_or_default()),
                    "write" | "pendingSet" if self.refuses_to_store => None,
                    "write" | "pendingSet" => {
                        self.store.insert(text("key"), text("text"));
                        Some("done".to_owned())
                    }
                    "remove" | "pendingTake" => self.store.remove(&text("key")).map(|_| "done".to_owned()),
                    "pendingGet" => self.store.get(&text("key")).cloned(),
                    "pendingAll" => Some("{}".to_owned()),
                    "lock" => {
                        self.locks.push(text("name"));
                        Some(number.to_string())
                    }
                    "send" => {
                        self.sent.push((text("url"), text("body")));
                        let mut writer = space_auth_wasm::protocol::json::Writer::default();
                        writer.integer("status", 200);
                        writer.text("contentType", "application/json");
                        writer.text("body", body);
                        Some(writer.finish())
                    }
                    "leaveFor" => {
                        self.left_for = Some(text("text"));
                        Some("done".to_owned())
                    }
                    "unlock" => {
                        self.unlocked += 1;
                        continue;
                    }
                    "replaceAddress" => {
                        self.address = Some(text("text"));
                        continue;
                    }
                    "notify" => {
                        self.told.push(text("event"));
                        continue;
                    }
                    "resolve" | "reject" => {
                        self.outcome = Some(if kind == "resolve" { Ok(text("text")) } else { Err(text("text")) });
                        continue;
                    }
                    other => panic!("an unknown effect: {other}"),
                };
                machine::answer(number, answer);
            }
        }
    }
}

fn view(client: &str, place: u32) -> Rc<space_auth_wasm::browser::login::View> {
    let text = ["{", &SERVER.replace("spa", client), r#","scope":"a b"}"#].concat();
    let login = options::login(&Options::new(&text).unwrap(), url::parse).unwrap();
    Rc::new(space_auth_wasm::browser::login::View::new(login, place, place))
}

#[wasm_bindgen_test]
fn b16_a_sign_in_leaves_comes_back_and_is_stored() {
    const PAGE: &str = "https://app.example/p";
    machine::tick(1_000_000, 1_000);
    let mut host = Host::default();
    let leaving = view("whole", 901);
    machine::spawn(Box::pin(async move {
        machine::settle(1, leaving.leave(PAGE).await.map(|()| "left".to_owned()));
    }));
    host.perform("");
    assert_eq!(host.outcome.take(), Some(Ok("left".to_owned())));
    let left_for = parsed(host.left_for.as_ref().unwrap());
    assert_eq!(left_for.origin, "https://as.example");
    let state = left_for.query().split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap().to_owned();
    assert_eq!(host.store.len(), 1, "one request waits");

    let back = [PAGE, "?own=1&code=the-code&state=", &state, "#/route"].concat();
    let landing = view("whole", 901);
    let address = back.clone();
    machine::spawn(Box::pin(async move {
        machine::settle(2, landing.complete(&address, &address).await.map(|ours| ours.to_string()));
    }));
    host.perform(r#"{"access_token":"t1","token_type":"Bearer","expires_in":600,"refresh_token":"r1"}"#);
    assert_eq!(host.outcome.take(), Some(Ok("true".to_owned())));
    assert_eq!(host.address.as_deref(), Some("https://app.example/p?own=1#/route"));
    assert_eq!(host.sent.len(), 1);
    let (to, body) = &host.sent[0];
    assert_eq!(to, "https://as.example/token");
    assert!(body.contains("grant_type=authorization_code&code=the-code&"), "the code is sent");
    assert_eq!(host.store.len(), 1, "the request is used up, the session is stored");
    assert!(host.store.iter().all(|(key, text)| key.starts_with("space-auth:session:") && text.contains("r1")));
    assert_eq!(host.unlocked, host.locks.len(), "every lock is released");

    let again = view("whole", 901);
    machine::spawn(Box::pin(async move {
        machine::settle(3, again.engine.access_token(0, 1_000).await.map(|token| token.expose().to_owned()));
    }));
    host.perform("");
    assert_eq!(host.outcome.take(), Some(Ok("t1".to_owned())));
    assert_eq!(host.sent.len(), 1);
}

#[wasm_bindgen_test]
fn b01_a_redirect_that_nobody_waits_for_is_left_alone() {
    let mut host = Host::default();
    let landing = view("stranger", 902);
    machine::spawn(Box::pin(async move {
        let address = "https://app.example/p?code=PROMO10&state=unknown";
        machine::settle(4, landing.complete(address, address).await.map(|ours| ours.to_string()));
    }));
    host.perform("");
    assert_eq!(host.outcome.take(), Some(Ok("false".to_owned())));
    assert!(host.address.is_none() && host.sent.is_empty() && host.left_for.is_none());
}

#[wasm_bindgen_test]
fn g04_where_nothing_can_be_stored_nobody_leaves() {
    let mut host = Host { refuses_to_store: true, ..Host::default() };
    let leaving = view("full", 903);
    machine::spawn(Box::pin(async move {
        machine::settle(5, leaving.leave("https://app.example/").await.map(|()| String::new()));
    }));
    host.perform("");
    let Some(Err(error)) = host.outcome.take() else { panic!("it left") };
    assert_eq!(Json::parse(&error).unwrap().text_of("code"), Some("storage_unavailable"));
    assert!(host.left_for.is_none());
}

#[wasm_bindgen_test]
fn e01_a_thousand_callers_share_one_refresh() {
    machine::tick(2_000_000, 2_000);
    let mut host = Host::default();
    let record = r#"{"v":1,"generation":1000000,"tokenEndpoint":"https://as.example/token","clientId":"crowd","grant":"authorization_code","accessToken":"old","refreshToken":"r1","scope":"a b","issuedAt":1000000,"expiresAt":1600000}"#;
    let engine = view("crowd", 904).engine.clone();
    let key = space_auth_wasm::session::record::key(&engine.config().server, "crowd", "a b");
    host.store.insert(key.clone(), record.to_owned());
    let restoring = engine.clone();
    machine::spawn(Box::pin(async move {
        machine::settle(6, restoring.restore(1_000).await.map(|found| found.to_string()));
    }));
    let answer = r#"{"access_token":"new","token_type":"Bearer","expires_in":600,"refresh_token":"r2"}"#;
    host.perform(answer);
    assert_eq!(host.outcome.take(), Some(Ok("true".to_owned())));
    let before = host.sent.len();
    assert!(before <= 1);

    machine::tick(9_000_000, 9_000_000);
    let done: Rc<RefCell<usize>> = Rc::default();
    for _ in 0..1_000 {
        let (engine, done) = (engine.clone(), done.clone());
        machine::spawn(Box::pin(async move {
            let token: Secret = engine.access_token(0, 1_000).await.unwrap();
            assert_eq!(token.expose(), "new");
            *done.borrow_mut() += 1;
        }));
    }
    host.perform(answer);
    assert_eq!(*done.borrow(), 1_000);
    assert_eq!(host.sent.len(), before + 1, "one refresh");
    assert!(host.store[&key].contains("r2"));
    assert!(host.told.contains(&"refreshed".to_owned()));
    assert_eq!(host.unlocked, host.locks.len());
}
