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

/// One string under one key, that may be gone, forbidden or full at any time, and that other tabs change, too.
pub trait Store {
    /// The right to replace what is stored: at most one context of the browser has it at a time. Given back when
    /// dropped.
    type Turn;

    /// Waits for the turn; `timeout` when it does not come in time. Whoever takes much longer than one request of
    /// `timeout` milliseconds loses it to the next.
    fn turn(&self, key: &str, timeout: u32) -> impl Future<Output = Result<Self::Turn, AuthError>>;

    /// The stored text; `Err` when the store cannot be read now. It may lag behind what another tab has just written;
    /// with a turn it is what the turn before has left, and `Err` when the turn has been lost.
    fn read(&self, key: &str, turn: Option<&Self::Turn>) -> impl Future<Output = Result<Option<String>, Refused>>;

    /// Stores a text. With a turn, only if the turn has not been lost, and if nobody has stored or removed anything
    /// since it began. Without, only if its generation is greater than all that have been stored or removed.
    fn write(&self, key: &str, text: &str, turn: Option<&Self::Turn>) -> impl Future<Output = Kept>;

    /// Removes what is stored, if it can, and whatever a turn may still want to write in its place; with a text, only
    /// if it is this one.
    fn remove(&self, key: &str, text: Option<&str>) -> impl Future<Output = ()>;
}

/// The store did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// What became of a text that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is stored.
    Stored,
    /// The store refuses; it lives in memory, here and in the other tabs that are open.
    InMemory,
    /// It came too late, and is not stored: this is the greatest generation of all that have been stored or removed.
    Superseded(u64),
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
pub trait Ports: Clock + Store + Http + Spawn + Observer + 'static {}

impl<T: Clock + Store + Http + Spawn + Observer + 'static> Ports for T {}
