//! Sessions on the hand-made host: they are opened, stored, refreshed, shared and ended.

use std::cell::RefCell;
use std::rc::Rc;

use space_auth_wasm::browser::ports::Browser;
use space_auth_wasm::browser::{machine, registry};
use space_auth_wasm::js::values;
use space_auth_wasm::protocol::json::Json;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::engine::Engine;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::host::{Host, Session, TIMEOUT, response};
use crate::support::{noting, options};

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
    machine::answer(sending[0], Some(response(200, answer)));
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
