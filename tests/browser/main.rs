//! The module in a real browser: SHA-256 as it is compiled for it, what crosses the boundary to JavaScript, and the
//! machine that turns a session's work into effects, driven here by a hand-made host.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail by panicking.

mod hashing;
mod host;
mod machine;
mod options;
mod ports;
mod sessions;
mod support;

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);
