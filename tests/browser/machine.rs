//! The machine: work asks for effects, and goes on when they are answered.

use std::cell::RefCell;
use std::rc::Rc;

use space_auth_wasm::browser::machine;
use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::json::Json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::asked;

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
