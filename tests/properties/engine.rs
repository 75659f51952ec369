//! Tabs that share a store, and a server that ends a session when one of its refresh tokens comes a second time
//! (RFC 9700 section 4.14.2): whatever the tabs do at once, none does.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use space_auth_wasm::protocol::error::AuthError;
use space_auth_wasm::protocol::http::{HttpRequest, HttpResponse};
use space_auth_wasm::protocol::json::Json;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::token_request::Client;
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::engine::{Config, Engine};
use space_auth_wasm::session::ports::{Clock, Event, Http, Lock, Observer, Refused, Spawn, Store};
use space_auth_wasm::session::record::Record;

use crate::support::{config, pairs_of, secret, spa};

const TABS: usize = 3;
const LIFE: u32 = 600;

type Task = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct World {
    now: Cell<u64>,
    stored: RefCell<Option<String>>,
    held: RefCell<BTreeSet<String>>,
    tasks: RefCell<Vec<Task>>,
    issued: Cell<u32>,
    used: RefCell<BTreeSet<String>>,
    /// How many requests have arrived, and to how many of them the answers have come back.
    asked: Cell<u32>,
    answered: Cell<u32>,
}

impl World {
    fn fresh_tokens(&self) -> (String, String) {
        self.issued.set(self.issued.get() + 1);
        (format!("a{}", self.issued.get()), format!("r{}", self.issued.get()))
    }

    fn generation(text: &str) -> u64 {
        Json::parse(text).unwrap().member("generation").unwrap().integer().unwrap()
    }

    fn stored_token(&self) -> Option<String> {
        let text = self.stored.borrow().clone()?;
        Some(Record::decode(&text, &spa()).unwrap().tokens.access_token.expose().to_owned())
    }

    /// Until nothing gets further.
    fn settle(&self) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..8 {
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            self.tasks.borrow_mut().append(&mut tasks);
        }
    }

    fn run<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let result = Rc::new(RefCell::new(None));
        let place = result.clone();
        self.tasks.borrow_mut().push(Box::pin(async move { *place.borrow_mut() = Some(work.await) }));
        self.settle();
        result.take().expect("nothing to wait for")
    }
}

struct Tab(Rc<World>);

impl Clock for Tab {
    fn now(&self) -> u64 {
        self.0.now.get()
    }
    fn monotonic(&self) -> u64 {
        self.0.now.get()
    }
}

impl Store for Tab {
    async fn read(&self, _: &str) -> Result<Option<String>, Refused> {
        Ok(self.0.stored.borrow().clone())
    }
    async fn write(&self, _: &str, text: &str) -> Result<(), Refused> {
        let before = self.0.stored.replace(Some(text.to_owned()));
        let grows = before.is_none_or(|before| World::generation(&before) < World::generation(text));
        assert!(grows, "the other tabs would not see it");
        Ok(())
    }
    async fn remove(&self, _: &str) {
        self.0.stored.take();
    }
}

struct Guard(Rc<World>, String);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.held.borrow_mut().remove(&self.1);
    }
}

