//! What JavaScript sees: calls and results as JSON texts, read by the same strict reader as a server's answers.
//! Nothing is decided here.

pub mod options;

#[cfg(target_arch = "wasm32")]
mod calls;
#[cfg(target_arch = "wasm32")]
pub mod values;
