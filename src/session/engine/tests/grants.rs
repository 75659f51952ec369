//! How sessions of the other grants live on.

use super::*;
use crate::protocol::base64;

fn application() -> Config {
    let mut config = strict();
    config.owner.is_application = true;
    config.client.secret = Some(Secret::new("secret".to_owned()));
    config
}

#[test]
fn c10_an_application_asks_again_and_needs_no_refresh_token() {
    let world = world();
    let tab = world.tab_at(application());
    world.run(tab.establish("client_credentials", "f", tokens("a1", Some("r1")))).unwrap();
    assert!(!world.stored.get(&tab.key).unwrap().contains("r1"), "none is expected, and none is kept");
    world.wait(600_000);
    assert!(tab.is_usable());
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert_eq!(*world.requests.borrow(), ["grant_type=client_credentials&scope=a+b"]);
    assert!(!world.stored.get(&tab.key).unwrap().contains("r2"));
}

#[test]
fn an_application_and_its_user_do_not_share_a_session() {
    let world = world();
    let (application, user) = (world.tab_at(application()), world.tab());
    assert_ne!(application.key, user.key);
    world.run(application.establish("client_credentials", "f", tokens("a1", None))).unwrap();
    assert_eq!(world.run(user.restore(1_000)), Ok(false));
}

#[test]
fn d06_a_permanent_token_is_never_refreshed() {
    let world = world();
    let tab = world.tab();
    let token = TokenResponse { expires_in: None, ..tokens("perm:a", None) };
    world.run(tab.establish("permanent_token", "f", token)).unwrap();
    world.wait(1 << 40);
    assert_eq!(world.token(&tab).as_deref(), Ok("perm:a"));
    let refused = world.run(tab.refresh(Some("perm:a"), 1_000)).unwrap_err();
    assert_eq!(refused.code, Code::RefreshUnavailable);
    assert!(world.requests.borrow().is_empty() && tab.is_usable());
}

#[test]
fn d09_processmaker_4_says_in_its_own_way_that_a_refresh_token_is_of_no_use() {
    for (status, ends) in [(401, true), (400, false)] {
        let world = world();
        let tab = world.tab();
        world.run(tab.establish("password", "f", tokens("a1", Some("r1")))).unwrap();
        world.wait(600_000);
        world.answer(status, r#"{"error":"invalid_request","hint":"Token has been revoked"}"#);
        assert_eq!(world.token(&tab).unwrap_err(), "invalid_request");
        assert_eq!(tab.has_ended(), ends, "{status}");
    }
}

#[test]
fn e16_an_id_token_of_another_user_is_not_taken() {
    let id_token = |subject: &str| {
        let claims = format!(
            r#"{{"iss":"https://as.example","sub":"{subject}","aud":"spa","exp":1800000000,"iat":1700000000}}"#
        );
        [base64::url_safe(br#"{"alg":"RS256"}"#), base64::url_safe(claims.as_bytes()), "c2ln".to_owned()].join(".")
    };
    for (subject, outcome) in [("alice", Ok("a2".to_owned())), ("bob", Err("id_token_invalid".to_owned()))] {
        let world = world();
        let tab = world.tab();
        let first = TokenResponse { id_token: Some(Secret::new(id_token("alice"))), ..tokens("a1", Some("r1")) };
        world.run(tab.establish("authorization_code", "f", first)).unwrap();
        world.wait(600_000);
        let renewed = id_token(subject);
        world.answer(
            200,
            &format!(r#"{{"access_token":"a2","token_type":"Bearer","expires_in":600,"id_token":"{renewed}"}}"#),
        );
        assert_eq!(world.token(&tab), outcome);
        let kept = tab.record().unwrap().tokens.id_token.as_ref().unwrap().expose().to_owned();
        assert_eq!(kept, id_token("alice"));
    }
}

#[test]
fn an_id_token_that_nobody_checked_is_not_kept() {
    let world = world();
    let tab = world.tab();
    world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
    world.wait(600_000);
    world.answer(200, r#"{"access_token":"a2","token_type":"Bearer","id_token":"x.y.z"}"#);
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert!(tab.record().unwrap().tokens.id_token.is_none());
}
