//! The module in a real browser: SHA-256 as it is compiled for it, and the machine that turns a session's work into
//! effects, driven here by a hand-made host.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail by panicking.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::rc::Rc;

use space_auth_wasm::browser::ports::{self, Browser};
use space_auth_wasm::browser::{machine, registry};
use space_auth_wasm::js::options::Options;
use space_auth_wasm::js::values;
use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::http::HttpRequest;
use space_auth_wasm::protocol::json::{Json, Writer};
use space_auth_wasm::protocol::pkce;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::sent::Sent;
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::engine::Engine;
use space_auth_wasm::session::ports::{Event, Kept, Observer, Refused, Store};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

// ---- Hashing ----------------------------------------------------------------------------------------------

#[wasm_bindgen_test]
fn a05_sha_256_of_the_module_is_that_of_rfc_7636() {
    assert_eq!(
        pkce::challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(pkce::challenge(""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    assert_eq!(pkce::challenge("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    assert_eq!(pkce::challenge(&"a".repeat(1_000_000)), "zcduXJkU-5KBocfihNc-Z_GAmkiklyAOBG05zMcRLNA");
}

// ---- Options and values -----------------------------------------------------------------------------------

fn options(text: &str) -> Options {
    Options::new(text).unwrap_or_else(|_| panic!("{text} is well-formed"))
}

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

/// Starts work whose result is noted when it is there.
fn noting<T: 'static>(work: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
    let outcome: Rc<RefCell<Option<T>>> = Rc::default();
    let noted = outcome.clone();
    machine::spawn(Box::pin(async move {
        let result = work.await;
        *noted.borrow_mut() = Some(result);
    }));
    outcome
}

fn as_it_is(answer: machine::Answer) -> machine::Answer {
    answer
}

#[wasm_bindgen_test]
fn n03_work_goes_on_when_its_effect_is_answered() {
    machine::tick(1_000, 5);
    assert_eq!((machine::now(), machine::monotonic()), (1_000, 5));
    let seen: Rc<RefCell<Vec<Option<String>>>> = Rc::default();
    let noted = seen.clone();
    machine::spawn(Box::pin(async move {
        for key in ["one", "two\"\n"] {
            let answer = machine::effect("read", &|writer| writer.text("key", key), as_it_is).await;
            noted.borrow_mut().push(answer);
        }
    }));
    let first = asked(&machine::run());
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].0.as_str(), first[0].2.text_of("key")), ("read", Some("one")));
    assert_eq!(machine::run(), "[]", "nothing is asked twice");
    machine::answer(first[0].1.wrapping_add(1_000), Some("of another".to_owned()));
    assert_eq!(machine::run(), "[]", "an answer to something else is none");

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
            let answer = machine::effect("x", &|writer| writer.integer("n", number.into()), as_it_is).await;
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
fn n03_work_that_starts_work_is_polled_in_the_same_call() {
    let done: Rc<RefCell<Vec<&str>>> = Rc::default();
    let (outer, inner) = (done.clone(), done.clone());
    machine::spawn(Box::pin(async move {
        machine::spawn(Box::pin(async move { inner.borrow_mut().push("inner") }));
        outer.borrow_mut().push("outer");
    }));
    assert_eq!(machine::run(), "[]");
    assert_eq!(*done.borrow(), ["outer", "inner"]);
}

#[wasm_bindgen_test]
fn n03_outcomes_are_told_by_the_number_of_their_call() {
    machine::settle(7, Ok("done \"well\"".to_owned()));
    machine::settle(8, Err(AuthError::new(Code::Network, Phase::Token)));
    let told = asked(&machine::run());
    let call = |at: usize| told[at].2.member("call").and_then(Json::integer);
    assert_eq!((told[0].0.as_str(), call(0), told[0].2.text_of("text")), ("resolve", Some(7), Some("done \"well\"")));
    assert_eq!((told[1].0.as_str(), call(1)), ("reject", Some(8)));
    let error = Json::parse(told[1].2.text_of("text").unwrap()).unwrap();
    assert_eq!((error.text_of("code"), error.text_of("phase")), (Some("network"), Some("token")));
    assert!(error.is_true("retryable"));
}

// ---- Ports ------------------------------------------------------------------------------------------------

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
        let outcome = noting(async {
            let request = HttpRequest {
                url: "https://as.example/token".to_owned(),
                authorization: None,
                sent: Sent::default(),
                body: Secret::new("a=1&b=%22".to_owned()),
                keepalive: false,
                is_repeatable: true,
            };
            match ports::send(&request, 1_234).await {
                Ok(response) => format!("{} {:?} {:?}", response.status, response.content_type, response.body),
                Err(error) => error.code.as_str().to_owned(),
            }
        });
        let text = machine::run();
        let effects = asked(&text);
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

#[wasm_bindgen_test]
fn c07_the_header_of_a_request_is_handed_over() {
    let _outcome = noting(async {
        let request = HttpRequest {
            url: "https://as.example/revoke".to_owned(),
            authorization: Some(Secret::new("Basic eDp5".to_owned())),
            sent: Sent::default(),
            body: Secret::new("token=t".to_owned()),
            keepalive: true,
            is_repeatable: true,
        };
        ports::send(&request, 1).await.is_ok()
    });
    let effects = asked(&machine::run());
    assert_eq!(effects[0].2.text_of("authorization"), Some("Basic eDp5"));
    assert!(effects[0].2.is_true("keepalive"));
    machine::answer(effects[0].1, None);
    assert_eq!(machine::run(), "[]");
}

#[wasm_bindgen_test]
fn g04_a_store_tells_a_text_from_none_and_none_from_a_refusal() {
    for (answer, expected) in [
        (None, Err(Refused)),
        (Some(""), Ok(None)),
        (Some("="), Ok(Some(""))),
        (Some("=text"), Ok(Some("text"))),
        (Some("==é"), Ok(Some("=é"))),
    ] {
        let outcome = noting(async { Browser { number: 1, place: 42 }.read("the key", None).await });
        let effects = asked(&machine::run());
        let (kind, number, effect) = &effects[0];
        assert_eq!((kind.as_str(), effect.text_of("key")), ("read", Some("the key")));
        assert_eq!(effect.member("place").and_then(Json::integer), Some(42));
        machine::answer(*number, answer.map(str::to_owned));
        assert_eq!(machine::run(), "[]");
        assert_eq!(outcome.take(), Some(expected.map(|text| text.map(str::to_owned))), "{answer:?}");
    }
    for (answer, expected) in [
        (None, Kept::InMemory),
        (Some(""), Kept::Stored),
        (Some("17"), Kept::Superseded(17)),
        (Some("?"), Kept::Superseded(0)),
    ] {
        let outcome = noting(async { Browser { number: 1, place: 42 }.write("the key", "{\"a\":1}", None).await });
        let effects = asked(&machine::run());
        let (kind, number, effect) = &effects[0];
        assert_eq!((kind.as_str(), effect.text_of("key")), ("write", Some("the key")));
        assert_eq!(effect.text_of("text"), Some("{\"a\":1}"));
        machine::answer(*number, answer.map(str::to_owned));
        assert_eq!(machine::run(), "[]");
        assert_eq!(outcome.take(), Some(expected));
    }
}

#[wasm_bindgen_test]
fn e01_a_turn_is_named_in_what_is_done_in_it_and_given_back_or_waited_for_in_vain() {
    let outcome = noting(async {
        let ports = Browser { number: 1, place: 42 };
        let turn = ports.turn("the key", 20_000).await?;
        let read = ports.read("the key", Some(&turn)).await;
        Ok::<_, AuthError>((read, ports.write("the key", "text", Some(&turn)).await))
    });
    let effects = asked(&machine::run());
    let (kind, number, effect) = &effects[0];
    assert_eq!((kind.as_str(), effect.text_of("key")), ("turn", Some("the key")));
    let integer = |name| effect.member(name).and_then(Json::integer);
    assert_eq!((integer("place"), integer("timeout")), (Some(42), Some(20_000)));
    machine::answer(*number, Some("ticket".to_owned()));
    for (kind, answer) in [("read", "=before"), ("write", "17")] {
        let effects = asked(&machine::run());
        assert_eq!((effects[0].0.as_str(), effects[0].2.text_of("turn")), (kind, Some("ticket")));
        machine::answer(effects[0].1, Some(answer.to_owned()));
    }
    let left = asked(&machine::run());
    assert_eq!((left[0].0.as_str(), left[0].2.text_of("turn")), ("giveBack", Some("ticket")));
    assert_eq!(outcome.take().unwrap(), Ok((Ok(Some("before".to_owned())), Kept::Superseded(17))));

    let outcome = noting(async { Browser { number: 1, place: 1 }.turn("the key", 1).await.map(drop) });
    machine::answer(asked(&machine::run())[0].1, None);
    assert_eq!(machine::run(), "[]", "what was not got is not given back");
    let error = outcome.take().unwrap().unwrap_err();
    assert_eq!((error.code.as_str(), error.phase.as_str()), ("timeout", "refresh"));
}

#[wasm_bindgen_test]
fn e07_events_are_told_with_their_session_and_error() {
    let ports = Browser { number: 77, place: 1 };
    ports.notify(Event::Refreshed);
    ports.notify(Event::SignedOut(None));
    ports.notify(Event::SignedOut(Some(AuthError::new(Code::InvalidResponse, Phase::Refresh))));
    ports.notify(Event::Error(AuthError::new(Code::Network, Phase::Refresh)));
    let told: Vec<_> = asked(&machine::run())
        .into_iter()
        .map(|(kind, _, effect)| {
            assert_eq!((kind.as_str(), effect.member("session").and_then(Json::integer)), ("notify", Some(77)));
            let error = effect.text_of("error").map(|text| Json::parse(text).unwrap());
            let code = error.as_ref().and_then(|error| error.text_of("code")).unwrap_or("-");
            [effect.text_of("event").unwrap(), code].join(" ")
        })
        .collect();
    assert_eq!(told, ["refreshed -", "signedout -", "signedout invalid_response", "error network"]);
}

// ---- Sessions ---------------------------------------------------------------------------------------------

/// A host whose places are maps, and whose server answers as it is told.
#[derive(Default)]
struct Host {
    store: BTreeMap<(u64, String), String>,
    /// What a place that refuses has kept in memory.
    memory: BTreeMap<(u64, String), String>,
    refuses_to_store: bool,
    refuses_turns: bool,
    held: Vec<String>,
    turns: Vec<(String, u64)>,
    /// Each request: its address, its header and its body.
    sent: Vec<(String, Option<String>, String)>,
    answers: VecDeque<(u16, String)>,
    told: Vec<(u64, String, Option<String>)>,
}

impl Host {
    /// Performs all that is asked for until there is nothing more; gives the effects of the kind `except`, which it
    /// leaves unanswered.
    fn perform_all_but(&mut self, except: &str) -> Vec<u32> {
        let mut left_out = Vec::new();
        let mut effects = VecDeque::from(asked(&machine::run()));
        while let Some((kind, number, effect)) = effects.pop_front() {
            if kind == except {
                left_out.push(number);
            } else if let Some(answer) = self.perform_one(&kind, number, &effect) {
                // One answer at a time, and each is taken in before the next.
                machine::answer(number, answer);
                effects.extend(asked(&machine::run()));
            }
        }
        left_out
    }

    fn perform(&mut self) {
        self.perform_all_but("");
        assert!(self.held.is_empty(), "a turn is still held");
    }

    /// The outer option: whether there is an answer at all.
    fn perform_one(&mut self, kind: &str, number: u32, effect: &Json) -> Option<machine::Answer> {
        let text = |name: &str| effect.text_of(name).unwrap_or_default().to_owned();
        let integer = |name: &str| effect.member(name).and_then(Json::integer).unwrap();
        let done = || Some("done".to_owned());
        match kind {
            "read" => {
                let key = (integer("place"), text("key"));
                let found = self.memory.get(&key).or_else(|| self.store.get(&key));
                Some(Some(found.map(|text| ["=", text].concat()).unwrap_or_default()))
            }
            "write" if self.refuses_to_store => {
                let key = (integer("place"), text("key"));
                self.store.remove(&key);
                self.memory.insert(key, text("text"));
                Some(None)
            }
            "write" => {
                self.store.insert((integer("place"), text("key")), text("text"));
                Some(Some(String::new()))
            }
            "remove" => {
                let key = (integer("place"), text("key"));
                self.memory.remove(&key);
                self.store.remove(&key);
                Some(done())
            }
            "turn" if self.refuses_turns => Some(None),
            "turn" => {
                self.turns.push((text("key"), integer("timeout")));
                self.held.push(number.to_string());
                Some(Some(number.to_string()))
            }
            "giveBack" => {
                let at = self.held.iter().position(|ticket| *ticket == text("turn")).expect("a turn that is held");
                self.held.remove(at);
                None
            }
            "send" => {
                self.sent.push((text("url"), effect.text_of("authorization").map(str::to_owned), text("body")));
                assert!(!self.held.is_empty(), "only who has the turn refreshes");
                let answer = self.answers.pop_front().map(|(status, body)| {
                    let mut writer = Writer::default();
                    writer.integer("status", status.into());
                    writer.text("contentType", "application/json");
                    writer.text("body", &body);
                    writer.finish()
                });
                Some(answer)
            }
            "notify" => {
                let error = effect.text_of("error").map(|error| Json::parse(error).unwrap());
                let code = error.and_then(|error| error.text_of("code").map(str::to_owned));
                self.told.push((integer("session"), text("event"), code));
                None
            }
            other => panic!("an unknown effect: {other}"),
        }
    }

    /// What the work comes to.
    fn run<T: 'static>(&mut self, work: impl Future<Output = T> + 'static) -> T {
        let outcome = noting(work);
        self.perform();
        outcome.take().expect("the work is done")
    }

    fn answer(&mut self, status: u16, body: &str) {
        self.answers.push_back((status, body.to_owned()));
    }

    fn answer_tokens(&mut self, access: &str, refresh: &str) {
        self.answer(
            200,
            &format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":600,"refresh_token":"{refresh}"}}"#
            ),
        );
    }

    fn events(&self) -> Vec<&str> {
        self.told.iter().map(|(_, event, _)| event.as_str()).collect()
    }

    fn stored(&self, session: &Session) -> Option<&String> {
        self.store.get(&(session.ports.place.into(), session.key.clone()))
    }

    /// Puts a record into the store, as another page would have left it.
    fn plant(&mut self, session: &Session, access: &str, refresh: Option<&str>, issued_at: u64) {
        let mut writer = Writer::default();
        writer.integer("v", 1);
        writer.integer("generation", issued_at);
        writer.text("family", "f");
        writer.text("token_endpoint", "https://as.example/token");
        writer.text("client_id", "spa");
        writer.text("grant", "authorization_code");
        writer.integer("issued_at", issued_at);
        writer.text("access_token", access);
        writer.optional("refresh_token", refresh);
        writer.text("scope", "a b");
        writer.integer("expires_in", 600);
        self.store.insert((session.ports.place.into(), session.key.clone()), writer.finish());
    }

    fn token(&mut self, session: &Session) -> Result<String, String> {
        let session = session.clone();
        self.run(async move {
            let live = session.access_token(30_000, TIMEOUT).await;
            live.map(|live| live.token().to_owned()).map_err(|error| error.code.as_str().to_owned())
        })
    }

    fn restore(&mut self, session: &Session) -> Result<bool, String> {
        let session = session.clone();
        self.run(async move { session.restore(TIMEOUT).await.map_err(|error| error.code.as_str().to_owned()) })
    }
}

