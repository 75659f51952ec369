//! Scopes: space-separated, case-sensitive (RFC 6749 section 3.3).

/// The words of `scope`, joined by single spaces in their order, without repeats.
#[must_use]
pub fn normalise(scope: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in scope.split_ascii_whitespace() {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Whether `scope` has `word` as one of its words.
#[must_use]
pub fn has(scope: &str, word: &str) -> bool {
    scope.split_ascii_whitespace().any(|present| present == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_order_and_case() {
        assert_eq!(normalise("  b a\tA b "), "b a A");
        assert_eq!(normalise(""), "");
        assert!(has("openid profile", "openid"));
        assert!(!has("openidx OPENID", "openid"));
    }
}
