//! A turn: the row of the ledger says whose it is. Where there are Web Locks they put those who wait in line, and tell
//! at once that a holder has died; who waits for longer does without.

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
    /// On the clock of the tab, which nobody sets.
    pub until: Cell<u64>,
    current: Rc<Cell<u64>>,
}

impl Turn {
    /// Waits at most twice the timeout.
    pub async fn take(place: &Place, timeout: u64, current: Rc<Cell<u64>>) -> Option<Self> {
        let Place { world, tab, key } = place.clone();
        let limit = world.time() + 2 * timeout;
        let number = world.number();
        let nothing = || Cell::new(0);
        let (generation, family, until) = (nothing(), Cell::new(0), nothing());
        let turn = Self { number, place: place.clone(), generation, family, until, current };
        if world.setting.has_locks {
            world.ledger.request(&world, key, number, tab);
        }
        let has_locks = world.setting.has_locks;
        let ticket = Ticket { number, tab, timeout };
        loop {
            let heard = world.tab(tab).heard_free[key].get();
            let is_granted = || has_locks && world.ledger.is_granted(key, number);
            if has_locks && !is_granted() {
                turn.pause(is_granted).await;
            }
            let had_lock = is_granted();
            turn.until.set(world.monotonic(tab) + timeout + GRACE);
            if place.transact("takes its turn", move |world, row| ticket.take(world, row, had_lock)).await {
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
    timeout: u64,
}

impl Ticket {
    /// Whoever has the lock knows that the last one who had it is gone. Whoever has not, because a tab that has it is
    /// frozen, takes the turn when nobody has it, and keeps it even from those who will have the lock.
    fn take(self, world: &Rc<World>, row: &mut Row, has_lock: bool) -> bool {
        if row.is_taken(world.now()) && (!has_lock || row.has_no_lock) {
            return false;
        }
        if row.holder != 0 {
            crate::invariants::check_overtaking(world, row.holder);
        }
        row.holder = self.number;
        row.since = world.now();
        row.until = row.since + self.timeout + GRACE;
        row.has_no_lock = !has_lock;
        world.history.borrow_mut().began(self.number, self.tab, world.time());
        true
    }
}
