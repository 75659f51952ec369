//! The ports of an engine, as a browser has them, with all its delays.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::http::{HttpRequest, HttpResponse};
use space_auth_wasm::protocol::token_request::Client;
use space_auth_wasm::session::engine::{Config, Engine};
use space_auth_wasm::session::ports::{Clock, Event, Http, Kept, Observer, Refused, Spawn, Store};
use space_auth_wasm::session::record::Owner;

use crate::history::End;
use crate::invariants::{self, Invariant};
use crate::place::Place;
use crate::server;
use crate::turn::Turn;
use crate::world::World;

pub const TOKEN_ENDPOINT: &str = "https://as.example/token";

pub struct Sim {
    pub place: Place,
    /// Whose session this engine was last seen to hold.
    pub family: Cell<Option<usize>>,
    /// The number of its access token.
    number: Cell<u64>,
    /// The turn that its refresh has; 0 for none.
    turn: Rc<Cell<u64>>,
}

impl Sim {
    pub fn engine(world: &Rc<World>, tab: usize, key: usize) -> Rc<Engine<Self>> {
        let client_id = format!("client-{key}");
        let config = Config {
            client: Client { id: client_id.clone(), secret: None, in_body: false, is_raw: false },
            owner: Owner {
                token_endpoint: TOKEN_ENDPOINT.to_owned(),
                client_id,
                scope: "a b".to_owned(),
                is_application: false,
            },
            is_space_like: false,
        };
        let place = Place { world: world.clone(), tab, key };
        Engine::new(Rc::new(config), Self { place, family: Cell::new(None), number: Cell::new(0), turn: Rc::default() })
    }

    pub fn observe(&self, engine: &Engine<Self>) {
        let Some((family, number)) =
            engine.record().and_then(|record| server::parse(record.tokens.access_token.expose()))
        else {
            return;
        };
        let (before, newest) = (self.family.replace(Some(family)), self.number.replace(number));
        self.place.world.demand(before != Some(family) || number >= newest, Invariant::Newest, || {
            format!("tab {} goes back from a-{family}-{newest} to a-{family}-{number}", self.place.tab)
        });
    }
}

impl Clock for Sim {
    fn now(&self) -> u64 {
        self.place.world.now()
    }

    fn monotonic(&self) -> u64 {
        self.place.world.monotonic(self.place.tab)
    }
}

impl Store for Sim {
    type Turn = Turn;

    async fn turn(&self, _: &str, timeout: u32) -> Result<Turn, AuthError> {
        let turn = Turn::take(&self.place, u64::from(timeout), self.turn.clone()).await;
        if turn.is_none() {
            self.place.world.coverage.borrow_mut().turns_in_vain += 1;
        }
        turn.ok_or_else(|| AuthError::new(Code::Timeout, Phase::Refresh))
    }

    async fn read(&self, _: &str, turn: Option<&Turn>) -> Result<Option<String>, Refused> {
        match turn {
            Some(turn) => self.place.read_in(turn).await,
            None => Ok(self.place.read().await),
        }
    }

    async fn write(&self, _: &str, text: &str, turn: Option<&Turn>) -> Kept {
        self.place.write(text, turn).await
    }

    async fn remove(&self, _: &str, text: Option<&str>) {
        self.place.remove(self.family.get(), text).await;
    }
}