type Session = Rc<Engine<Browser>>;

const TIMEOUT: u32 = 10_000;
const NOW: u64 = 1_700_000_000_000;

thread_local! {
    static PLACES: RefCell<u32> = const { RefCell::new(1_000) };
}

/// A place that no other test uses; the number of the session, too.
fn place() -> u32 {
    PLACES.with_borrow_mut(|place| {
        *place += 10;
        *place
    })
}

const PLAIN: &str = r#"{"tokenEndpoint":"https://as.example/token","clientId":"spa","scope":"a b"}"#;

fn open_as(text: &str, place: u32, number: u32) -> Session {
    registry::open(options(text).config(), place, number)
}

/// A session of its own, at the wall clock `NOW`.
fn open() -> Session {
    machine::tick(NOW, 1_000);
    let place = place();
    open_as(PLAIN, place, place)
}

fn tokens(access: &str) -> TokenResponse {
    TokenResponse {
        access_token: Secret::new(access.to_owned()),
        expires_in: Some(600),
        refresh_token: Some(Secret::new("r1".to_owned())),
        id_token: None,
        scope: None,
    }
}

fn wait(milliseconds: u64) {
    machine::tick(machine::now() + milliseconds, machine::monotonic() + milliseconds);
}

#[wasm_bindgen_test]
fn b16_equal_configurations_at_one_place_share_a_session() {
    let place = place();
    let first = open_as(PLAIN, place, place);
    let again = open_as(PLAIN, place, place + 1);
    assert!(Rc::ptr_eq(&first, &again));
    assert_eq!(again.ports.number, place, "the number that the session was named by stays");
    assert!(registry::session(place).is_some_and(|found| Rc::ptr_eq(&found, &first)));
    assert!(registry::session(place + 1).is_none());

    for (at, other) in [
        PLAIN.replace("spa", "spb"),
        PLAIN.replace("a b", "b a"),
        PLAIN.replace("/token", "/token2"),
        PLAIN.replace("\"spa\",\"scope\":\"a b\"", "\"spa,scope:a b\",\"scope\":\"\""),
    ]
    .iter()
    .enumerate()
    {
        let number = place + 2 + u32::try_from(at).unwrap();
        let session = open_as(other, place, number);
        assert!(!Rc::ptr_eq(&session, &first) && session.key != first.key, "{other}");
        assert_eq!(session.ports.number, number);
    }
    let elsewhere = open_as(PLAIN, place + 1, place + 9);
    assert!(!Rc::ptr_eq(&elsewhere, &first));
    assert_eq!(elsewhere.key, first.key, "the place is no part of the key");
    let opened = Json::parse(&values::opened(&elsewhere)).unwrap();
    assert_eq!(opened.member("session").and_then(Json::integer), Some((place + 9).into()));
    assert_eq!(opened.text_of("key"), Some(first.key.as_str()));
}

