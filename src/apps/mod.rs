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

#[cfg(target_arch = "wasm32")]
mod exports;