impl Http for Sim {
    async fn send(&self, request: &HttpRequest, timeout: u32) -> Result<HttpResponse, AuthError> {
        let Place { world, tab, key } = self.place.clone();
        let (family, number) = invariants::check_request(&world, key, request);
        let turn = self.turn.get();
        let post = invariants::check_post(&world, &self.place, turn, family, number);
        let slot = Rc::new(RefCell::new(None));

        let to = slot.clone();
        let delay = world.random.between(5, 150);
        world.later(Some(tab), false, delay, "a refresh arrives at the server", move |world| {
            arrive(world, tab, family, number, timeout, to);
        });
        // Whether it arrives or not, its time runs.
        let timer = world.timer(tab, u64::from(timeout));
        let answer = poll_fn(|_| match slot.borrow_mut().take() {
            Some(answer) => Poll::Ready(answer),
            None if timer.is_done() => Poll::Ready(Err(AuthError::new(Code::Timeout, Phase::Token))),
            None => Poll::Pending,
        })
        .await;
        let is_good =
            matches!(&answer, Ok(response) if response.status == 200 && response.content_type.ends_with("json"));
        if matches!(&answer, Err(error) if error.code == Code::Timeout) {
            world.coverage.borrow_mut().timeouts += 1;
        }
        world.history.borrow_mut().answered(post, is_good);
        if matches!(&answer, Ok(response) if response.status == 400) && world.random.chance(25) {
            world.later(None, false, 0, "somebody signs in just now", move |world| world.pounce(key, World::sign_in));
        }
        answer
    }
}

type Slot = Rc<RefCell<Option<Result<HttpResponse, AuthError>>>>;

fn arrive(world: &Rc<World>, tab: usize, family: usize, number: u64, timeout: u32, slot: Slot) {
    let network = || Some(Err(AuthError::new(Code::Network, Phase::Token)));
    let is_faulty = world.random.chance(world.setting.faults);
    let fault = if is_faulty { world.random.between(1, 8) } else { 0 };
    let mut answer = match fault {
        1 => Some(Ok(server::html(500))),
        2 => Some(Ok(server::html(503))),
        3 => Some(Ok(server::json(429, "{}"))),
        4 => Some(Ok(server::html(200))),
        5 => network(),
        // Never an answer.
        6 => None,
        _ => {
            let (answer, is_reused) = world.server.borrow_mut().refresh(family, number);
            if answer.status != 200 {
                world.log(|| format!("the server refuses r-{family}-{number}; reused: {is_reused}"));
                world.coverage.borrow_mut().revoked += 1;
                world.history.borrow_mut().end(family, world.time(), End::Refused);
            }
            Some(Ok(answer))
        }
    };
    if let 1..=4 = fault {
        world.coverage.borrow_mut().faults += 1;
    }
    if let 5..=6 = fault {
        world.coverage.borrow_mut().lost_requests += 1;
    }
    // The server has rotated, and nobody hears of it.
    if fault >= 7 {
        world.coverage.borrow_mut().lost_answers += 1;
        answer = if fault == 7 { network() } else { Some(Ok(server::html(502))) };
    }
    let Some(answer) = answer else { return };
    let slowness = if is_faulty && world.random.chance(30) { 2 * u64::from(timeout) } else { 150 };
    let delay = world.random.between(5, slowness);
    world.log(|| match &answer {
        Ok(response) => format!("the server answers r-{family}-{number} with {}", response.status),
        Err(error) => format!("the answer to r-{family}-{number} is lost: {}", error.code.as_str()),
    });
    world.later(Some(tab), true, delay, "an answer arrives", move |_| *slot.borrow_mut() = Some(answer));
}

impl Spawn for Sim {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        self.place.world.spawn(self.place.tab, task);
    }
}

impl Observer for Sim {
    fn notify(&self, event: Event) {
        let Place { world, tab, key } = &self.place;
        world.log(|| format!("tab {tab} key {key}: {event:?}"));
        let error = match &event {
            Event::SignedOut(reason) => reason.as_ref(),
            Event::Error(error) => Some(error),
            Event::Refreshed => None,
        };
        if let Some(error) = error {
            invariants::check_error(world, error);
        }
        if let Event::SignedOut(_) = event {
            // A logout may find the session no sooner than it ends it.
            let is_lawful = match self.family.get() {
                Some(family) => world.history.borrow().end_of(family).is_some(),
                None => world.history.borrow().is_logging_out(*tab, *key),
            };
            world.demand(is_lawful, Invariant::LawfulEnd, || {
                format!("tab {tab} has left family {:?} of key {key}, which is still good", self.family.get())
            });
        }
        if event == Event::Refreshed {
            world.coverage.borrow_mut().refreshes += 1;
        }
    }
}
