//! An application's own side of `JetBrains` Space (seed document "Register Application in Space"): what to ask of its HTTP
//! API, what an answer means, and whether a request comes from Space. Requests and answers are values here, too.

mod answer;
pub mod identifier;
pub mod install;
pub mod operation;
pub mod settings;
pub mod ssh_key;
pub mod structured;
pub mod uri;
pub mod verification;

pub use answer::answer;

use crate::protocol::error::AuthError;

#[cfg(target_arch = "wasm32")]
mod exports;

/// The error for an argument, or a member of one, that is not as it must be.
fn unfit(member: &str, must: &str) -> AuthError {
    AuthError::configuration(&["`", member, "` must ", must, "."])
}
