//! Stores that are cleared, full, forbidden, or hold something else.

use super::*;

#[test]
fn a_session_survives_a_reload() {
    let (world, _) = signed_in();
    let tab = world.tab();
    assert!(tab.record().is_none() && !tab.is_usable());
    assert_eq!(world.run(tab.restore(1_000)), Ok(true));
    let record = tab.record().unwrap();
    assert_eq!((record.grant, record.tokens.scope.as_deref()), ("authorization_code", Some("a b")));
    assert_eq!(record.expires_at(), Some(world.now.get() + 600_000));
    assert!(tab.is_usable());
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert_eq!(world.run(world.tab_at(space()).restore(1_000)), Ok(false), "another server's session");
    assert!(world.events.borrow().is_empty() && world.requests.borrow().is_empty());
}

#[test]
fn a_cleared_store_means_signed_out() {
    let (world, tab) = signed_in();
    world.stored.remove(&tab.key);
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    world.run(tab.look());
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)], "once");
}

#[test]
fn g04_a_store_that_cannot_be_read_now_changes_nothing() {
    let (world, tab) = signed_in();
    world.store_is_locked_away.set(true);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert_eq!(world.run(world.tab().restore(1_000)), Ok(false));
    world.store_is_locked_away.set(false);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert_eq!(world.run(world.tab().restore(1_000)), Ok(true));
    assert!(world.events.borrow().is_empty());
}

#[test]
fn g02_a_corrupt_record_is_cleared_away_and_nobody_is_signed_in() {
    let (world, first) = signed_in();
    for text in ["", "{", "null", "{\"v\":9}", "\u{0}", "[[[["] {
        world.stored.set(&first.key, text);
        let tab = world.tab();
        assert_eq!(world.run(tab.restore(1_000)), Ok(false), "{text:?}");
        assert!(world.stored.get(&tab.key).is_none());
        assert!(!tab.has_ended(), "signing in is still possible");
    }
    assert!(world.events.borrow().is_empty());
}

#[test]
fn g02_a_session_whose_record_is_damaged_ends() {
    let (world, tab) = signed_in();
    world.stored.set(&tab.key, "{");
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    assert!(tab.has_ended() && world.stored.get(&tab.key).is_none());
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);
}

#[test]
fn g06_a_record_of_another_server_under_this_key_is_no_session() {
    let (world, first) = signed_in();
    let text = world.stored.get(&first.key).unwrap().replace("https://as.example/", "https://evil.example/");
    world.stored.set(&first.key, &text);
    let tab = world.tab();
    assert_eq!(world.run(tab.restore(1_000)), Ok(false));
    assert!(world.stored.get(&tab.key).is_none() && world.requests.borrow().is_empty());
}

#[test]
fn g04_a_store_that_refuses_leaves_the_session_in_memory() {
    let (world, tab) = signed_in();
    world.store_is_full.set(true);
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert!(world.stored.get(&tab.key).is_none(), "the used-up token is not left behind");
    assert_eq!(
        *world.events.borrow(),
        [Event::Error(AuthError::new(Code::StorageUnavailable, Phase::Storage)), Event::Refreshed]
    );
    world.store_is_full.set(false);
    world.wait(600_000);
    world.answer_tokens("a3", "r3");
    assert_eq!(world.token(&tab).as_deref(), Ok("a3"));
    assert!(world.stored.get(&tab.key).is_some_and(|text| text.contains("r3")));
}
