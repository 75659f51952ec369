//! Values that must never be shown: tokens, codes, verifiers, states, passwords, client secrets.

use core::fmt;
use std::rc::Rc;

/// A string that has no `Display`, and prints as `[redacted]` under `Debug`. In the module it is wiped when it is
/// dropped, as everything is that is freed there (`src/wiping.rs`).
///
/// Only [`Secret::expose`] gives the value, so that a search for that word finds every place where
/// a secret leaves this type. A copy points to the same text, so that what holds several secrets stays small.
#[derive(Clone, Default)]
pub struct Secret(Rc<String>);

impl Secret {
    /// Takes ownership of `value`.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Rc::new(value))
    }

    /// The value itself. Never put it into an error, a log, or a URL of an API request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both hold the same value, in time that depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        let difference =
            self.0.bytes().zip(other.bytes()).fold(0, |difference, (mine, theirs)| difference | (mine ^ theirs));
        self.0.len() == other.len() && difference == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h03_debug_of_a_secret_is_redacted() {
        let secret = Secret::new("sentinel".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:?}", Some((1, &secret))), "Some((1, [redacted]))");
    }

    #[test]
    fn b01_comparison_is_exact_and_case_sensitive() {
        let secret = Secret::new("State".to_owned());
        assert!(secret.matches("State"));
        for other in ["state", "Stat", "State\0", "", "StateState"] {
            assert!(!secret.matches(other), "{other:?}");
        }
        assert!(!Secret::default().matches("x"));
    }
}
