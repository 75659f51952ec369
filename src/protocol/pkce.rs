//! Proof Key for Code Exchange, method S256 only (RFC 7636).

use super::base64;
use super::sha256::sha256;

/// `BASE64URL(SHA-256(verifier))` (RFC 7636 section 4.2). Computed here, not by `crypto.subtle`, so that it
/// works on plain-http pages and without waiting.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    base64::url_safe(&sha256(verifier.as_bytes()))
}

/// Whether `verifier` has 43 to 128 characters of the unreserved set (RFC 7636 section 4.1).
#[must_use]
pub fn is_verifier(verifier: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a05_rfc_7636_appendix_b_vector() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a05_verifier_alphabet_and_length() {
        assert!(is_verifier(&"a".repeat(43)));
        assert!(is_verifier(&"~".repeat(128)));
        assert!(!is_verifier(&"a".repeat(42)));
        assert!(!is_verifier(&"a".repeat(129)));
        assert!(!is_verifier(&"+".repeat(43)));
    }
}
