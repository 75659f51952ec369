//! OAuth 2.0 for browsers, in four layers whose arrows point down only:
//!
//! - [`js`]: the calls that JavaScript makes; reads options, converts results, decides nothing.
//! - `browser`: the ports on a real browser, as effects that the package's JavaScript performs.
//! - [`session`]: the life of a session, written against ports, so that it runs natively too.
//! - [`protocol`]: OAuth 2.0 itself: requests and answers as values, no browser, no clock, no I/O.

pub mod js;
pub mod protocol;
pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod browser;

#[cfg(target_arch = "wasm32")]
mod wiping;
