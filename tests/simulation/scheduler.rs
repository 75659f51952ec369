//! What happens next: something that is on its way arrives, somebody does something, or something breaks.

use std::rc::Rc;

use space_auth_wasm::protocol::error::{AuthError, Code};
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::engine::{Engine, Live};

use crate::history::{Call, End};
use crate::invariants::{self, Invariant};
use crate::ports::Sim;
use crate::server;
use crate::store::mark;
use crate::world::World;

/// How many operations may still be on their way when a seed ends; far more than there can be.
const MOST: u64 = 20_000;

impl World {
    pub fn simulate(self: &Rc<Self>, steps: u64) -> u64 {
        for _ in 0..self.setting.tabs {
            self.open_tab();
        }
        for key in 0..self.setting.keys {
            self.sign_in(0, key);
        }
        self.run();
        let mut taken = 0;
        while taken < steps && self.broken.borrow().is_none() {
            self.step();
            taken += 1;
        }
        taken + self.settle()
    }

    fn step(self: &Rc<Self>) {
        if self.random.chance(8) {
            self.act();
        } else if !self.fire() {
            // Nothing is on its way: most often until tokens expire.
            self.pass(self.random.below(u64::from(self.server.borrow().life) * 1_200));
            if self.random.chance(50) {
                self.act();
            } else {
                self.all_ask();
            }
        }
        self.run();
        invariants::check_step(self);
    }

    /// No more faults: what is on its way arrives, and every tab looks once more.
    fn settle(self: &Rc<Self>) -> u64 {
        let mut taken = 0;
        self.log(|| "-- everything comes to rest".to_owned());
        for number in self.numbers_of_tabs(|tab| tab.is_alive.get() && tab.is_frozen.get()) {
            self.thaw(number);
        }
        self.run();
        for is_last in [false, true] {
            while taken < MOST && self.broken.borrow().is_none() && self.fire() {
                self.run();
                invariants::check_step(self);
                taken += 1;
            }
            for tab in self.numbers_of_tabs(|tab| !is_last && tab.is_awake()) {
                for key in 0..self.setting.keys {
                    self.look(tab, key);
                }
            }
            self.run();
        }
        self.demand(taken < MOST, Invariant::Deadline, || "it never comes to rest".to_owned());
        if self.broken.borrow().is_none() {
            invariants::check_quiet(self);
        }
        taken
    }

    fn act(self: &Rc<Self>) {
        let awake = self.numbers_of_tabs(crate::world::Tab::is_awake);
        let frozen = self.numbers_of_tabs(|tab| tab.is_alive.get() && tab.is_frozen.get());
        let key = self.random.index(self.setting.keys);
        if awake.is_empty() {
            match frozen.first() {
                Some(number) => self.awaken(*number),
                None => self.open_and_restore(),
            }
            return;
        }
        let tab = awake[self.random.index(awake.len())];
        match self.random.weighted(&[24, 20, 10, 4, 4, 5, 5, 8, 9, 6, 3, 3, 1, 3, 1, 5]) {
            0 => self.all_ask(),
            1 => self.ask(tab, key),
            2 => self.refresh(tab, key),
            3 => self.look(tab, key),
            4 => self.log_out(tab, key),
            5 => self.sign_in(tab, key),
            6 => self.strike(tab),
            7 => self.doze(tab),
            8 if !frozen.is_empty() => self.awaken(frozen[self.random.index(frozen.len())]),
            9 => self.open_and_restore(),
            10 => self.fill(true),
            11 => self.fill(false),
            12 => self.clear_store(),
            13 => self.jump(),
            14 => self.revoke(key),
            _ => self.reopen(tab, key),
        }
    }

    /// Every tab needs a token at once.
    fn all_ask(self: &Rc<Self>) {
        let key = self.random.index(self.setting.keys);
        for tab in self.numbers_of_tabs(crate::world::Tab::is_awake) {
            self.ask(tab, key);
        }
    }

