//! Virtual time, the tabs, and all that is on its way: each a pending operation, which is finished when its time has
//! come. Operations that are due at the same instant are finished in random order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use space_auth_wasm::session::engine::Engine;

use crate::coverage::Coverage;
use crate::history::History;
use crate::invariants::Invariant;
use crate::ledger::Ledger;
use crate::ports::Sim;
use crate::random::Random;
use crate::server::Server;
use crate::store::Store;

pub type Task = Pin<Box<dyn Future<Output = ()>>>;
type Effect = Box<dyn FnOnce(&Rc<World>)>;

/// Where the wall clock stands when a world begins.
const EPOCH: i64 = 1_700_000_000_000;

/// Something that was asked for and is not done yet.
struct Operation {
    /// Goes away with this tab.
    origin: Option<usize>,
    /// Happens in the tab, and so only while it is not frozen.
    is_bound: bool,
    label: &'static str,
    effect: Effect,
    done: Rc<Done>,
}

/// What has become of an operation.
#[derive(Default)]
pub struct Done {
    is_done: Cell<bool>,
    is_forgotten: Cell<bool>,
}

/// Waits for a timer, which is forgotten by dropping this.
pub struct Wait(Rc<Done>);

impl Wait {
    pub fn is_done(&self) -> bool {
        self.0.is_done.get()
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.is_done() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.is_forgotten.set(true);
    }
}

/// A page, and the engines in it: one for each key.
pub struct Tab {
    pub process: usize,
    pub is_alive: Cell<bool>,
    pub is_frozen: Cell<bool>,
    opened: u64,
    frozen_since: Cell<u64>,
    /// When it was last awakened.
    pub thawed: Cell<u64>,
    frozen_before: Cell<u64>,
    pub tasks: RefCell<Vec<Task>>,
    pub is_dirty: Cell<bool>,
    /// By key: what the store refused to keep.
    pub memory: RefCell<Vec<Option<String>>>,
    /// By key: what this tab has written last.
    pub written: RefCell<Vec<Option<String>>>,
    /// By key: how often it was heard that a turn was given back.
    pub heard_free: Vec<Cell<u64>>,
    pub engines: RefCell<Vec<Rc<Engine<Sim>>>>,
}

impl Tab {
    pub fn is_awake(&self) -> bool {
        self.is_alive.get() && !self.is_frozen.get()
    }
}

/// What differs from seed to seed.
pub struct Setting {
    pub has_locks: bool,
    pub keys: usize,
    pub processes: usize,
    pub tabs: usize,
    pub timeout: u32,
    /// How many of a hundred requests meet a fault.
    pub faults: u64,
}

pub struct World {
    pub setting: Setting,
    pub random: Random,
    time: Cell<u64>,
    wall: Cell<i64>,
    /// When the wall clock was last set.
    pub clock_set: Cell<u64>,
    pending: RefCell<BTreeMap<(u64, u64, u64), Operation>>,
    numbers: Cell<u64>,
    pub tabs: RefCell<Vec<Rc<Tab>>>,
    pub store: Store,
    pub ledger: Ledger,
    pub server: RefCell<Server>,
    pub history: RefCell<History>,
    pub coverage: RefCell<Coverage>,
    pub broken: RefCell<Option<(Invariant, String)>>,
    trace: Option<RefCell<Vec<String>>>,
}

impl World {
    pub fn new(seed: u64, is_traced: bool) -> Rc<Self> {
        let random = Random::new(seed);
        let setting = Setting {
            has_locks: random.chance(60),
            keys: random.between(1, 2) as usize,
            processes: random.between(1, 3) as usize,
            tabs: random.between(2, 6) as usize,
            timeout: [1_000, 3_000, 10_000][random.index(3)],
            faults: [0, 5, 30][random.index(3)],
        };
        let server = Server { life: random.between(2, 8) as u32, ..Server::default() };
        let world = Rc::new(Self {
            time: Cell::new(0),
            wall: Cell::new(EPOCH),
            clock_set: Cell::new(0),
            pending: RefCell::default(),
            numbers: Cell::new(0),
            tabs: RefCell::default(),
            store: Store::new(setting.processes, setting.keys),
            ledger: Ledger::new(setting.keys),
            server: RefCell::new(server),
            history: RefCell::new(History::new(setting.keys)),
            coverage: RefCell::default(),
            broken: RefCell::default(),
            trace: is_traced.then(RefCell::default),
            random,
            setting,
        });
        world.log(|| {
            let setting = &world.setting;
            format!(
                "{} tabs in {} processes, {} keys, {}, timeout {} ms, tokens live {} s, faults {} %",
                setting.tabs,
                setting.processes,
                setting.keys,
                if setting.has_locks { "Web Locks" } else { "no Web Locks" },
                setting.timeout,
                world.server.borrow().life,
                setting.faults
            )
        });
        world
    }

