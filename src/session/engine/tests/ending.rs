//! How a session ends, and what can no longer bring it back.

use super::*;

#[test]
fn d09_invalid_grant_ends_the_session_once() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(world.token(&tab).unwrap_err(), "invalid_grant");
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    assert!(tab.has_ended() && tab.record().is_none() && !tab.is_usable());
    assert!(world.stored.get(&tab.key).is_none());
    assert!(matches!(world.events.borrow().as_slice(), [Event::SignedOut(Some(_))]));
    assert_eq!(world.run(world.tab().restore(1_000)), Ok(false));
}

#[test]
fn d09_spaces_own_words_for_a_revoked_refresh_token_end_it_too() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer(401, r#"{"error":"authentication-required","error_description":"Refresh token associated with the access token is revoked"}"#);
    assert_eq!(world.token(&tab).unwrap_err(), "authentication-required");
    assert!(tab.has_ended());
}

#[test]
fn logout_wins_over_a_refresh_in_flight() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    let mut waits: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
    assert!(world.poll(&mut waits).is_pending());
    world.run(tab.logout());
    world.server_is_slow.set(false);
    assert!(matches!(world.poll(&mut waits), Poll::Ready(Err(error)) if error.code == Code::NotSignedIn));
    assert!(world.stored.get(&tab.key).is_none());
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);
}

#[test]
fn logout_leaves_the_newest_tokens_to_be_revoked() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&sibling).as_deref(), Ok("a2"));
    world.events.take();

    let left = world.run(tab.logout()).unwrap();
    assert!(left.tokens.access_token.matches("a2"));
    assert!(left.tokens.refresh_token.as_ref().is_some_and(|token| token.matches("r2")));
    assert!(tab.has_ended() && tab.record().is_none() && world.stored.get(&tab.key).is_none());
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);

    assert!(world.run(tab.logout()).is_none(), "there is nothing more to revoke");
    assert!(world.run(sibling.logout()).is_none(), "the other tab has left it already");
    world.settle();
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None), Event::SignedOut(None)], "once for each tab");
    assert_eq!(world.requests.borrow().len(), 1, "revoking is not the engine's");
}

#[test]
fn logout_ends_a_session_that_is_only_in_the_store() {
    let (world, first) = signed_in();
    let tab = world.tab();
    let left = world.run(tab.logout()).unwrap();
    assert!(left.tokens.refresh_token.as_ref().is_some_and(|token| token.matches("r1")));
    assert!(world.stored.get(&tab.key).is_none());
    assert_eq!(world.token(&first).unwrap_err(), "not_signed_in");
}

#[test]
fn logout_of_an_engine_that_nobody_signed_in_to_ends_it() {
    let world = world();
    let tab = world.tab();
    assert!(world.run(tab.logout()).is_none());
    assert!(tab.has_ended() && world.events.borrow().is_empty());
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    let error = world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap_err();
    assert_eq!(error.code, Code::NotSignedIn, "a sign-in that was on its way comes too late");
    assert!(world.stored.get(&tab.key).is_none(), "and leaves nothing behind");
    assert_eq!(world.run(tab.restore(1_000)), Ok(false));
}

#[test]
fn an_engine_that_has_ended_takes_no_session_of_another_tab() {
    let (world, tab) = signed_in();
    world.run(tab.logout());
    let later = world.tab();
    world.run(later.establish("authorization_code", "f", tokens("a9", Some("r9")))).unwrap();
    world.run(tab.look());
    assert!(tab.has_ended() && tab.record().is_none());
    assert!(world.run(tab.logout()).is_none());
    assert_eq!(world.token(&later).as_deref(), Ok("a9"), "the later session is not its to end");
}

#[test]
fn a_grant_that_is_not_known_signs_nobody_in() {
    let world = world();
    let tab = world.tab();
    let error = world.run(tab.establish("magic", "f", tokens("a1", None))).unwrap_err();
    assert_eq!(error.code, Code::InternalError);
    assert!(tab.record().is_none() && !tab.has_ended() && world.stored.get(&tab.key).is_none());
}

#[test]
fn e13_a_fault_after_a_logout_gives_no_token() {
    let (world, tab) = signed_in();
    world.wait(580_000);
    let token = world.meanwhile("turn", tab.access_token(30_000, 1_000), || {
        world.stored.remove(&tab.key);
        world.lock_is_held.set(true);
    });
    assert_eq!(token.unwrap_err().code, Code::Timeout);
    assert!(tab.has_ended());
}
