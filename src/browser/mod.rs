//! The ports on a real browser, through the [`host::Host`] that the package's JavaScript implements: what JavaScript
//! does in one line costs Rust a hundred bytes of conversions. Nothing below here knows a browser.

pub mod host;
pub mod login;
pub mod ports;
pub mod registry;
pub mod url;
