use super::*;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::server::tests::{server, space, strict};
use crate::session::ports::{Clock, Http, Lock, Observer, Refused, Spawn, Store};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Map(RefCell<BTreeMap<String, String>>);

impl Map {
    fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }
    fn set(&self, key: &str, text: &str) {
        self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
    }
    fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }
}

/// What tabs share, and what tests play with.
#[derive(Default)]
struct World {
    now: Cell<u64>,
    monotonic: Cell<u64>,
    stored: Map,
    store_is_full: Cell<bool>,
    server_is_slow: Cell<bool>,
    answers: RefCell<VecDeque<Result<HttpResponse, AuthError>>>,
    requests: RefCell<Vec<String>>,
    events: RefCell<Vec<Event>>,
    tasks: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>>,
}

struct Tab {
    world: Rc<World>,
    /// What the store refused to keep.
    memory: RefCell<BTreeMap<String, String>>,
}

impl Clock for Tab {
    fn now(&self) -> u64 {
        self.world.now.get()
    }
    fn monotonic(&self) -> u64 {
        self.world.monotonic.get()
    }
}

impl Store for Tab {
    async fn read(&self, key: &str) -> Result<Option<String>, Refused> {
        let kept = self.memory.borrow().get(key).cloned();
        Ok(kept.or_else(|| self.world.stored.get(key)))
    }
    async fn write(&self, key: &str, text: &str) -> Result<(), Refused> {
        self.remove(key).await;
        if self.world.store_is_full.get() {
            self.memory.borrow_mut().insert(key.to_owned(), text.to_owned());
            return Err(Refused);
        }
        self.world.stored.set(key, text);
        Ok(())
    }
    async fn remove(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
        self.world.stored.remove(key);
    }
}

impl Lock for Tab {
    type Guard = ();
    async fn lock(&self, _: &str, _: u32) -> Result<(), AuthError> {
        Ok(())
    }
}

impl Http for Tab {
    async fn send(&self, request: &HttpRequest, _: u32) -> Result<HttpResponse, AuthError> {
        self.world.requests.borrow_mut().push(request.body.expose().to_owned());
        let world = self.world.clone();
        std::future::poll_fn(move |_| if world.server_is_slow.get() { Poll::Pending } else { Poll::Ready(()) }).await;
        let answer = self.world.answers.borrow_mut().pop_front();
        answer.unwrap_or_else(|| Err(AuthError::new(Code::Network, Phase::Token)))
    }
}

impl Spawn for Tab {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        self.world.tasks.borrow_mut().push(task);
    }
}

impl Observer for Tab {
    fn notify(&self, event: Event) {
        self.world.events.borrow_mut().push(event);
    }
}

impl World {
    fn tab_at(self: &Rc<Self>, server: Server) -> Rc<Engine<Tab>> {
        let client = Client { id: "spa".to_owned(), secret: None };
        let ports = Tab { world: self.clone(), memory: RefCell::default() };
        Engine::new(Rc::new(Config { server, client, scope: "a b".to_owned() }), ports)
    }

    fn tab(self: &Rc<Self>) -> Rc<Engine<Tab>> {
        self.tab_at(strict())
    }

    fn answer(&self, status: u16, body: &str) {
        let response = HttpResponse { status, content_type: "application/json".to_owned(), body: body.into() };
        self.answers.borrow_mut().push_back(Ok(response));
    }

    fn answer_tokens(&self, access: &str, refresh: &str) {
        self.answer(
            200,
            &format!(
                r#"{{"access_token":"{access}","token_type":"bearer","expires_in":600,"refresh_token":"{refresh}"}}"#
            ),
        );
    }

    fn wait(&self, milliseconds: u64) {
        self.now.set(self.now.get() + milliseconds);
        self.monotonic.set(self.monotonic.get() + milliseconds);
    }