#[wasm_bindgen_test]
fn e18_a_session_that_has_ended_is_forgotten_and_the_next_is_a_new_one() {
    let session = open();
    let number = session.ports.number;
    let mut host = Host::default();
    let ending = session.clone();
    assert!(host.run(async move { ending.logout().await }).is_none(), "nobody had signed in");
    assert!(session.has_ended());
    assert!(host.told.is_empty(), "who was not in cannot go out");
    let next = open_as(PLAIN, session.ports.place, number + 1);
    assert!(!Rc::ptr_eq(&session, &next) && !next.has_ended());
    assert_eq!(next.ports.number, number + 1);
    assert!(registry::session(number).is_none());

    let establishing = next.clone();
    assert!(host.run(async move { establishing.establish("authorization_code", "f", tokens("t2")).await }).is_ok());
    assert_eq!(host.token(&next), Ok("t2".to_owned()));
    assert_eq!(host.token(&session), Err("not_signed_in".to_owned()), "the old one does not come to life again");
}

#[wasm_bindgen_test]
fn g08_tokens_are_stored_under_one_key_and_restored_by_the_next_page() {
    let session = open();
    let mut host = Host::default();
    assert_eq!(host.restore(&session), Ok(false));
    assert_eq!(values::summary(&session), r#"{"hasEnded":false}"#);

    let establishing = session.clone();
    assert!(host.run(async move { establishing.establish("authorization_code", "f", tokens("t1")).await }).is_ok());
    assert_eq!(host.store.len(), 1);
    assert!(session.key.starts_with("space-auth:session:"));
    assert!(host.stored(&session).is_some_and(|text| text.contains("t1") && text.contains("r1")));
    let summary = Json::parse(&values::summary(&session)).unwrap();
    assert!(summary.is_true("signedIn"));
    assert_eq!((summary.text_of("grant"), summary.text_of("scope")), (Some("authorization_code"), Some("a b")));
    assert_eq!(summary.member("expiresAt").and_then(Json::integer), Some(NOW + 600_000));

    // Another page has another engine at the same place of storage.
    let number = session.ports.number + 1;
    let config = Rc::new(options(PLAIN).config());
    let next = Engine::new(config, Browser { number, place: session.ports.place });
    assert_eq!(host.restore(&next), Ok(true));
    assert_eq!(host.token(&next), Ok("t1".to_owned()));
    assert!(host.sent.is_empty() && host.turns.is_empty(), "a good token needs neither server nor turn");

    let unknown = open();
    let establishing = unknown.clone();
    let error = host.run(async move { establishing.establish("magic", "f", tokens("t1")).await }).unwrap_err();
    assert_eq!(error.code.as_str(), "internal_error");
    assert!(host.stored(&unknown).is_none());
}

#[wasm_bindgen_test]
fn e07_an_expired_token_is_refreshed_under_the_lock_and_stored_before_it_is_told() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 700_000);
    host.answer_tokens("new", "r2");
    assert_eq!(host.restore(&session), Ok(true));
    assert_eq!(host.turns, [(session.key.clone(), u64::from(TIMEOUT))]);
    let body = "grant_type=refresh_token&refresh_token=r1&client_id=spa";
    assert_eq!(host.sent, [("https://as.example/token".to_owned(), None, body.to_owned())]);
    assert!(host.stored(&session).is_some_and(|text| text.contains("r2") && !text.contains("r1")));
    assert_eq!(host.told, [(session.ports.number.into(), "refreshed".to_owned(), None)]);
    assert_eq!(host.token(&session), Ok("new".to_owned()));
    assert_eq!(host.sent.len(), 1);
}

