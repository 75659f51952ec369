//! One result for many waiters: however many ask while it is on its way, the work is done once.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Work under way whose outcome every waiter gets.
#[derive(Debug)]
pub struct Flight<T> {
    outcome: RefCell<Option<T>>,
    waiters: RefCell<Vec<Waker>>,
}

impl<T: Clone> Flight<T> {
    /// Nothing has come back yet.
    #[must_use]
    pub fn new() -> Self {
        Self { outcome: RefCell::new(None), waiters: RefCell::new(Vec::new()) }
    }

    /// Gives the outcome to all who wait, and to all who come later.
    pub fn land(&self, outcome: T) {
        *self.outcome.borrow_mut() = Some(outcome);
        for waiter in self.waiters.take() {
            waiter.wake();
        }
    }

    /// Waits for the outcome.
    pub async fn outcome(&self) -> T {
        poll_fn(|context| {
            if let Some(outcome) = self.outcome.borrow().as_ref() {
                return Poll::Ready(outcome.clone());
            }
            self.waiters.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl<T: Clone> Default for Flight<T> {
    fn default() -> Self {
        Self::new()
    }
}
