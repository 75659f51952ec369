//! Refreshing: when, how often, and what a fault of it means.

use super::*;

#[test]
fn e01_many_callers_share_one_refresh() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    let mut callers: Vec<Pin<Box<dyn Future<Output = _>>>> = (0..1_000)
        .map(|_| {
            let tab = tab.clone();
            Box::pin(async move { tab.access_token(30_000, 1_000).await.unwrap().token().to_owned() })
                as Pin<Box<dyn Future<Output = String>>>
        })
        .collect();
    for caller in &mut callers {
        assert!(world.poll(caller).is_pending());
    }
    world.server_is_slow.set(false);
    for caller in &mut callers {
        assert_eq!(world.poll(caller), Poll::Ready("a2".to_owned()));
    }
    assert_eq!(*world.requests.borrow(), ["grant_type=refresh_token&refresh_token=r1&client_id=spa"]);
    assert_eq!(*world.events.borrow(), [Event::Refreshed]);
    assert_eq!(world.run(tab.refresh(Some("a1"), 1_000)).map(drop), Ok(()), "it came too late");
    assert_eq!(world.requests.borrow().len(), 1);
}

#[test]
fn f13_a_caller_that_gives_up_does_not_stop_the_refresh() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    {
        let mut gives_up: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
        assert!(world.poll(&mut gives_up).is_pending());
    }
    world.server_is_slow.set(false);
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert_eq!(world.requests.borrow().len(), 1);
}

#[test]
fn e07_the_new_record_is_stored_before_anyone_is_told() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    let stored = world.stored.get(&tab.key).unwrap();
    assert!(stored.contains("r2") && !stored.contains("r1"));
    let record = Record::decode(&stored, &strict().owner).unwrap();
    assert_eq!((record.grant, record.issued_at), ("authorization_code", world.now.get()));
    assert_eq!(record.tokens.scope.as_deref(), Some("a b"), "what the answer does not say stays as it was");
}

#[test]
fn e07_a_refresh_without_a_rotation_keeps_the_refresh_token() {
    let (world, tab) = signed_in();
    for access in ["a2", "a3"] {
        world.wait(600_000);
        world.answer(200, &format!(r#"{{"access_token":"{access}","token_type":"bearer","expires_in":600}}"#));
        assert_eq!(world.token(&tab).as_deref(), Ok(access));
    }
    let sent = "grant_type=refresh_token&refresh_token=r1&client_id=spa";
    assert_eq!(*world.requests.borrow(), [sent, sent]);
}

#[test]
fn e08_a_passing_fault_keeps_the_session() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    for status in [500, 502, 503, 429, 408] {
        world.answer(status, "");
        let error = world.run(tab.access_token(30_000, 1_000)).unwrap_err();
        assert!(error.retryable && error.phase == Phase::Refresh, "{status}");
    }
    assert_eq!(world.token(&tab).unwrap_err(), "network");
    world.answer(200, "<html>captive portal</html>");
    assert_eq!(world.token(&tab).unwrap_err(), "invalid_response");
    world.answer(401, r#"{"error":"invalid_client"}"#);
    assert_eq!(world.token(&tab).unwrap_err(), "invalid_client");
    assert!(tab.is_usable() && world.stored.get(&tab.key).is_some());
    assert_eq!(world.run(tab.restore(1_000)), Ok(true), "offline at start");
    world.answer(401, r#"{"error":"invalid_client"}"#);
    assert_eq!(world.run(tab.restore(1_000)).unwrap_err().code.as_str(), "invalid_client", "no passing fault");
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
}

#[test]
fn e03_a_lock_that_does_not_come_is_a_passing_fault() {
    let (world, tab) = signed_in();
    world.lock_is_held.set(true);
    world.wait(580_000);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"), "it has not expired");
    world.wait(20_000);
    let error = world.run(tab.access_token(30_000, 1_000)).unwrap_err();
    assert_eq!((&error.code, error.phase, error.retryable), (&Code::Timeout, Phase::Refresh, true));
    assert_eq!(world.run(tab.restore(1_000)), Ok(true));
    assert!(world.requests.borrow().is_empty(), "nothing is sent without the lock");
    world.lock_is_held.set(false);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
}

#[test]
fn e08_a_token_that_has_not_expired_is_used_while_the_server_is_away() {
    let (world, tab) = signed_in();
    world.wait(580_000);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert_eq!(world.requests.borrow().len(), 1);
}

#[test]
fn without_a_refresh_token_a_token_is_used_to_its_end() {
    let world = world();
    let tab = world.tab();
    world.run(tab.establish("implicit", "f", tokens("a1", None))).unwrap();
    world.wait(599_999);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    world.wait(1);
    assert_eq!(world.token(&tab).unwrap_err(), "refresh_unavailable");
    assert!(tab.record().is_some() && !tab.is_usable());
    assert_eq!(world.run(world.tab().restore(1_000)), Ok(false));
    assert!(world.requests.borrow().is_empty());
}

#[test]
fn d11_tokens_of_the_implicit_flow_are_stored_when_they_are_taken() {
    let world = world();
    let tab = world.tab();
    let granted = TokenResponse { scope: Some("a".to_owned()), ..tokens("a1", None) };
    world.run(tab.establish("implicit", "f", granted)).unwrap();
    assert_eq!(tab.record().unwrap().grant, "implicit");
    let stored = Record::decode(&world.stored.get(&tab.key).unwrap(), &strict().owner).unwrap();
    assert!(stored.tokens.access_token.matches("a1"));
    assert_eq!(stored.tokens.scope.as_deref(), Some("a"), "less than was asked for");
    assert!(world.events.borrow().is_empty());
}

#[test]
fn space_wants_its_scope_again_when_refreshing() {
    let world = world();
    let tab = world.tab_at(space());
    world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
    world.wait(600_000);
    assert_eq!(world.token(&tab).unwrap_err(), "network");
    assert_eq!(*world.requests.borrow(), ["grant_type=refresh_token&refresh_token=r1&scope=a+b&client_id=spa"]);
}

#[test]
fn an_empty_scope_is_not_sent_again() {
    let world = world();
    let tab = world.tab_at(space());
    let granted = TokenResponse { scope: Some(String::new()), ..tokens("a1", Some("r1")) };
    world.run(tab.establish("authorization_code", "f", granted)).unwrap();
    world.wait(600_000);
    assert_eq!(world.token(&tab).unwrap_err(), "network");
    assert_eq!(*world.requests.borrow(), ["grant_type=refresh_token&refresh_token=r1&client_id=spa"]);
}

#[test]
fn d04_only_space_may_leave_the_type_out_when_refreshing() {
    let body = r#"{"access_token":"a2","expires_in":600}"#;
    for (config, outcome) in [(space(), Ok("a2")), (strict(), Err("invalid_response"))] {
        let world = world();
        let tab = world.tab_at(config);
        world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
        world.wait(600_000);
        world.answer(200, body);
        assert_eq!(world.token(&tab).as_deref().map_err(String::as_str), outcome);
    }
}

#[test]
fn another_description_of_the_same_session_is_taken_over() {
    let (world, tab) = signed_in();
    let mut other = strict();
    other.client = Client { secret: Some(Secret::new("s".to_owned())), in_body: true, ..other.client };
    tab.reconfigure(Rc::new(other));
    assert_eq!(tab.key, strict().owner.key());
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    let sent = "grant_type=refresh_token&refresh_token=r1&client_id=spa&client_secret=s";
    assert_eq!(*world.requests.borrow(), [sent]);
}
