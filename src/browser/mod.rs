//! The ports on a real browser, as effects that the package's JavaScript performs: what JavaScript does in one line
//! costs Rust a hundred bytes of conversions. Nothing below here knows a browser.

pub mod machine;
pub mod ports;
pub mod registry;
