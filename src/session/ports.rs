//! What a session needs of the world around it. The browser layer implements these; tests stand in for them.

use std::future::Future;
use std::pin::Pin;

use crate::protocol::error::AuthError;
use crate::protocol::http::{HttpRequest, HttpResponse};

/// The two clocks. Neither is trusted alone: the wall clock may be set, the monotonic one may stop in sleep.
pub trait Clock {
    /// Milliseconds since the Unix epoch.
    fn now(&self) -> u64;
    /// Milliseconds since some instant of this page's life; never goes back.
    fn monotonic(&self) -> u64;
}

/// One string under one key, that may be gone, forbidden or full at any time.
pub trait Store {
    /// The stored text; `Err` when the store cannot be read now.
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<String>, Refused>>;
    /// Stores a text.
    fn write(&self, key: &str, text: &str) -> impl Future<Output = Result<(), Refused>>;
    /// Removes a text, if it can.
    fn remove(&self, key: &str) -> impl Future<Output = ()>;
}

/// The store did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Mutual exclusion over all that share the store.
pub trait Lock {
    /// Held until dropped.
    type Guard;
    /// Waits at most `wait` milliseconds; then `timeout`.
    fn lock(&self, name: &str, wait: u32) -> impl Future<Output = Result<Self::Guard, AuthError>>;
}

/// Sends requests to the authorization server.
pub trait Http {
    /// Sends once, never following redirects, never with cookies, within `timeout` milliseconds, body included.
    /// Failures are `network`, `timeout` or `invalid_response` (a body above the cap).
    fn send(&self, request: &HttpRequest, timeout: u32) -> impl Future<Output = Result<HttpResponse, AuthError>>;
}

/// Runs work that must go on though nobody waits for it any more.
pub trait Spawn {
    /// Starts `task`.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is a newer access token.
    Refreshed,
    /// The session has ended; with the reason, unless it was a logout.
    SignedOut(Option<AuthError>),
    /// Something failed that did not end the session.
    Error(AuthError),
}

/// Hears of events.
pub trait Observer {
    /// Called without any borrow held; may call back into the session.
    fn notify(&self, event: Event);
}

/// All of them.
pub trait Ports: Clock + Store + Lock + Http + Spawn + Observer + 'static {}

impl<T: Clock + Store + Lock + Http + Spawn + Observer + 'static> Ports for T {}