    fn call<T: 'static>(
        self: &Rc<Self>,
        engine: &Rc<Engine<Sim>>,
        name: &'static str,
        limit: u64,
        work: impl Future<Output = T> + 'static,
        check: impl FnOnce(&Rc<Self>, &Call, T) + 'static,
    ) {
        let (tab, key) = (engine.ports.place.tab, engine.ports.place.key);
        let frozen = self.frozen(tab);
        let call = Call { number: self.number(), tab, key, name, started: self.time(), frozen, limit };
        self.log(|| format!("tab {tab} key {key}: calls {name}"));
        self.history.borrow_mut().calls.push(call.clone());
        let (world, engine) = (self.clone(), engine.clone());
        self.spawn(
            tab,
            Box::pin(async move {
                let outcome = work.await;
                engine.ports.observe(&engine);
                world.history.borrow_mut().calls.retain(|open| open.number != call.number);
                check(&world, &call, outcome);
            }),
        );
    }

    fn engine(&self, tab: usize, key: usize) -> Rc<Engine<Sim>> {
        self.tab(tab).engines.borrow()[key].clone()
    }

    /// As long as a refresh may take: the turn, the request, and every reading in between.
    fn limit(&self) -> u64 {
        3 * u64::from(self.setting.timeout) + 9_000
    }

    fn ask(self: &Rc<Self>, tab: usize, key: usize) {
        let engine = self.engine(tab, key);
        let (timeout, asked) = (self.setting.timeout, engine.clone());
        if self.history.borrow().calls.iter().any(|call| (call.tab, call.key) == (tab, key)) {
            self.coverage.borrow_mut().shared += 1;
        }
        let work = async move { engine.access_token(30_000, timeout).await };
        self.call(&asked.clone(), "access_token", self.limit(), work, move |world, call, outcome| {
            world.check_token_call(call, &asked, outcome);
        });
    }

    fn check_token_call(&self, call: &Call, engine: &Engine<Sim>, outcome: Result<Rc<Live>, AuthError>) {
        let signed_in = engine.record().and(engine.ports.family.get());
        self.log(|| match &outcome {
            Ok(live) => format!("tab {} key {}: {} gives {}", call.tab, call.key, call.name, live.token()),
            Err(error) => format!("tab {} key {}: {} fails: {}", call.tab, call.key, call.name, error.code.as_str()),
        });
        match outcome {
            Ok(live) => invariants::check_token(self, call, live.token(), signed_in),
            Err(error) => self.check_failure(&error, signed_in),
        }
    }

    fn check_failure(&self, error: &AuthError, signed_in: Option<usize>) {
        invariants::check_error(self, error);
        let is_lawful = error.retryable || signed_in.is_none() || matches!(error.code, Code::Server(_));
        self.demand(is_lawful, Invariant::Retryable, || {
            format!("{} though family {signed_in:?} is signed in", error.code.as_str())
        });
    }

    fn refresh(self: &Rc<Self>, tab: usize, key: usize) {
        let engine = self.engine(tab, key);
        let Ok(live) = engine.current() else { return };
        let (timeout, asked) = (self.setting.timeout, engine.clone());
        let work = async move { engine.refresh(Some(live.token()), timeout).await };
        self.call(&asked.clone(), "refresh", self.limit(), work, move |world, call, outcome| {
            world.check_token_call(call, &asked, outcome);
        });
    }

    pub fn look(self: &Rc<Self>, tab: usize, key: usize) {
        let engine = self.engine(tab, key);
        let asked = engine.clone();
        self.call(&asked, "look", 4_000, async move { engine.look().await }, |_, _, ()| ());
    }

    fn log_out(self: &Rc<Self>, tab: usize, key: usize) {
        self.coverage.borrow_mut().logouts += 1;
        if self.history.borrow().is_refreshing(key) {
            self.coverage.borrow_mut().logouts_in_refresh += 1;
        }
        let engine = self.engine(tab, key);
        let asked = engine.clone();
        self.call(&asked, "logout", 5_000, async move { drop(engine.logout().await) }, |_, _, ()| ());
    }

    /// A user signs in, each time another one; where a session has ended, with an engine of its own.
    pub fn sign_in(self: &Rc<Self>, tab: usize, key: usize) {
        if self.engine(tab, key).has_ended() {
            self.tab(tab).engines.borrow_mut()[key] = Sim::engine(self, tab, key);
        }
        if self.history.borrow().is_refreshing(key) {
            self.coverage.borrow_mut().sign_ins_in_refresh += 1;
        }
        let family = self.server.borrow_mut().sign_in(key);
        self.log(|| format!("a user signs in: family {family}"));
        let tokens = TokenResponse {
            access_token: Secret::new(server::access_token(family, 1)),
            expires_in: Some(self.server.borrow().life),
            refresh_token: Some(Secret::new(server::refresh_token(family, 1))),
            id_token: None,
            scope: None,
        };
        let engine = self.engine(tab, key);
        let asked = engine.clone();
        let work = async move { engine.establish("authorization_code", &format!("f{family}"), tokens).await };
        self.call(&asked.clone(), "establish", 6_000, work, move |world, call, outcome| {
            let Err(error) = outcome else { return };
            invariants::check_error(world, &error);
            world.demand(asked.has_ended(), Invariant::LawfulEnd, || {
                format!("nobody signs in to tab {}: {}", call.tab, error.code.as_str())
            });
        });
    }

    fn strike(self: &Rc<Self>, number: usize) {
        self.log(|| format!("tab {number} is killed"));
        self.coverage.borrow_mut().kills += 1;
        if self.history.borrow().has_turn(number) {
            self.coverage.borrow_mut().killed_turns += 1;
        }
        self.lose_memory(number);
        self.kill(number);
        self.history.borrow_mut().calls.retain(|call| call.tab != number);
        if self.numbers_of_tabs(|tab| tab.is_alive.get()).len() < 2 {
            self.open_and_restore();
        }
    }

    fn doze(self: &Rc<Self>, number: usize) {
        self.log(|| format!("tab {number} is frozen"));
        if self.history.borrow().has_turn(number) {
            self.coverage.borrow_mut().frozen_turns += 1;
        }
        self.lose_memory(number);
        self.freeze(number);
        let is_refreshing = |key: &usize| self.history.borrow().is_refreshing(*key);
        if let Some(key) = (0..self.setting.keys).find(is_refreshing).filter(|_| self.random.chance(30)) {
            let delay = self.random.below(200);
            self.later(None, false, delay, "somebody logs out just now", move |world| world.pounce(key, Self::log_out));
        }
    }

    /// Does in some tab what is most in the way of the others.
    pub fn pounce(self: &Rc<Self>, key: usize, act: fn(&Rc<Self>, usize, usize)) {
        let awake = self.numbers_of_tabs(crate::world::Tab::is_awake);
        if !awake.is_empty() {
            act(self, awake[self.random.index(awake.len())], key);
        }
    }

    fn awaken(self: &Rc<Self>, number: usize) {
        self.log(|| format!("tab {number} is awake again"));
        self.thaw(number);
        self.tab(number).is_dirty.set(true);
    }

    /// What only this tab has in memory is out of reach; and it cannot put right any more what localStorage has put in
    /// another order than the ledger.
    fn lose_memory(&self, number: usize) {
        let recent: Vec<_> = {
            let history = self.history.borrow();
            let is_recent = |key: &usize| {
                let (writer, written) = history.writer[*key];
                writer == number && self.time() < written + invariants::HEALING
            };
            (0..self.setting.keys).filter(is_recent).filter_map(|key| history.signed_in[key]).collect()
        };
        for family in recent {
            self.history.borrow_mut().end(family, self.time(), End::Lost);
        }
        let memory = self.tab(number).memory.borrow().clone();
        for (key, text) in memory.into_iter().enumerate() {
            let Some(family) = text.as_deref().map(mark).map(|mark| mark.family) else { continue };
            let others = self
                .tabs
                .borrow()
                .iter()
                .enumerate()
                .any(|(other, tab)| other != number && tab.is_awake() && tab.memory.borrow()[key] == text);
            if !others {
                self.history.borrow_mut().end(family, self.time(), End::Lost);
            }
        }
    }

    fn open_and_restore(self: &Rc<Self>) {
        if self.numbers_of_tabs(|tab| tab.is_alive.get()).len() >= 6 {
            return;
        }
        let tab = self.open_tab();
        self.log(|| format!("tab {tab} is opened in process {}", self.tab(tab).process));
        for key in 0..self.setting.keys {
            self.restore(tab, key);
        }
    }

    fn restore(self: &Rc<Self>, tab: usize, key: usize) {
        let engine = self.engine(tab, key);
        let (timeout, asked) = (self.setting.timeout, engine.clone());
        let work = async move { engine.restore(timeout).await };
        self.call(&asked, "restore", self.limit(), work, |world, _, outcome| {
            if let Err(error) = outcome {
                invariants::check_error(world, &error);
            }
        });
    }

    /// An app that saw its session end asks for it anew.
    fn reopen(self: &Rc<Self>, tab: usize, key: usize) {
        if self.engine(tab, key).has_ended() {
            self.tab(tab).engines.borrow_mut()[key] = Sim::engine(self, tab, key);
            self.restore(tab, key);
        }
    }

    fn fill(&self, is_full: bool) {
        self.log(|| format!("the store is full: {is_full}"));
        self.store.is_full.set(is_full);
    }

    fn clear_store(self: &Rc<Self>) {
        self.log(|| "the user clears the store".to_owned());
        self.coverage.borrow_mut().clears += 1;
        self.store.clear(self);
        self.ledger.rows.borrow_mut().fill(crate::ledger::Row::default());
        let mut history = self.history.borrow_mut();
        history.clear(self.time());
        for key in 0..self.setting.keys {
            history.newest[key] = None;
            if let Some(family) = history.signed_in[key].take() {
                history.end(family, self.time(), End::Cleared);
            }
        }
    }

    fn jump(&self) {
        self.coverage.borrow_mut().clock_jumps += 1;
        let far = [3_000, 60_000, 86_400_000, 315_360_000_000][self.random.index(4)];
        let by = self.random.below(far) as i64 * if self.random.chance(50) { 1 } else { -1 };
        self.log(|| format!("the clock is set by {by} ms"));
        self.set_clock(by);
    }

    fn revoke(&self, key: usize) {
        let mut server = self.server.borrow_mut();
        self.log(|| "the server revokes all sessions of a key".to_owned());
        for family in server.families.iter_mut().filter(|family| family.key == key) {
            family.is_revoked = true;
        }
    }
}
