//! The ports of the session: what they ask of the host, and what they make of its answers.

use space_auth_wasm::browser::machine;
use space_auth_wasm::browser::ports::{self, Browser};
use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::http::HttpRequest;
use space_auth_wasm::protocol::json::Json;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::sent::Sent;
use space_auth_wasm::session::ports::{Event, Kept, Observer, Refused, Store};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{asked, noting};

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
