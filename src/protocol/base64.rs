//! Base64 in its two alphabets (RFC 4648 sections 4 and 5). Encoding only.

/// With `+`, `/` and padding, as HTTP Basic wants it.
#[must_use]
pub fn standard(bytes: &[u8]) -> String {
    encode(bytes, [b'+', b'/'], true)
}

/// With `-` and `_`, without padding, as RFC 7636 wants it.
#[must_use]
pub fn url_safe(bytes: &[u8]) -> String {
    encode(bytes, [b'-', b'_'], false)
}

fn encode(bytes: &[u8], [plus, slash]: [u8; 2], is_padded: bool) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let [.., sextet] = (group >> (18 - 6 * position)).to_be_bytes();
            if position <= chunk.len() {
                text.push(char::from(match sextet & 63 {
                    upper @ ..26 => b'A' + upper,
                    lower @ 26..52 => b'a' - 26 + lower,
                    digit @ 52..62 => digit - 52 + b'0',
                    62 => plus,
                    _ => slash,
                }));
            } else if is_padded {
                text.push('=');
            }
        }
    }
    text
}

/// The bytes of a text with `-` and `_`, without padding (RFC 7515 section 2). Bits that belong to no byte are passed over.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    for (place, character) in text.bytes().enumerate() {
        let sextet = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        // Every second, third and fourth character of four completes a byte.
        let left = 3 - place % 4;
        if left < 3 {
            let [.., byte] = (bits >> (2 * left)).to_be_bytes();
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_section_10_vectors() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(standard(plain.as_bytes()), encoded);
            assert_eq!(url_safe(plain.as_bytes()), encoded.trim_end_matches('='));
        }
        assert_eq!(standard(&[0xfb, 0xff]), "+/8=");
        assert_eq!(url_safe(&[0xfb, 0xff]), "-_8");
    }
}