#[wasm_bindgen_test]
fn e08_a_passing_fault_keeps_the_session() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 700_000);
    assert_eq!(host.restore(&session), Ok(true), "the server cannot be reached");
    assert_eq!(host.told, [(session.ports.number.into(), "error".to_owned(), Some("network".to_owned()))]);
    assert!(host.stored(&session).is_some_and(|text| text.contains("r1")));
    host.answer(503, "{}");
    assert_eq!(host.token(&session), Err("server_error".to_owned()));
    host.answer_tokens("new", "r2");
    assert_eq!(host.token(&session), Ok("new".to_owned()));
}

#[wasm_bindgen_test]
fn d09_a_final_refusal_ends_the_session_here_and_in_the_store() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 700_000);
    host.answer(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(host.restore(&session), Ok(false));
    assert!(session.has_ended() && host.store.is_empty());
    assert_eq!(host.told, [(session.ports.number.into(), "signedout".to_owned(), Some("invalid_grant".to_owned()))]);
    assert_eq!(values::summary(&session), r#"{"hasEnded":true}"#);
}

#[wasm_bindgen_test]
fn e08_a_lock_that_is_not_given_in_time_sends_nothing() {
    let session = open();
    let mut host = Host { refuses_turns: true, ..Host::default() };
    host.plant(&session, "old", Some("r1"), NOW - 700_000);
    assert_eq!(host.token(&session), Err("timeout".to_owned()));
    assert!(host.sent.is_empty() && host.stored(&session).is_some());
    host.refuses_turns = false;
    host.answer_tokens("new", "r2");
    assert_eq!(host.token(&session), Ok("new".to_owned()));
}

#[wasm_bindgen_test]
fn e01_a_thousand_callers_share_one_refresh() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 500_000);
    assert_eq!(host.token(&session), Ok("old".to_owned()));
    wait(9_000_000);
    let done: Rc<RefCell<usize>> = Rc::default();
    for _ in 0..1_000 {
        let (session, done) = (session.clone(), done.clone());
        machine::spawn(Box::pin(async move {
            let live = session.access_token(0, TIMEOUT).await.unwrap();
            assert_eq!(live.token(), "new");
            *done.borrow_mut() += 1;
        }));
    }
    host.answer_tokens("new", "r2");
    host.perform();
    assert_eq!(*done.borrow(), 1_000);
    assert_eq!((host.sent.len(), host.turns.len()), (1, 1), "one refresh");
    assert_eq!(host.events(), ["refreshed"]);
    assert!(host.stored(&session).is_some_and(|text| text.contains("r2")));
}

