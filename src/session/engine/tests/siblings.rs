//! Other tabs, and other sign-ins, at the worst moment.

use super::*;

#[test]
fn b16_what_another_tab_signed_in_to_is_there_at_the_next_look() {
    let world = world();
    let (tab, sibling) = (world.tab(), world.tab());
    world.run(tab.look());
    assert!(tab.record().is_none() && !tab.has_ended());
    world.run(sibling.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
    world.run(tab.look());
    assert!(tab.record().is_some_and(|record| record.tokens.access_token.matches("a1")));
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert!(world.requests.borrow().is_empty(), "a code is not sent a second time");
}

#[test]
fn e03_a_newer_record_of_a_sibling_is_adopted_and_nothing_is_sent() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&sibling).as_deref(), Ok("a2"));
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert_eq!(world.run(tab.refresh(Some("a1"), 1_000)).map(drop), Ok(()), "the stale token has been replaced");
    assert_eq!(world.requests.borrow().len(), 1);
}

#[test]
fn e03_a_stale_read_does_not_bring_an_old_token_back() {
    let (world, tab) = signed_in();
    let old = world.stored.get(&tab.key).unwrap();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    world.stored.set(&tab.key, &old);
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
}

#[test]
fn invalid_grant_ends_nothing_when_a_sibling_has_rotated_meanwhile() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    world.server_is_slow.set(true);
    let mut waits: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
    assert!(world.poll(&mut waits).is_pending());
    world.run(sibling.establish("authorization_code", "f", tokens("a9", Some("r9")))).unwrap();
    world.server_is_slow.set(false);
    assert!(matches!(world.poll(&mut waits), Poll::Ready(Ok(live)) if live.token() == "a9"));
}

#[test]
fn a_sign_in_replaces_the_session_before_it_in_every_tab() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    let first = tab.record().unwrap().generation;
    for (clock, expected) in [(first, first + 1), (first - 5_000, first + 2), (first + 9_000, first + 9_000)] {
        world.now.set(clock);
        let access = format!("a{expected}");
        world.run(tab.establish("authorization_code", "f", tokens(&access, Some("r")))).unwrap();
        assert_eq!(tab.record().unwrap().generation, expected);
        assert_eq!(world.run(sibling.look()), ());
        assert!(sibling.record().unwrap().tokens.access_token.matches(&access), "whatever the clock says");
    }
}

#[test]
fn a_sign_in_wins_over_a_refresh_in_flight() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    let mut waits: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
    assert!(world.poll(&mut waits).is_pending());
    world.run(tab.establish("authorization_code", "f", tokens("a9", Some("r9")))).unwrap();
    world.server_is_slow.set(false);
    assert!(matches!(world.poll(&mut waits), Poll::Ready(Ok(live)) if live.token() == "a9"));
    assert!(world.stored.get(&tab.key).is_some_and(|text| text.contains("r9") && !text.contains("r2")));
    assert!(world.events.borrow().is_empty());
}

#[test]
fn e04_a_fault_after_another_sign_in_does_not_give_the_former_token() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    world.wait(580_000);
    let token = world.meanwhile("turn", tab.access_token(30_000, 1_000), || {
        sign_in(&world, &sibling, "other", "a9");
        world.run(tab.look());
        world.lock_is_held.set(true);
    });
    assert_eq!(token.unwrap().token(), "a9");
}

#[test]
fn e03_nothing_is_sent_when_the_store_cannot_be_read_in_the_turn() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.store_is_locked_away.set(true);
    let error = world.run(tab.access_token(30_000, 1_000)).unwrap_err();
    assert!(error.code == Code::Timeout && error.retryable);
    assert!(world.requests.borrow().is_empty(), "another tab may have used it up");
}

#[test]
fn e14_what_is_read_in_the_turn_counts_whatever_its_generation() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    world.stored.remove(&tab.key);
    world.now.set(world.now.get() - 1_000);
    sign_in(&world, &sibling, "other", "a9");
    world.wait(1_000);
    assert_eq!(world.run(tab.refresh(Some("a1"), 1_000)).map(drop), Ok(()));
    assert_eq!(world.token(&tab).as_deref(), Ok("a9"));
    assert!(world.requests.borrow().is_empty());
}

#[test]
fn b16_a_sign_in_is_not_ended_by_what_was_read_before_it() {
    let (world, tab) = signed_in();
    world.stored.remove(&tab.key);
    world.meanwhile("read", tab.look(), || sign_in(&world, &tab, "other", "a9"));
    assert_eq!(world.token(&tab).as_deref(), Ok("a9"));
    assert!(world.events.borrow().is_empty());
}

#[test]
fn e14_a_refused_refresh_does_not_remove_another_sign_in() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    let outcome =
        world.meanwhile("remove", tab.access_token(30_000, 1_000), || sign_in(&world, &sibling, "other", "a9"));
    assert_eq!(outcome.unwrap_err().code.as_str(), "invalid_grant");
    assert!(world.stored.get(&tab.key).is_some_and(|text| text.contains("a9")));
    assert_eq!(world.token(&sibling).as_deref(), Ok("a9"));
}

#[test]
fn e14_a_refused_refresh_does_not_end_a_sign_in_in_the_same_tab() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    let outcome = world.meanwhile("remove", tab.access_token(30_000, 1_000), || sign_in(&world, &tab, "other", "a9"));
    assert_eq!(outcome.unwrap().token(), "a9");
    assert!(!tab.has_ended() && world.events.borrow().is_empty());
}

#[test]
fn e14_a_sign_in_that_was_overtaken_is_stored_anew() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    world.now.set(world.now.get() - 1_000);
    sign_in(&world, &sibling, "other", "a9");
    assert_eq!(world.token(&tab).as_deref(), Ok("a9"), "newer than all");
}

#[test]
fn e18_a_record_that_was_removed_while_the_page_slept_is_not_used() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    let token = world.meanwhile("write", tab.access_token(30_000, 1_000), || world.stored.remove(&tab.key));
    assert_eq!(token.unwrap_err().code, Code::NotSignedIn);
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);
}

#[test]
fn e03_a_page_that_slept_while_it_signed_in_keeps_the_newer_record() {
    let world = world();
    let (tab, sibling) = (world.tab(), world.tab());
    let signing = tab.establish("authorization_code", "f", tokens("a1", Some("r1")));
    world
        .meanwhile("write", signing, || {
            world.wait(600_000);
            world.answer_tokens("a2", "r2");
            assert_eq!(world.token(&sibling).as_deref(), Ok("a2"));
            world.run(tab.look());
        })
        .unwrap();
    assert_eq!(tab.current().unwrap().token(), "a2");
}
