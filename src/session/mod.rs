//! The life of a session: when to refresh, what ends it, what is stored. Written against [`ports`], so that it
//! runs natively, in tests and in simulations, as it does in a browser.

pub mod engine;
pub mod expiry;
pub mod flight;
pub mod ports;
pub mod record;