#[wasm_bindgen_test]
fn e03_a_newer_record_of_another_tab_is_adopted_and_nothing_is_sent() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 500_000);
    assert_eq!(host.token(&session), Ok("old".to_owned()));
    host.plant(&session, "sibling", Some("r2"), NOW);
    let refreshing = session.clone();
    assert!(host.run(async move { refreshing.refresh(Some("old"), TIMEOUT).await.map(drop) }).is_ok());
    assert_eq!(host.token(&session), Ok("sibling".to_owned()));
    host.plant(&session, "stale", Some("r0"), NOW - 500_000);
    assert_eq!(host.token(&session), Ok("sibling".to_owned()), "what is older does not come back");
    assert!(host.sent.is_empty());
}

#[wasm_bindgen_test]
fn e18_a_record_that_another_tab_removed_ends_the_session() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "t1", Some("r1"), NOW);
    assert_eq!(host.restore(&session), Ok(true));
    host.store.clear();
    let looking = session.clone();
    host.run(async move { looking.look().await });
    assert!(session.has_ended());
    assert_eq!(host.told, [(session.ports.number.into(), "signedout".to_owned(), None)]);
}

#[wasm_bindgen_test]
fn g02_a_record_that_cannot_be_read_is_cleared_away() {
    let session = open();
    let mut host = Host::default();
    host.store.insert((session.ports.place.into(), session.key.clone()), "{\"v\":".to_owned());
    assert_eq!(host.restore(&session), Ok(false));
    assert!(host.store.is_empty() && !session.has_ended());
}

