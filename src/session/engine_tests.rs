#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail by panicking.

use super::*;
use crate::protocol::json::Json;
use crate::session::ports::{Clock, Http, Kept, Observer, Refused, Spawn, Store};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[derive(Default)]
pub(super) struct Map(RefCell<BTreeMap<String, String>>);

impl Map {
    pub(super) fn get(&self, key: &str) -> Option<String> {
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
pub(super) struct World {
    now: Cell<u64>,
    monotonic: Cell<u64>,
    pub(super) stored: Map,
    store_is_full: Cell<bool>,
    store_is_locked_away: Cell<bool>,
    lock_is_held: Cell<bool>,
    /// The call of a port that does not return until `is_kept_waiting` is over: the next one of this name.
    slow: Cell<&'static str>,
    is_kept_waiting: Cell<bool>,
    server_is_slow: Cell<bool>,
    answers: RefCell<VecDeque<Result<HttpResponse, AuthError>>>,
    pub(super) requests: RefCell<Vec<String>>,
    events: RefCell<Vec<Event>>,
    tasks: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>>,
}

pub(super) struct Tab {
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
    /// What is stored when it begins; nothing else may be replaced in it.
    type Turn = RefCell<Option<String>>;
    async fn turn(&self, key: &str, _: u32) -> Result<Self::Turn, AuthError> {
        self.world.keep_waiting("turn").await;
        if self.world.lock_is_held.get() {
            return Err(AuthError::new(Code::Timeout, Phase::Refresh));
        }
        Ok(RefCell::new(self.world.stored.get(key)))
    }
    async fn read(&self, key: &str, turn: Option<&Self::Turn>) -> Result<Option<String>, Refused> {
        if self.world.store_is_locked_away.get() {
            return Err(Refused);
        }
        if let Some(turn) = turn {
            turn.replace(self.world.stored.get(key));
        }
        let kept = self.memory.borrow().get(key).cloned();
        let text = kept.or_else(|| self.world.stored.get(key));
        self.world.keep_waiting("read").await;
        Ok(text)
    }
    async fn write(&self, key: &str, text: &str, turn: Option<&Self::Turn>) -> Kept {
        let stored = self.world.stored.get(key);
        let newest = stored.as_deref().map_or(0, generation);
        let is_in_time = match turn {
            Some(turn) => *turn.borrow() == stored,
            None => newest < generation(text),
        };
        if !is_in_time {
            return Kept::Superseded(newest);
        }
        self.memory.borrow_mut().remove(key);
        self.world.stored.remove(key);
        if self.world.store_is_full.get() {
            self.memory.borrow_mut().insert(key.to_owned(), text.to_owned());
            return Kept::InMemory;
        }
        self.world.stored.set(key, text);
        self.world.keep_waiting("write").await;
        Kept::Stored
    }
    async fn remove(&self, key: &str, text: Option<&str>) {
        self.world.keep_waiting("remove").await;
        if text.is_none_or(|text| self.world.stored.get(key).is_none_or(|stored| stored == text)) {
            self.memory.borrow_mut().remove(key);
            self.world.stored.remove(key);
        }
    }
}

impl Http for Tab {
    async fn send(&self, request: &HttpRequest, _: u32) -> Result<HttpResponse, AuthError> {
        assert!(!request.keepalive, "the answer of a refresh would be lost");
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

fn config(token_endpoint: &str) -> Config {
    let (token_endpoint, client_id, scope) = (token_endpoint.to_owned(), "spa".to_owned(), "a b".to_owned());
    Config {
        client: Client { id: client_id.clone(), secret: None, in_body: false, is_raw: false },
        owner: Owner { token_endpoint, client_id, scope, is_application: false },
        is_space_like: false,
    }
}

pub(super) fn strict() -> Config {
    config("https://as.example/token")
}

fn space() -> Config {
    Config { is_space_like: true, ..config("https://acme.jetbrains.space/oauth/token") }
}

fn generation(text: &str) -> u64 {
    let json = Json::parse(text);
    json.and_then(|json| json.member("generation").and_then(Json::integer)).unwrap_or_default()
}

impl World {
    async fn keep_waiting(&self, call: &str) {
        if self.slow.get() == call {
            self.slow.set("");
            self.is_kept_waiting.set(true);
            std::future::poll_fn(|_| if self.is_kept_waiting.get() { Poll::Pending } else { Poll::Ready(()) }).await;
        }
    }

    /// Polls until the next call of `name` waits, does something meanwhile, and gives the outcome.
    fn meanwhile<T>(&self, name: &'static str, work: impl Future<Output = T>, act: impl FnOnce()) -> T {
        self.slow.set(name);
        let mut work: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(work);
        assert!(self.poll(&mut work).is_pending() && self.is_kept_waiting.get(), "{name} was not called");
        act();
        self.is_kept_waiting.set(false);
        match self.poll(&mut work) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("the future is stuck"),
        }
    }

    pub(super) fn tab_at(self: &Rc<Self>, config: Config) -> Rc<Engine<Tab>> {
        Engine::new(Rc::new(config), Tab { world: self.clone(), memory: RefCell::default() })
    }

    pub(super) fn tab(self: &Rc<Self>) -> Rc<Engine<Tab>> {
        self.tab_at(strict())
    }

    pub(super) fn answer(&self, status: u16, body: &str) {
        let response = HttpResponse { status, content_type: "application/json".to_owned(), body: body.into() };
        self.answers.borrow_mut().push_back(Ok(response));
    }

    pub(super) fn answer_tokens(&self, access: &str, refresh: &str) {
        self.answer(
            200,
            &format!(
                r#"{{"access_token":"{access}","token_type":"bearer","expires_in":600,"refresh_token":"{refresh}"}}"#
            ),
        );
    }

    pub(super) fn wait(&self, milliseconds: u64) {
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

    pub(super) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        match self.poll(&mut (Box::pin(future) as Pin<Box<dyn Future<Output = T> + '_>>)) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("the future is stuck"),
        }
    }

    /// Polls what nobody waits for.
    fn settle(&self) {
        let never: Pin<Box<dyn Future<Output = ()>>> = Box::pin(std::future::pending());
        assert!(self.poll(&mut { never }).is_pending());
    }

    pub(super) fn token(&self, tab: &Rc<Engine<Tab>>) -> Result<String, String> {
        self.run(tab.access_token(30_000, 1_000))
            .map(|live| live.token().to_owned())
            .map_err(|error| error.code.as_str().to_owned())
    }
}

pub(super) fn tokens(access: &str, refresh: Option<&str>) -> TokenResponse {
    TokenResponse {
        access_token: Secret::new(access.to_owned()),
        expires_in: Some(600),
        refresh_token: refresh.map(|token| Secret::new(token.to_owned())),
        id_token: None,
        scope: None,
    }
}

pub(super) fn world() -> Rc<World> {
    let world = Rc::new(World::default());
    world.now.set(1_700_000_000_000);
    world
}

fn signed_in() -> (Rc<World>, Rc<Engine<Tab>>) {
    let world = world();
    let tab = world.tab();
    world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
    (world, tab)
}

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
fn a_grant_that_is_not_known_signs_nobody_in() {
    let world = world();
    let tab = world.tab();
    let error = world.run(tab.establish("magic", "f", tokens("a1", None))).unwrap_err();
    assert_eq!(error.code, Code::InternalError);
    assert!(tab.record().is_none() && !tab.has_ended() && world.stored.get(&tab.key).is_none());
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

fn sign_in(world: &Rc<World>, tab: &Rc<Engine<Tab>>, family: &str, access: &str) {
    world.run(tab.establish("authorization_code", family, tokens(access, Some("r9")))).unwrap();
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
