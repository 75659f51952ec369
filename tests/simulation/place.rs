//! The place of one key in one tab: what is stored, what is in memory, and what the ledger says of both.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use space_auth_wasm::session::ports::{Kept, Refused};

use crate::invariants;
use crate::ledger::Row;
use crate::store::{Mark, mark};
use crate::turn::Turn;
use crate::world::World;

/// How often a reading asks for the newest record, and how long it waits each time, in milliseconds.
const TIMES: u64 = 5;
const AGAIN: u64 = 200;

#[derive(Clone)]
pub struct Place {
    pub world: Rc<World>,
    pub tab: usize,
    pub key: usize,
}

#[derive(Clone)]
pub enum Message {
    /// A record that could not be stored.
    Text(String),
    /// A record was removed.
    Removed,
    /// Somebody misses a record.
    Asks,
    /// Somebody has given back a turn.
    Free,
}

impl Place {
    /// A transaction on the row of this key. While it goes on, no other does; what `change` does to the store happens
    /// meanwhile, and so in the same order everywhere.
    pub async fn transact<T: 'static>(
        &self,
        label: &'static str,
        change: impl FnOnce(&Rc<World>, &mut Row) -> T + 'static,
    ) -> T {
        let slot = Rc::new(RefCell::new(None));
        let (result, tab, key) = (slot.clone(), self.tab, self.key);
        let delay = self.world.random.below(25);
        self.world.later(Some(tab), true, delay, label, move |world| {
            let mut row = world.ledger.row(key);
            let value = change(world, &mut row);
            world.ledger.rows.borrow_mut()[key] = row;
            let delay = world.random.below(15);
            world.later(Some(tab), true, delay, "hears of its transaction", move |_| {
                *result.borrow_mut() = Some(value);
            });
        });
        poll_fn(|_| slot.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
    }

    fn stored(&self) -> Option<String> {
        self.world.store.get(self.world.tab(self.tab).process, self.key)
    }

    fn kept(&self) -> Option<String> {
        self.world.tab(self.tab).memory.borrow()[self.key].clone()
    }

    fn keep(&self, text: Option<String>) {
        self.world.tab(self.tab).memory.borrow_mut()[self.key] = text;
    }

    /// The newer one of what is stored and what is in memory.
    fn seen(&self) -> Option<String> {
        [self.stored(), self.kept()].into_iter().flatten().max_by_key(|text| mark(text).generation)
    }

    /// What the ledger says is the newest.
    fn exact(&self, row: &Row) -> Option<String> {
        let is_it = |text: &String| {
            let Mark { generation, family, .. } = mark(text);
            (generation, family) == (row.generation, row.family)
        };
        [self.kept(), self.stored()].into_iter().flatten().find(is_it)
    }

    async fn pause(&self, milliseconds: u64) {
        self.world.timer(self.tab, milliseconds).await;
    }

    /// Without a turn: what is seen. Where nothing is, somebody may have it in memory.
    pub async fn read(&self) -> Option<String> {
        self.pause(self.world.random.below(10)).await;
        let seen = self.seen();
        if seen.is_some() {
            return seen;
        }
        let row = self.transact("reads the row", |_, row| row.clone()).await;
        if row.is_removed || row.generation == 0 {
            // By now it may be otherwise.
            return seen;
        }
        self.wait_for(&row).await.or_else(|| self.seen())
    }

    pub async fn read_in(&self, turn: &Turn) -> Result<Option<String>, Refused> {
        let number = turn.number;
        let row = self.transact("reads the row in its turn", move |_, row| row.clone()).await;
        turn.generation.set(row.generation);
        turn.family.set(row.family);
        if row.holder != number {
            return Err(Refused);
        }
        if row.is_removed {
            self.heal().await;
            return Ok(None);
        }
        let text = if row.generation == 0 { None } else { self.wait_for(&row).await };
        let text = text.or_else(|| self.seen());
        // Whoever was asleep meanwhile must not send anything.
        let is_in_time = row.is_taken(self.world.now()) && self.world.monotonic(self.tab) < turn.until.get();
        if is_in_time { Ok(text) } else { Err(Refused) }
    }

    async fn wait_for(&self, row: &Row) -> Option<String> {
        for time in 0..TIMES {
            let exact = self.exact(row);
            if exact.is_some() {
                return exact;
            }
            self.world.coverage.borrow_mut().waits_for_text += u64::from(time == 0);
            self.tell(&Message::Asks);
            // Counted, not measured: whoever awakes hears the others first.
            self.pause(AGAIN).await;
        }
        self.exact(row)
    }

    pub async fn write(&self, text: &str, turn: Option<&Turn>) -> Kept {
        let written = mark(text);
        let (place, text) = (self.clone(), text.to_owned());
        let expected = turn.map(|turn| (turn.number, turn.generation.get(), turn.family.get()));
        let kept = self.transact("writes the row", move |world, row| {
            let newest = row.generation.max(place.seen().map_or(0, |text| mark(&text).generation));
            let is_in_time = match expected {
                Some(expected) => expected == (row.holder, row.generation, row.family),
                None => newest < written.generation,
            };
            if !is_in_time {
                return Kept::Superseded(newest);
            }
            row.generation = written.generation;
            row.family = written.family;
            row.is_removed = false;
            invariants::check_write(world, &place, written, expected.is_none());
            place.put(&text)
        });
        let kept = kept.await;
        match turn {
            _ if matches!(kept, Kept::Superseded(_)) => {
                self.world.coverage.borrow_mut().superseded += 1;
                self.world.log(|| format!("tab {}: superseded r-{}-{}", self.tab, written.family, written.number));
            }
            Some(turn) => {
                turn.generation.set(written.generation);
                turn.family.set(written.family);
            }
            None => {}
        }
        kept
    }

    fn put(&self, text: &str) -> Kept {
        let is_full = self.world.store.is_full.get();
        let landed = mark(text);
        self.world.history.borrow_mut().landed(landed, !is_full, self.world.time());
        self.world.log(|| format!("tab {}: stores {landed:?}; in memory: {is_full}", self.tab));
        self.world.tab(self.tab).written.borrow_mut()[self.key] = Some(text.to_owned());
        if !is_full {
            self.keep(None);
            self.world.store.set(&self.world, self.tab, self.key, Some(text.to_owned()));
            return Kept::Stored;
        }
        self.world.coverage.borrow_mut().in_memory += 1;
        self.world.history.borrow_mut().removed[self.key] = Some(self.world.time());
        // What is still stored is older than this: its refresh token may be used up.
        self.keep(Some(text.to_owned()));
        self.world.store.set(&self.world, self.tab, self.key, None);
        self.tell(&Message::Text(text.to_owned()));
        Kept::InMemory
    }

    pub async fn remove(&self, family: Option<usize>, only: Option<&str>) {
        let by_logout = invariants::check_removal(&self.world, self, family, only);
        if only.is_none() {
            self.forget();
        }
        let (place, only) = (self.clone(), only.map(ToOwned::to_owned));
        let removal = self.transact("removes the row", move |world, row| {
            let is_it = |text: &String| {
                let Mark { generation, family, .. } = mark(text);
                (generation, family) == (row.generation, row.family)
            };
            if only.as_ref().is_some_and(|text| row.is_removed || !is_it(text)) {
                // What is no record at all. Else another record is on its way, and must not be removed in its stead.
                if place.seen() == only && only.is_some_and(|text| mark(&text).generation == 0) {
                    place.forget();
                }
                return;
            }
            row.generation = world.now().max(row.generation + 1);
            row.is_removed = true;
            invariants::check_removed(world, &place, family, by_logout);
            place.forget();
            place.tell(&Message::Removed);
        });
        removal.await;
        // No event tells this very tab, in which there may be a later engine already.
        self.world.look(self.tab, self.key);
    }

    fn forget(&self) {
        self.keep(None);
        self.world.store.set(&self.world, self.tab, self.key, None);
    }

    /// Localstorage may have put writes of two processes in another order than the ledger: whoever sees that what is
    /// stored was removed removes it, and whoever has written the newest record writes it again.
    async fn heal(&self) {
        let place = self.clone();
        let changed = self.transact("compares with the row", move |world, row| {
            if row.is_removed {
                let is_seen = place.seen().is_some();
                place.forget();
                return is_seen;
            }
            let written = world.tab(place.tab).written.borrow()[place.key].clone();
            let is_newest = |text: &String| (mark(text).generation, mark(text).family) == (row.generation, row.family);
            let Some(written) = written.filter(is_newest) else { return false };
            // Where nothing is stored, somebody is about to log out, and may not come to tell the ledger.
            let is_replaced = place.stored().is_some_and(|text| !is_newest(&text));
            if is_replaced {
                world.coverage.borrow_mut().written_again += 1;
                place.put(&written);
            }
            is_replaced
        });
        if changed.await {
            self.world.look(self.tab, self.key);
        }
    }

    /// What is stored has changed.
    pub fn notice(self) {
        let (world, tab) = (self.world.clone(), self.tab);
        world.look(tab, self.key);
        world.spawn(tab, Box::pin(async move { self.heal().await }));
    }

    pub fn tell(&self, message: &Message) {
        for tab in self.world.numbers_of_tabs(|tab| tab.is_alive.get()) {
            if tab != self.tab {
                let (message, place) = (message.clone(), Self { tab, ..self.clone() });
                let delay = self.world.random.below(60);
                self.world.later(Some(tab), true, delay, "hears a message", move |_| place.hear(message));
            }
        }
    }

    fn hear(self, message: Message) {
        match message {
            Message::Free => {
                let heard = &self.world.tab(self.tab).heard_free[self.key];
                heard.set(heard.get() + 1);
            }
            Message::Asks => {
                if let Some(text) = self.kept() {
                    self.tell(&Message::Text(text));
                }
            }
            Message::Removed => self.notice(),
            Message::Text(text) => {
                let (world, tab) = (self.world.clone(), self.tab);
                world.spawn(tab, Box::pin(async move { self.take_over(text).await }));
            }
        }
    }

    /// A record that somebody has in memory, if it is still the newest.
    async fn take_over(self, text: String) {
        let place = self.clone();
        let heard = mark(&text);
        let taken = self.transact("is handed a record", move |_, row| {
            let is_newest = !row.is_removed && (row.generation, row.family) == (heard.generation, heard.family);
            let is_missing = is_newest && place.exact(row).is_none();
            if is_missing {
                place.keep(Some(text));
            }
            is_missing
        });
        if taken.await {
            self.world.coverage.borrow_mut().handed_over += 1;
            self.world.look(self.tab, self.key);
        }
    }
}
