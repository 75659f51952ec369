//! A turn: with Web Locks whoever is first in line takes it, and whoever waits takes it from a holder whose time is
//! over; without them the row of the ledger alone says whose turn it is.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::ledger::{GRACE, Row};
use crate::place::{Message, Place};
use crate::world::World;

/// How often those who wait look again, in milliseconds.
const AGAIN: u64 = 500;

pub struct Turn {
    pub number: u64,
    place: Place,
    /// The newest record as of the last reading under this turn.
    pub generation: Cell<u64>,
    pub family: Cell<usize>,
    current: Rc<Cell<u64>>,
}

impl Turn {
    /// Waits at most twice the timeout.
    pub async fn take(place: &Place, timeout: u64, current: Rc<Cell<u64>>) -> Option<Self> {
        let Place { world, tab, key } = place.clone();
        let limit = world.time() + 2 * timeout;
        let number = world.number();
        let turn = Self { number, place: place.clone(), generation: Cell::new(0), family: Cell::new(0), current };
        if world.setting.has_locks {
            world.ledger.request(&world, key, number, tab);
        }
        let mut before = (u64::MAX, 0);
        loop {
            let heard = world.tab(tab).heard_free[key].get();
            let is_granted = || world.setting.has_locks && world.ledger.is_granted(key, number);
            let mut had_lock = is_granted();
            if world.setting.has_locks && !had_lock {
                turn.pause(is_granted).await;
                had_lock = is_granted();
            }
            let ticket = Ticket { number, tab, key, timeout };
            let has_locks = world.setting.has_locks;
            let is_taken = match (has_locks, had_lock) {
                (false, _) => place.transact("takes its turn", move |world, row| ticket.take_free(world, row)).await,
                (true, true) => {
                    place.transact("takes its turn", move |world, row| ticket.take_locked(world, row)).await
                }
                (true, false) => {
                    let seen = place.transact("looks whose turn it is", |world, row| {
                        (!row.is_taken(world.now())).then_some((row.holder, row.until))
                    });
                    // Whoever has just been given the lock is about to say so.
                    match seen.await {
                        Some(seen) if seen == before => {
                            world.ledger.steal(key, number, tab);
                            place.transact("steals the turn", move |world, row| ticket.take_free(world, row)).await
                        }
                        seen => {
                            before = seen.unwrap_or((u64::MAX, 0));
                            false
                        }
                    }
                }
            };
            if is_taken {
                turn.current.set(number);
                return Some(turn);
            }
            if world.time() >= limit {
                return None;
            }
            if !has_locks || had_lock {
                turn.pause(|| !has_locks && world.tab(tab).heard_free[key].get() != heard).await;
            }
        }
    }

    async fn pause(&self, is_over: impl Fn() -> bool) {
        let timer = self.place.world.timer(self.place.tab, AGAIN);
        poll_fn(|_| if timer.is_done() || is_over() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Place { world, tab, key } = self.place.clone();
        if !world.tab(tab).is_alive.get() {
            return;
        }
        let number = self.number;
        if self.current.get() == number {
            self.current.set(0);
        }
        if world.history.borrow_mut().over(number) {
            world.coverage.borrow_mut().adoptions += 1;
        }
        if world.setting.has_locks {
            world.ledger.release(&world, key, number);
        }
        let place = self.place.clone();
        world.clone().spawn(
            tab,
            Box::pin(async move {
                let was_holder = place.transact("gives its turn back", move |_, row| {
                    let is_holder = row.holder == number;
                    if is_holder {
                        row.holder = 0;
                    }
                    is_holder
                });
                if was_holder.await && !place.world.random.chance(20) {
                    place.tell(&Message::Free);
                }
            }),
        );
    }
}

#[derive(Clone, Copy)]
struct Ticket {
    number: u64,
    tab: usize,
    key: usize,
    timeout: u64,
}

impl Ticket {
    fn take_free(self, world: &Rc<World>, row: &mut Row) -> bool {
        if row.is_taken(world.now()) {
            row.has_no_lock = true;
            return false;
        }
        self.take(world, row);
        true
    }

    /// The lock says that its last holder is gone, unless that one had lost it.
    fn take_locked(self, world: &Rc<World>, row: &mut Row) -> bool {
        let has_lock = world.ledger.is_granted(self.key, self.number);
        if !has_lock || (row.is_taken(world.now()) && row.has_no_lock) {
            return false;
        }
        self.take(world, row);
        true
    }

    fn take(self, world: &Rc<World>, row: &mut Row) {
        if row.holder != 0 {
            crate::invariants::check_overtaking(world, row.holder);
        }
        row.holder = self.number;
        row.since = world.now();
        row.until = row.since + self.timeout + GRACE;
        row.has_no_lock = !world.setting.has_locks;
        world.history.borrow_mut().began(self.number, self.tab, world.time());
    }
}
