//! OAuth 2.0 for browsers, in four layers whose arrows point down only:
//!
//! - `js`: the calls that JavaScript makes; reads options, converts results, decides nothing.
//! - `browser`: the ports on a real browser, as effects that the package's JavaScript performs.
//! - `session`: the life of a session, written against ports, so that it runs natively too.
//! - [`protocol`]: OAuth 2.0 itself: requests and answers as values, no browser, no clock, no I/O.
//!
//! They make the module that signs in (feature `login`). The feature `apps` makes another one, `apps`, on top of
//! [`protocol`]: an application's own side of `JetBrains` Space.

pub mod protocol;

#[cfg(feature = "apps")]
pub mod apps;
#[cfg(feature = "login")]
pub mod js;
#[cfg(feature = "login")]
pub mod session;

#[cfg(all(feature = "login", target_arch = "wasm32"))]
pub mod browser;

#[cfg(target_arch = "wasm32")]
mod wiping;
