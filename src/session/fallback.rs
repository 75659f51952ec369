//! A store that falls back to memory where the real one is forbidden or full, so that a session is not lost.

use std::cell::RefCell;
use std::rc::Rc;

use super::ports::{Refused, Store};
use crate::protocol::secret::Secret;

/// Texts that live as long as the page; clones share them.
#[derive(Clone, Default, Debug)]
pub struct Memory(Rc<RefCell<Vec<(String, Secret)>>>);

impl Memory {
    /// The text under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().iter().find(|(present, _)| present == key).map(|(_, text)| text.expose().to_owned())
    }

    /// Replaces the text under `key`.
    pub fn set(&self, key: &str, text: &str) {
        self.remove(key);
        self.0.borrow_mut().push((key.to_owned(), Secret::new(text.to_owned())));
    }

    /// Forgets the text under `key`.
    pub fn remove(&self, key: &str) {
        self.0.borrow_mut().retain(|(present, _)| present != key);
    }
}

/// A store with memory behind it.
#[derive(Debug)]
pub struct Fallback<S> {
    store: S,
    memory: Memory,
}

impl<S: Store> Fallback<S> {
    /// Puts `memory` behind `store`.
    pub const fn new(store: S, memory: Memory) -> Self {
        Self { store, memory }
    }
}

impl<S: Store> Store for Fallback<S> {
    async fn read(&self, key: &str) -> Result<Option<String>, Refused> {
        match self.memory.get(key) {
            Some(text) => Ok(Some(text)),
            None => self.store.read(key).await,
        }
    }

    /// `Refused` means that the text is kept in memory only.
    async fn write(&self, key: &str, text: &str) -> Result<(), Refused> {
        let outcome = self.store.write(key, text).await;
        if outcome.is_ok() {
            self.memory.remove(key);
        } else {
            self.memory.set(key, text);
            // What is still stored is older than what memory holds: its refresh token may be used up.
            self.store.remove(key).await;
        }
        outcome
    }

    async fn remove(&self, key: &str) {
        self.memory.remove(key);
        self.store.remove(key).await;
    }
}
