//! Whose turn it is, and which record is the newest: one row per key in IndexedDB, whose transactions take effect one
//! after the other in the whole browser; and the Web Lock that puts those who wait in line.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::world::World;

/// How long a turn lasts beyond the timeout of its request, in milliseconds.
pub const GRACE: u64 = 2_000;

#[derive(Clone, Default)]
pub struct Row {
    /// Number of the turn; 0 when nobody has it.
    pub holder: u64,
    /// On the wall clock.
    pub since: u64,
    pub until: u64,
    /// It was taken without the lock, and stands even against whoever has the lock.
    pub has_no_lock: bool,
    pub generation: u64,
    /// The family of the newest record: two sign-ins may come by the same generation.
    pub family: usize,
    pub is_removed: bool,
}

impl Row {
    /// Whether the turn is in force. One that began in the future was written before the clock was set back.
    pub fn is_taken(&self, now: u64) -> bool {
        self.holder != 0 && self.since <= now && now < self.until
    }
}

#[derive(Default)]
struct Lock {
    /// Turn and tab.
    holder: Option<(u64, usize)>,
    waiting: VecDeque<(u64, usize)>,
    /// Whether the holder's tab has heard of it.
    is_told: bool,
}

pub struct Ledger {
    pub rows: RefCell<Vec<Row>>,
    locks: RefCell<Vec<Lock>>,
}

impl Ledger {
    pub fn new(keys: usize) -> Self {
        Self {
            rows: RefCell::new(vec![Row::default(); keys]),
            locks: RefCell::new((0..keys).map(|_| Lock::default()).collect()),
        }
    }

    pub fn row(&self, key: usize) -> Row {
        self.rows.borrow()[key].clone()
    }

    /// Waits in line.
    pub fn request(&self, world: &Rc<World>, key: usize, turn: u64, tab: usize) {
        self.locks.borrow_mut()[key].waiting.push_back((turn, tab));
        self.grant(world, key);
    }

    /// Whether the lock was granted, and the tab has heard of it.
    pub fn is_granted(&self, key: usize, turn: u64) -> bool {
        let lock = &self.locks.borrow()[key];
        lock.is_told && self.is_held_by(lock, turn)
    }

    fn is_held_by(&self, lock: &Lock, turn: u64) -> bool {
        lock.holder.is_some_and(|(holder, _)| holder == turn)
    }

    /// Leaves the line, or gives the lock to the next.
    pub fn release(&self, world: &Rc<World>, key: usize, turn: u64) {
        {
            let mut locks = self.locks.borrow_mut();
            let lock = &mut locks[key];
            lock.waiting.retain(|(waiting, _)| *waiting != turn);
            if self.is_held_by(lock, turn) {
                lock.holder = None;
            }
        }
        self.grant(world, key);
    }

    /// The browser gives the locks of a tab that is gone to the next.
    pub fn locks_of_dead(&self, world: &Rc<World>, tab: usize) {
        for key in 0..world.setting.keys {
            {
                let lock = &mut self.locks.borrow_mut()[key];
                lock.waiting.retain(|(_, waiting)| *waiting != tab);
                if lock.holder.is_some_and(|(_, holder)| holder == tab) {
                    lock.holder = None;
                }
            }
            self.grant(world, key);
        }
    }

    fn grant(&self, world: &Rc<World>, key: usize) {
        let mut locks = self.locks.borrow_mut();
        let lock = &mut locks[key];
        if lock.holder.is_some() {
            return;
        }
        let Some((turn, tab)) = lock.waiting.pop_front() else { return };
        lock.holder = Some((turn, tab));
        lock.is_told = false;
        let delay = world.random.below(20);
        world.later(Some(tab), true, delay, "the lock is granted", move |world| {
            let lock = &mut world.ledger.locks.borrow_mut()[key];
            if lock.holder.is_some_and(|(holder, _)| holder == turn) {
                lock.is_told = true;
            }
        });
    }
}