impl Lock for Tab {
    type Guard = Guard;
    async fn lock(&self, name: &str, _: u32) -> Result<Guard, AuthError> {
        std::future::poll_fn(|_| {
            if self.0.held.borrow_mut().insert(name.to_owned()) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        Ok(Guard(self.0.clone(), name.to_owned()))
    }
}

impl Http for Tab {
    async fn send(&self, request: &HttpRequest, _: u32) -> Result<HttpResponse, AuthError> {
        let sent: BTreeMap<_, _> = pairs_of(request.body.expose()).into_iter().collect();
        assert_eq!(sent["grant_type"], "refresh_token");
        assert!(self.0.used.borrow_mut().insert(sent["refresh_token"].clone()), "sent a second time");
        let ticket = self.0.asked.get();
        self.0.asked.set(ticket + 1);
        let (access, refresh) = self.0.fresh_tokens();
        let world = self.0.clone();
        std::future::poll_fn(|_| if world.answered.get() > ticket { Poll::Ready(()) } else { Poll::Pending }).await;
        let body = format!(
            r#"{{"access_token":"{access}","token_type":"bearer","expires_in":{LIFE},"refresh_token":"{refresh}"}}"#
        );
        Ok(HttpResponse { status: 200, content_type: "application/json".to_owned(), body })
    }
}

impl Spawn for Tab {
    fn spawn(&self, task: Task) {
        self.0.tasks.borrow_mut().push(task);
    }
}

impl Observer for Tab {
    fn notify(&self, _: Event) {}
}

fn open(world: &Rc<World>) -> Rc<Engine<Tab>> {
    let client = Client { id: "spa".to_owned(), secret: None, in_body: false, is_raw: false };
    Engine::new(Rc::new(Config { owner: spa(), client, is_space_like: false }), Tab(world.clone()))
}

#[derive(Clone, Debug)]
enum Act {
    SignIn(usize),
    AskForToken(usize),
    Refresh(usize),
    LogOut(usize),
    Reload(usize),
    /// All answers that are on their way arrive.
    Answer,
    /// In seconds.
    Wait(u64),
    /// The user clears the site's data.
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    let tab = || 0..TABS;
    prop_oneof![
        2 => tab().prop_map(Act::SignIn),
        4 => tab().prop_map(Act::AskForToken),
        2 => tab().prop_map(Act::Refresh),
        1 => tab().prop_map(Act::LogOut),
        2 => tab().prop_map(Act::Reload),
        4 => Just(Act::Answer),
        4 => (1_u64..700).prop_map(Act::Wait),
        1 => Just(Act::Clear),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn e03_no_refresh_token_is_sent_twice_and_all_tabs_agree(acts in prop::collection::vec(act(), 1..40)) {
        let world = Rc::new(World::default());
        world.now.set(1_700_000_000_000);
        let mut tabs: Vec<_> = (0..TABS).map(|_| open(&world)).collect();
        let mut is_signed_in = false;
        for act in acts {
            world.now.set(world.now.get() + 1);
            for tab in &mut tabs {
                if tab.has_ended() {
                    *tab = open(&world);
                }
            }
            match act {
                Act::SignIn(tab) => {
                    let (access, refresh) = world.fresh_tokens();
                    let tokens = TokenResponse {
                        access_token: Secret::new(access),
                        expires_in: Some(LIFE),
                        refresh_token: Some(Secret::new(refresh)),
                        id_token: None,
                        scope: None,
                    };
                    let tab = tabs[tab].clone();
                    world.run(async move { tab.establish("authorization_code", tokens).await }).unwrap();
                    is_signed_in = true;
                }
                Act::AskForToken(tab) => {
                    let (tab, shared) = (tabs[tab].clone(), world.clone());
                    world.tasks.borrow_mut().push(Box::pin(async move {
                        if let Ok(token) = tab.access_token(30_000, 1_000).await {
                            // It may have been read just before somebody signed out.
                            assert!(shared.stored_token().is_none_or(|stored| token.matches(&stored)));
                        }
                    }));
                    world.settle();
                }
                Act::Refresh(tab) => {
                    let tab = tabs[tab].clone();
                    world.tasks.borrow_mut().push(Box::pin(async move {
                        if let Ok(stale) = tab.current_token() {
                            let _ = tab.refresh(&stale, 1_000).await;
                        }
                    }));
                    world.settle();
                }
                Act::LogOut(tab) => {
                    let tab = tabs[tab].clone();
                    let stored = world.stored_token();
                    let left = world.run(async move { tab.logout().await });
                    let left = left.map(|record| record.tokens.access_token.expose().to_owned());
                    prop_assert_eq!(left, stored, "what is revoked is the newest");
                    is_signed_in = false;
                }
                // What a page has sent is lost with it: the next one cannot but send the same again.
                Act::Reload(tab) => if world.asked.get() == world.answered.get() {
                    tabs[tab] = open(&world);
                }
                Act::Answer => {
                    world.answered.set(world.asked.get());
                    world.settle();
                }
                Act::Wait(seconds) => world.now.set(world.now.get() + seconds * 1_000),
                Act::Clear => {
                    world.stored.take();
                    is_signed_in = false;
                }
            }
        }
        while world.asked.get() > world.answered.get() {
            world.answered.set(world.asked.get());
            world.settle();
        }
        prop_assert!(world.tasks.borrow().is_empty(), "everybody has an answer");
        prop_assert!(world.held.borrow().is_empty(), "all locks are free");
        let stored = world.stored_token();
        prop_assert_eq!(stored.is_some(), is_signed_in);
        for tab in tabs {
            let looking = tab.clone();
            world.run(async move { looking.look().await });
            let seen = tab.record().map(|record| record.tokens.access_token.expose().to_owned());
            prop_assert_eq!(seen, stored.clone().filter(|_| !tab.has_ended()));
        }
    }

    #[test]
    fn e07_a_sign_in_is_newer_than_whatever_this_tab_has_seen(clocks in prop::collection::vec(0_u64..1 << 40, 1..12), refreshes: bool) {
        let world = Rc::new(World::default());
        let (tab, sibling) = (open(&world), open(&world));
        for now in clocks {
            world.now.set(now);
            let (access, refresh) = world.fresh_tokens();
            let tokens = TokenResponse {
                access_token: secret(&access),
                expires_in: None,
                refresh_token: Some(secret(&refresh)),
                id_token: None,
                scope: None,
            };
            let (signing, looking) = (tab.clone(), sibling.clone());
            world.run(async move { signing.establish("authorization_code", tokens).await }).unwrap();
            if refreshes {
                let (stale, refreshing) = (secret(&access), tab.clone());
                world.answered.set(u32::MAX);
                world.run(async move { refreshing.refresh(&stale, 1_000).await }).unwrap();
            }
            world.run(async move { looking.look().await });
            let seen = sibling.record().map(|record| record.tokens.access_token.expose().to_owned());
            prop_assert_eq!(seen, world.stored_token(), "whatever the clock says");
        }
    }
}
