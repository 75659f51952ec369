//! What JavaScript sees: options and results travel as JSON texts, read by the same strict reader as a server's
//! answers. Nothing is decided here.

pub mod options;
pub mod values;

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod session;