    /// Polls the spawned tasks and `future` until nothing more can happen.
    fn poll<T>(&self, future: &mut Pin<Box<dyn Future<Output = T> + '_>>) -> Poll<T> {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..8 {
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            self.tasks.borrow_mut().extend(tasks);
            if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        match self.poll(&mut (Box::pin(future) as Pin<Box<dyn Future<Output = T> + '_>>)) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("the future is stuck"),
        }
    }

    fn token(&self, tab: &Rc<Engine<Tab>>) -> Result<String, String> {
        self.run(tab.access_token(30_000, 1_000))
            .map(|token| token.expose().to_owned())
            .map_err(|error| error.code.as_str().to_owned())
    }
}

fn tokens(access: &str, refresh: Option<&str>) -> TokenResponse {
    TokenResponse {
        access_token: Secret::new(access.to_owned()),
        expires_in: Some(600),
        refresh_token: refresh.map(|token| Secret::new(token.to_owned())),
        id_token: None,
        scope: None,
    }
}

fn world() -> Rc<World> {
    let world = Rc::new(World::default());
    world.now.set(1_700_000_000_000);
    world
}

fn signed_in() -> (Rc<World>, Rc<Engine<Tab>>) {
    let world = world();
    let tab = world.tab();
    world.run(tab.establish(GrantType::AuthorizationCode, tokens("a1", Some("r1")))).unwrap();
    (world, tab)
}

#[test]
fn a_session_survives_a_reload() {
    let (world, _) = signed_in();
    let tab = world.tab();
    assert!(tab.summary().is_none());
    assert_eq!(world.run(tab.restore(1_000)), Ok(true));
    let summary = tab.summary().unwrap();
    assert_eq!((summary.grant, summary.scope.as_str(), summary.usable), (GrantType::AuthorizationCode, "a b", true));
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    assert_eq!(world.run(world.tab_at(space()).restore(1_000)), Ok(false), "another server's session");
}

#[test]
fn e01_many_callers_share_one_refresh() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    let mut callers: Vec<Pin<Box<dyn Future<Output = _>>>> = (0..1_000)
        .map(|_| {
            let tab = tab.clone();
            Box::pin(async move { tab.access_token(30_000, 1_000).await.unwrap().expose().to_owned() })
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
fn e03_a_newer_record_of_a_sibling_is_adopted_and_nothing_is_sent() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&sibling).as_deref(), Ok("a2"));
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    assert_eq!(
        world.run(tab.refresh(&Secret::new("a1".to_owned()), 1_000)),
        Ok(()),
        "the stale token has been replaced"
    );
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
fn e07_the_new_record_is_stored_before_anyone_is_told() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    assert_eq!(world.token(&tab).as_deref(), Ok("a2"));
    let stored = world.stored.get(&tab.key).unwrap();
    assert!(stored.contains("r2") && !stored.contains("r1"));
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
    assert_eq!(world.run(tab.restore(1_000)), Ok(true), "offline at start");
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
fn d09_invalid_grant_ends_the_session_once() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(world.token(&tab).unwrap_err(), "invalid_grant");
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    assert!(tab.has_ended() && tab.summary().is_none());
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
fn invalid_grant_ends_nothing_when_a_sibling_has_rotated_meanwhile() {
    let (world, tab) = signed_in();
    let sibling = world.tab();
    assert_eq!(world.run(sibling.restore(1_000)), Ok(true));
    world.wait(600_000);
    world.answer(400, r#"{"error":"invalid_grant"}"#);
    world.server_is_slow.set(true);
    let mut waits: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
    assert!(world.poll(&mut waits).is_pending());
    world.run(sibling.establish(GrantType::AuthorizationCode, tokens("a9", Some("r9")))).unwrap();
    world.server_is_slow.set(false);
    assert!(matches!(world.poll(&mut waits), Poll::Ready(Ok(token)) if token.matches("a9")));
}

#[test]
fn logout_wins_over_a_refresh_in_flight() {
    let (world, tab) = signed_in();
    world.wait(600_000);
    world.answer_tokens("a2", "r2");
    world.server_is_slow.set(true);
    let mut waits: Pin<Box<dyn Future<Output = _>>> = Box::pin(tab.access_token(30_000, 1_000));
    assert!(world.poll(&mut waits).is_pending());
    world.run(tab.logout(1_000));
    world.server_is_slow.set(false);
    assert!(matches!(world.poll(&mut waits), Poll::Ready(Err(error)) if error.code == Code::NotSignedIn));
    assert!(world.stored.get(&tab.key).is_none());
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);
}

#[test]
fn logout_revokes_the_refresh_token_where_the_server_can() {
    let world = world();
    let tab =
        world.tab_at(server(Server { revocation_endpoint: Some("https://as.example/revoke".into()), ..strict() }));
    world.run(tab.establish(GrantType::AuthorizationCode, tokens("a1", Some("r1")))).unwrap();
    world.server_is_slow.set(true);
    world.run(tab.logout(1_000));
    let _ = world.poll(&mut (Box::pin(std::future::pending()) as Pin<Box<dyn Future<Output = ()>>>));
    assert_eq!(*world.requests.borrow(), ["token=r1&token_type_hint=refresh_token&client_id=spa"]);
}

#[test]
fn a_cleared_store_means_signed_out() {
    let (world, tab) = signed_in();
    world.stored.remove(&tab.key);
    assert_eq!(world.token(&tab).unwrap_err(), "not_signed_in");
    assert_eq!(*world.events.borrow(), [Event::SignedOut(None)]);
}

#[test]
fn g02_a_corrupt_record_is_cleared_away_and_nobody_is_signed_in() {
    let (world, first) = signed_in();
    for text in ["", "{", "null", "{\"v\":9}", "\u{0}", "[[[["] {
        world.stored.set(&first.key, text);
        let tab = world.tab();
        assert_eq!(world.run(tab.restore(1_000)), Ok(false), "{text:?}");
        assert!(world.stored.get(&tab.key).is_none());
    }
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

#[test]
fn without_a_refresh_token_a_token_is_used_to_its_end() {
    let world = world();
    let tab = world.tab();
    world.run(tab.establish(GrantType::Implicit, tokens("a1", None))).unwrap();
    world.wait(599_999);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    world.wait(1);
    assert_eq!(world.token(&tab).unwrap_err(), "refresh_unavailable");
    assert!(!tab.summary().unwrap().usable);
    assert_eq!(world.run(world.tab().restore(1_000)), Ok(false));
}

fn code() -> Result<Brought, AuthError> {
    let code_verifier = Some(Secret::new("v".to_owned()));
    Ok(Brought::Code { code: Secret::new("c1".to_owned()), redirect_uri: "https://app/".to_owned(), code_verifier })
}

#[test]
fn b16_a_code_is_sent_once_and_all_who_ask_get_its_session() {
    let world = world();
    let tab = world.tab();
    world.answer_tokens("a1", "r1");
    tab.arrive(code(), Box::pin(async { true }), 1_000);
    assert!(tab.is_arriving());
    for _ in 0..2 {
        assert_eq!(world.run(tab.arrived()), Ok(true));
    }
    let sent = "grant_type=authorization_code&code=c1&redirect_uri=https%3A%2F%2Fapp%2F&code_verifier=v&client_id=spa";
    assert_eq!(*world.requests.borrow(), [sent]);
    assert_eq!(world.token(&tab).as_deref(), Ok("a1"));
    world.wait(ECHO);
    assert_eq!(world.run(tab.arrived()), Ok(false), "an echo fades");

    let second = world.tab();
    second.arrive(code(), Box::pin(async { false }), 1_000);
    assert_eq!(world.run(second.arrived()), Ok(true), "the other tab's session is in the shared store");
    assert_eq!(world.requests.borrow().len(), 1);
}

#[test]
fn c05_a_failed_code_exchange_is_not_tried_again() {
    let world = world();
    let tab = world.tab();
    tab.arrive(code(), Box::pin(async { true }), 1_000);
    let error = world.run(tab.arrived()).unwrap_err();
    assert_eq!((error.code.clone(), error.retryable, error.phase), (Code::Network, false, Phase::Token));
    assert_eq!(world.requests.borrow().len(), 1);
    assert!(world.stored.get(&tab.key).is_none());
}

#[test]
fn a03_a_refused_redirect_is_used_up_and_told_to_all_who_ask_at_once() {
    let world = world();
    let tab = world.tab();
    let used = Rc::new(Cell::new(false));
    let claim = used.clone();
    let refused = AuthError::from_server("access_denied", None, None, Phase::Redirect);
    tab.arrive(Err(refused.clone()), Box::pin(async move { !claim.replace(true) }), 1_000);
    assert_eq!(world.run(tab.arrived()), Err(refused.clone()));
    assert_eq!(world.run(tab.arrived()), Err(refused));
    assert!(used.get() && world.requests.borrow().is_empty());
    world.wait(ECHO);
    assert_eq!(world.run(tab.arrived()), Ok(false));
}

#[test]
fn d11_tokens_of_the_implicit_flow_are_stored_when_they_are_taken() {
    let world = world();
    let tab = world.tab();
    tab.arrive(Ok(Brought::Tokens(tokens("a1", None))), Box::pin(async { true }), 1_000);
    assert_eq!(world.run(tab.arrived()), Ok(true));
    assert_eq!(tab.summary().unwrap().grant, GrantType::Implicit);
}

#[test]
fn space_wants_its_scope_again_when_refreshing() {
    let world = world();
    let tab = world.tab_at(space());
    world.run(tab.establish(GrantType::AuthorizationCode, tokens("a1", Some("r1")))).unwrap();
    world.wait(600_000);
    assert_eq!(world.token(&tab).unwrap_err(), "network");
    assert_eq!(*world.requests.borrow(), ["grant_type=refresh_token&refresh_token=r1&scope=a+b&client_id=spa"]);
}
