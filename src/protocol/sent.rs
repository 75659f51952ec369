//! What a request said in confidence.

use super::sha256::sha256;

/// The secrets of a request, each by its length and its hash: enough to notice that an answer repeats one, when they
/// themselves are long forgotten.
#[derive(Clone, Debug, Default)]
pub struct Sent(Vec<(usize, [u8; 32])>);

impl Sent {
    /// Adds a secret; nobody can repeat an empty one.
    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.0.push((secret.len(), sha256(secret.as_bytes())));
        }
    }

    /// The length of the longest secret, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.0.iter().fold(0, |longest, secret| longest.max(secret.0))
    }

    /// Whether `text` holds one of the secrets.
    #[must_use]
    pub fn is_repeated_in(&self, text: &str) -> bool {
        let repeats =
            |&(length, hash): &(usize, [u8; 32])| text.as_bytes().windows(length).any(|window| sha256(window) == hash);
        self.0.iter().any(repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h01_a_secret_is_noticed_wherever_it_stands() {
        let mut sent = Sent::default();
        for secret in ["", "sentinel", "é"] {
            sent.add(secret);
        }
        for text in ["sentinel", "a sentinel", "sentinels", "a sentinel.", "xéx"] {
            assert!(sent.is_repeated_in(text), "{text}");
        }
        for text in ["", "Sentinel", "sentine", "entinel", "sentin\u{200b}el", "e"] {
            assert!(!sent.is_repeated_in(text), "{text}");
        }
        assert!(!Sent::default().is_repeated_in("sentinel"));
        assert!(!format!("{sent:?}").contains("sentinel"));
    }
}