#[wasm_bindgen_test]
fn g04_where_nothing_can_be_stored_the_session_lives_in_memory_and_this_is_told_once() {
    let session = open();
    let mut host = Host { refuses_to_store: true, ..Host::default() };
    let establishing = session.clone();
    assert!(host.run(async move { establishing.establish("authorization_code", "f", tokens("t1")).await }).is_ok());
    assert_eq!(host.token(&session), Ok("t1".to_owned()));
    wait(9_000_000);
    host.answer_tokens("t2", "r2");
    assert_eq!(host.token(&session), Ok("t2".to_owned()));
    let number = u64::from(session.ports.number);
    let refusal = (number, "error".to_owned(), Some("storage_unavailable".to_owned()));
    assert_eq!(host.told, [refusal, (number, "refreshed".to_owned(), None)]);
    assert!(host.store.is_empty());
}

#[wasm_bindgen_test]
fn e13_a_log_out_forgets_and_leaves_a_token_to_revoke() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "t1", Some("r1"), NOW);
    assert_eq!(host.restore(&session), Ok(true));
    let ending = session.clone();
    let record = host.run(async move { ending.logout().await }).unwrap();
    assert_eq!(values::to_revoke(&record.tokens), r#"{"token":"r1","token_type_hint":"refresh_token"}"#);
    let without = TokenResponse { refresh_token: None, ..tokens("t1") };
    assert_eq!(values::to_revoke(&without), r#"{"token":"t1","token_type_hint":"access_token"}"#);
    assert!(session.has_ended() && host.store.is_empty() && host.sent.is_empty());
    assert_eq!(host.told, [(session.ports.number.into(), "signedout".to_owned(), None)]);

    assert_eq!(host.token(&session), Err("not_signed_in".to_owned()));
    let ending = session.clone();
    assert!(host.run(async move { ending.logout().await }).is_none(), "once");
    assert_eq!(host.told.len(), 1);
}

#[wasm_bindgen_test]
fn e13_a_log_out_wins_over_a_refresh_that_is_on_its_way() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 500_000);
    assert_eq!(host.restore(&session), Ok(true));
    let refreshing = session.clone();
    let refresh = noting(async move { refreshing.refresh(Some("old"), TIMEOUT).await.map(drop) });
    let sending = host.perform_all_but("send");
    assert_eq!(sending.len(), 1);
    let ending = session.clone();
    let ended = noting(async move { ending.logout().await.is_some() });
    host.perform_all_but("send");
    assert_eq!(ended.take(), Some(true), "it waits for no server");
    let answer = r#"{"access_token":"new","token_type":"bearer","expires_in":600,"refresh_token":"r2"}"#;
    let mut writer = Writer::default();
    writer.integer("status", 200);
    writer.text("contentType", "application/json");
    writer.text("body", answer);
    machine::answer(sending[0], Some(writer.finish()));
    host.perform();
    assert_eq!(refresh.take().unwrap().unwrap_err().code.as_str(), "not_signed_in");
    assert!(host.store.is_empty(), "the new tokens are not stored");
    assert_eq!(host.events(), ["signedout"]);
}