    pub fn number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Milliseconds since the world began.
    pub fn time(&self) -> u64 {
        self.time.get()
    }

    /// Milliseconds since the Unix epoch, as the machine believes.
    pub fn now(&self) -> u64 {
        self.wall.get().saturating_add_unsigned(self.time.get()).max(1) as u64
    }

    pub fn monotonic(&self, tab: usize) -> u64 {
        self.time.get() - self.tab(tab).opened
    }

    pub fn set_clock(&self, by: i64) {
        self.wall.set(self.wall.get() + by);
        self.clock_set.set(self.time.get());
    }

    pub fn pass(&self, milliseconds: u64) {
        self.time.set(self.time.get() + milliseconds);
    }

    pub fn tab(&self, tab: usize) -> Rc<Tab> {
        self.tabs.borrow()[tab].clone()
    }

    pub fn log(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.borrow_mut().push(format!("{:>8} ms  {}", self.time.get(), line()));
        }
    }

    pub fn trace(&self) -> Vec<String> {
        self.trace.as_ref().map(|trace| trace.borrow().clone()).unwrap_or_default()
    }

    /// The first broken invariant counts.
    pub fn demand(&self, holds: bool, invariant: Invariant, what: impl FnOnce() -> String) {
        if !holds && self.broken.borrow().is_none() {
            let what = what();
            self.log(|| format!("BROKEN {}: {what}", invariant.name()));
            *self.broken.borrow_mut() = Some((invariant, what));
        }
    }

    /// Something that happens `delay` milliseconds from now: in a tab, or without one.
    pub fn later(
        &self,
        origin: Option<usize>,
        is_bound: bool,
        delay: u64,
        label: &'static str,
        effect: impl FnOnce(&Rc<World>) + 'static,
    ) {
        self.at(origin, is_bound, self.time.get() + delay, self.random.next(), label, effect);
    }

    /// Time that passes for a tab.
    pub fn timer(&self, tab: usize, delay: u64) -> Wait {
        Wait(self.at(Some(tab), true, self.time.get() + delay, self.random.next(), "a timer rings", |_| ()))
    }

    /// The same at an instant, where order matters: what has the lesser `rank` comes first.
    pub fn at(
        &self,
        origin: Option<usize>,
        is_bound: bool,
        due: u64,
        rank: u64,
        label: &'static str,
        effect: impl FnOnce(&Rc<World>) + 'static,
    ) -> Rc<Done> {
        let done = Rc::new(Done::default());
        let operation = Operation { origin, is_bound, label, effect: Box::new(effect), done: done.clone() };
        self.pending.borrow_mut().insert((due, rank, self.number()), operation);
        done
    }

    /// Finishes the next operation; false when there is none, or when none can get further.
    pub fn fire(self: &Rc<Self>) -> bool {
        let next = {
            let tabs = self.tabs.borrow();
            let mut pending = self.pending.borrow_mut();
            pending.retain(|_, operation| !(operation.is_bound && operation.done.is_forgotten.get()));
            let key = pending
                .iter()
                .find(|(_, operation)| !operation.is_bound || operation.origin.is_none_or(|tab| tabs[tab].is_awake()))
                .map(|(key, _)| *key);
            key.and_then(|key| Some((key.0, pending.remove(&key)?)))
        };
        let Some((due, operation)) = next else { return false };
        self.time.set(self.time.get().max(due));
        self.log(|| match operation.origin {
            Some(tab) => format!("tab {tab}: {}", operation.label),
            None => operation.label.to_owned(),
        });
        operation.done.is_done.set(true);
        (operation.effect)(self);
        if let Some(tab) = operation.origin {
            self.tab(tab).is_dirty.set(true);
        }
        true
    }

    /// Polls all work in the tabs in which something has arrived, until none of it gets further, just as the module
    /// does in a browser.
    pub fn run(self: &Rc<Self>) {
        let mut context = Context::from_waker(Waker::noop());
        let tabs = self.tabs.borrow().clone();
        for tab in tabs {
            while tab.is_awake() && tab.is_dirty.replace(false) {
                let mut tasks = tab.tasks.take();
                let before = tasks.len();
                tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
                let is_progress = tasks.len() != before;
                let spawned = tab.tasks.replace(tasks);
                let is_spawned = !spawned.is_empty();
                tab.tasks.borrow_mut().extend(spawned);
                tab.is_dirty.set(tab.is_dirty.get() || is_progress || is_spawned);
                for engine in tab.engines.borrow().iter() {
                    engine.ports.observe(engine);
                }
            }
        }
    }

    pub fn spawn(&self, tab: usize, task: Task) {
        let tab = self.tab(tab);
        tab.tasks.borrow_mut().push(task);
        tab.is_dirty.set(true);
    }

    pub fn open_tab(self: &Rc<Self>) -> usize {
        let keys = self.setting.keys;
        let number = self.tabs.borrow().len();
        self.tabs.borrow_mut().push(Rc::new(Tab {
            process: self.random.index(self.setting.processes),
            is_alive: Cell::new(true),
            is_frozen: Cell::new(false),
            opened: self.time.get(),
            frozen_since: Cell::new(0),
            thawed: Cell::new(self.time.get()),
            frozen_before: Cell::new(0),
            tasks: RefCell::default(),
            is_dirty: Cell::new(false),
            memory: RefCell::new(vec![None; keys]),
            written: RefCell::new(vec![None; keys]),
            heard_free: (0..keys).map(|_| Cell::new(0)).collect(),
            engines: RefCell::default(),
        }));
        let engines = (0..keys).map(|key| Sim::engine(self, number, key)).collect();
        *self.tab(number).engines.borrow_mut() = engines;
        number
    }

    /// What it waits for is lost; what has left it already may take effect or not.
    pub fn kill(self: &Rc<Self>, number: usize) {
        let tab = self.tab(number);
        tab.is_alive.set(false);
        self.pending
            .borrow_mut()
            .retain(|_, operation| operation.origin != Some(number) || (!operation.is_bound && self.random.chance(50)));
        drop(tab.tasks.take());
        drop(tab.engines.take());
        tab.memory.borrow_mut().fill(None);
        tab.written.borrow_mut().fill(None);
        self.ledger.locks_of_dead(self, number);
    }

    pub fn freeze(&self, number: usize) {
        let tab = self.tab(number);
        tab.is_frozen.set(true);
        tab.frozen_since.set(self.time.get());
    }

    pub fn thaw(&self, number: usize) {
        let tab = self.tab(number);
        tab.is_frozen.set(false);
        tab.frozen_before.set(tab.frozen_before.get() + self.time.get() - tab.frozen_since.get());
        tab.thawed.set(self.time.get());
    }

    /// How long a tab has been frozen all in all.
    pub fn frozen(&self, number: usize) -> u64 {
        self.tab(number).frozen_before.get()
    }

    /// Whether a tab has been frozen, or is, at some time after `since`.
    pub fn was_frozen_since(&self, number: usize, since: u64) -> bool {
        let tab = self.tab(number);
        tab.is_frozen.get() || (tab.frozen_before.get() > 0 && tab.thawed.get() >= since)
    }

    pub fn numbers_of_tabs(&self, which: impl Fn(&Tab) -> bool) -> Vec<usize> {
        let tabs = self.tabs.borrow();
        tabs.iter().enumerate().filter(|(_, tab)| which(tab)).map(|(number, _)| number).collect()
    }

    /// Breaks the circles of reference, so that a world goes away with its seed.
    pub fn clear(&self) {
        let tabs = self.tabs.borrow().clone();
        for tab in tabs {
            tab.is_alive.set(false);
            drop(tab.tasks.take());
            drop(tab.engines.take());
        }
        drop(self.pending.take());
        self.tabs.borrow_mut().clear();
    }
}
