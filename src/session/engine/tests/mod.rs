//! A world for the engine: a store, a server and clocks that tests play with.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail by panicking.

mod ending;
mod grants;
mod refresh;
mod siblings;
mod store;

use super::*;
use crate::protocol::json::Json;
use crate::session::ports::{Clock, Http, Kept, Observer, Refused, Spawn, Store};
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
    store_is_locked_away: Cell<bool>,
    lock_is_held: Cell<bool>,
    /// The call of a port that does not return until `is_kept_waiting` is over: the next one of this name.
    slow: Cell<&'static str>,
    is_kept_waiting: Cell<bool>,
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

fn strict() -> Config {
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

    fn tab_at(self: &Rc<Self>, config: Config) -> Rc<Engine<Tab>> {
        Engine::new(Rc::new(config), Tab { world: self.clone(), memory: RefCell::default() })
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

    /// Polls what nobody waits for.
    fn settle(&self) {
        let never: Pin<Box<dyn Future<Output = ()>>> = Box::pin(std::future::pending());
        assert!(self.poll(&mut { never }).is_pending());
    }

    fn token(&self, tab: &Rc<Engine<Tab>>) -> Result<String, String> {
        self.run(tab.access_token(30_000, 1_000))
            .map(|live| live.token().to_owned())
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
    world.run(tab.establish("authorization_code", "f", tokens("a1", Some("r1")))).unwrap();
    (world, tab)
}

fn sign_in(world: &Rc<World>, tab: &Rc<Engine<Tab>>, family: &str, access: &str) {
    world.run(tab.establish("authorization_code", family, tokens(access, Some("r9")))).unwrap();
}