#[wasm_bindgen_test]
fn c07_a_session_takes_over_the_secret_and_the_habits_of_its_latest_description() {
    let session = open();
    let mut host = Host::default();
    host.plant(&session, "old", Some("r1"), NOW - 700_000);
    let place = session.ports.place;
    let with_secret = PLAIN.replace('}', r#","clientSecret":"s"}"#);
    assert!(Rc::ptr_eq(&session, &open_as(&with_secret, place, place + 1)));
    host.answer_tokens("t2", "r2");
    assert_eq!(host.restore(&session), Ok(true));
    let space = PLAIN.replace('}', r#","clientSecret":"s","secretInBody":true,"isSpaceLike":true}"#);
    assert!(Rc::ptr_eq(&session, &open_as(&space, place, place + 1)));
    wait(9_000_000);
    host.answer(200, r#"{"access_token":"t3","expires_in":600}"#);
    assert_eq!(host.token(&session), Ok("t3".to_owned()));

    let sent: Vec<_> = host.sent.iter().map(|(_, header, body)| (header.as_deref(), body.as_str())).collect();
    assert_eq!(
        sent,
        [
            (Some("Basic c3BhOnM="), "grant_type=refresh_token&refresh_token=r1"),
            (None, "grant_type=refresh_token&refresh_token=r2&scope=a+b&client_id=spa&client_secret=s"),
        ]
    );
}
