//! Properties of the protocol core and of what is stored, over generated input. The `url` and `form_urlencoded`
//! crates are the oracles. `PROPTEST_CASES` sets how many cases each property gets.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail by panicking.

#[cfg(feature = "apps")]
mod apps;
mod authorization;
mod json;
mod options;
mod redirect;
mod session;
mod support;
mod token_request;
mod token_response;
