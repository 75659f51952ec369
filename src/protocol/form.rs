//! `application/x-www-form-urlencoded` (RFC 6749 appendix B).
//!
//! Encoding is `form_urlencoded`'s. Decoding is strict where that crate, like browsers, is lenient: a
//! malformed percent escape or invalid UTF-8 is an error, since a server that sends one is broken or hostile.

use form_urlencoded::byte_serialize;

/// Appends `name=value` to a query or body, with `&` in between where needed.
pub fn append(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() && !form.ends_with(['?', '&']) {
        form.push('&');
    }
    form.extend(byte_serialize(name.as_bytes()));
    form.push('=');
    form.extend(byte_serialize(value.as_bytes()));
}

/// `value` alone, encoded (RFC 6749 section 2.3.1 wants it for HTTP Basic).
#[must_use]
pub fn encode(value: &str) -> String {
    byte_serialize(value.as_bytes()).collect()
}

/// The raw `(name, value)` pairs, split on `&` and the first `=`, not yet decoded.
pub fn pairs(form: &str) -> impl Iterator<Item = (&str, &str)> {
    form.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// One decoding pass: `+` to space, `%XX` to bytes, bytes to UTF-8. `None` when malformed.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a12_rfc_6749_appendix_b_example_round_trips() {
        let value = " %&+£€";
        assert_eq!(encode(value), "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(decode(&encode(value)).as_deref(), Some(value));
    }

    #[test]
    fn b05_values_are_split_first_and_decoded_once() {
        let raw = "state=abc%26access_token%3Devil";
        let decoded: Vec<_> = pairs(raw).map(|(name, value)| (decode(name), decode(value))).collect();
        assert_eq!(decoded, [(Some("state".into()), Some("abc&access_token=evil".into()))]);
        assert_eq!(decode("%25").as_deref(), Some("%"));
        assert_eq!(decode("%2525").as_deref(), Some("%25"));
    }

    #[test]
    fn b06_malformed_escapes_and_utf8_are_refused() {
        for text in ["%", "%2", "%zz", "%E0%A4%A", "%C0%AF", "%ff", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode("%00").as_deref(), Some("\0"));
    }

    #[test]
    fn b07_plus_is_a_space_and_its_escape_a_plus() {
        assert_eq!(decode("a%2Bb+c").as_deref(), Some("a+b c"));
    }

    #[test]
    fn empty_pairs_are_passed_over() {
        assert_eq!(pairs("&&a=1&b&=c&").collect::<Vec<_>>(), [("a", "1"), ("b", ""), ("", "c")]);
    }
}
