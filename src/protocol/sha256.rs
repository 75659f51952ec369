//! SHA-256 (FIPS 180-4): the compression function is the `sha2` crate's; the padding is written out here, since the
//! crate's own, made for messages that come in pieces, would weigh as much as the compression.

use sha2::block_api::compress256;

const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The hash of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; 32] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let mut state = INITIAL;
    compress256(&mut state, padded.as_chunks().0);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hexadecimal(message: &[u8]) -> String {
        sha256(message).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a05_the_examples_of_the_standard() {
        for (message, hash) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(hexadecimal(message.as_bytes()), hash, "{message}");
        }
        let million = vec![b'a'; 1_000_000];
        assert_eq!(hexadecimal(&million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }

    #[test]
    fn a05_every_length_is_padded_as_the_crate_itself_would() {
        use sha2::{Digest, Sha256};
        for length in 0..300_u16 {
            let message: Vec<u8> = (0..length).map(|number| number.to_le_bytes()[0] ^ 0xa5).collect();
            assert_eq!(sha256(&message)[..], Sha256::digest(&message)[..], "{length}");
        }
    }
}
