//! One result for many waiters: however many ask while it is on its way, the work is done once.
//!
//! There are no wakers: whoever runs a session polls all its waiting work whenever something has arrived.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

/// Work under way whose outcome every waiter gets.
#[derive(Debug)]
pub struct Flight<T>(RefCell<Option<T>>);

impl<T: Clone> Flight<T> {
    /// Gives the outcome to all who wait, and to all who come later.
    pub fn land(&self, outcome: T) {
        self.0.replace(Some(outcome));
    }

    /// Waits for the outcome.
    pub async fn outcome(&self) -> T {
        poll_fn(|_| self.0.borrow().clone().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}
