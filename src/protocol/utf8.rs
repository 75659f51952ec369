//! UTF-8 by the syntax of RFC 3629 section 4. The standard library's check, made for long texts, would weigh 0.3 KB.

/// The text that the bytes are; `None` when they are none.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(first) = rest.next() {
        let (length, bits) = match first {
            ..0x80 => (1, first),
            0xc0..0xe0 => (2, first & 0x1f),
            0xe0..0xf0 => (3, first & 0x0f),
            0xf0..0xf8 => (4, first & 0x07),
            _ => return None,
        };
        let mut code = u32::from(bits);
        for _ in 1..length {
            let follower = rest.next().filter(|byte| byte & 0xc0 == 0x80)?;
            code = code << 6 | u32::from(follower & 0x3f);
        }
        // One that could have been written shorter is refused.
        text.push(char::from_u32(code).filter(|character| character.len_utf8() == length)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_standard_library_reads_is_read_and_nothing_else() {
        for first in 0..=255 {
            for second in 0..=255 {
                for bytes in
                    [vec![first], vec![first, second], vec![first, second, 0x80], vec![first, second, 0x80, 0xbf]]
                {
                    assert_eq!(decode(&bytes), String::from_utf8(bytes.clone()).ok(), "{bytes:x?}");
                }
            }
        }
    }
}
