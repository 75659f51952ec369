//! `application/x-www-form-urlencoded` (RFC 6749 appendix B).
//!
//! Encoding is that of the URL standard, as the `form_urlencoded` crate does it, which is the oracle of the tests and
//! whose table of escapes is left out of the module. Decoding is strict where that crate, like browsers, is lenient: a
//! malformed percent escape or invalid UTF-8 is an error, since a server that sends one is broken or hostile.

use std::iter::from_fn;

use super::url::cut;
use super::{json, utf8};

/// Appends `name=value` to a query or body, with `&` in between where needed.
pub fn append(form: &mut String, name: &str, value: &str) {
    if !matches!(form.as_bytes().last(), None | Some(b'?' | b'&')) {
        form.push('&');
    }
    encode(form, name);
    form.push('=');
    encode(form, value);
}

/// Appends `value` alone, encoded (RFC 6749 section 2.3.1 wants it so for HTTP Basic).
pub fn encode(form: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => form.push(byte.into()),
            b' ' => form.push('+'),
            _ => {
                form.push('%');
                json::push_hex(form, byte);
            }
        }
    }
}

/// The raw `(name, value)` pairs, split on `&` and the first `=`, not yet decoded.
pub fn pairs(form: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(form);
    from_fn(move || {
        loop {
            let (pair, more) = cut(rest?, b'&');
            rest = more;
            if !pair.is_empty() {
                let (name, value) = cut(pair, b'=');
                return Some((name, value.unwrap_or_default()));
            }
        }
    })
}

/// The raw value of the first parameter of this name.
#[must_use]
pub fn first<'a>(form: &'a str, parameter: &str) -> Option<&'a str> {
    for (name, value) in pairs(form) {
        if decode(name).as_deref() == Some(parameter) {
            return Some(value);
        }
    }
    None
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
    utf8::decode(&bytes)
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
        let mut form = String::new();
        encode(&mut form, value);
        assert_eq!(form, "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(decode(&form).as_deref(), Some(value));
    }

    #[test]
    fn a12_every_byte_is_written_as_the_url_standard_has_it() {
        for character in ('\0'..='\u{7ff}').chain(['\u{ffff}', '\u{10ffff}']) {
            let text = character.to_string();
            let mut form = String::new();
            encode(&mut form, &text);
            let oracle: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            assert_eq!(form, oracle, "{character:?}");
            assert_eq!(decode(&form), Some(text));
        }
    }

    #[test]
    fn a12_pairs_are_joined_where_something_stands_before() {
        for (before, after) in [
            ("", "a+b=%26"),
            ("https://as/?", "https://as/?a+b=%26"),
            ("x=1&", "x=1&a+b=%26"),
            ("x=1", "x=1&a+b=%26"),
            ("x=é", "x=é&a+b=%26"),
        ] {
            let mut form = before.to_owned();
            append(&mut form, "a b", "&");
            assert_eq!(form, after);
        }
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
        assert_eq!(pairs("").count() + pairs("&").count() + pairs("&&&").count(), 0);
        assert_eq!(pairs("a=b=c").collect::<Vec<_>>(), [("a", "b=c")]);
    }
}
