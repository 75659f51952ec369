//! Public SSH keys (RFC 4253 section 6.6, RFC 5656, RFC 8709, and OpenSSH's `sk-` types), in the one-line form of
//! OpenSSH's `.pub` files.

use super::unfit;
use crate::protocol::base64;
use crate::protocol::error::AuthError;
use crate::protocol::sha256::sha256;

/// A key that was looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct SshKey<'a> {
    /// Such as `ssh-ed25519`.
    pub kind: &'a str,
    /// Type and key, without the comment.
    pub line: String,
    /// `SHA256:` and 43 characters, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// What stands behind the key; empty when nothing does.
    pub comment: &'a str,
}

/// The fields of a key behind its type, each with the lengths in bytes that it may have.
fn fields(kind: &str) -> Option<&'static [(usize, usize)]> {
    const MPINT: (usize, usize) = (1, 2049);
    const APPLICATION: (usize, usize) = (1, 1024);
    Some(match kind {
        "ssh-ed25519" => &[(32, 32)],
        // Exponent; modulus of at least 2048 bits.
        "ssh-rsa" => &[(1, 9), (256, MPINT.1)],
        // Name of the curve; point.
        "ecdsa-sha2-nistp256" => &[(8, 8), (65, 65)],
        "ecdsa-sha2-nistp384" => &[(8, 8), (97, 97)],
        "ecdsa-sha2-nistp521" => &[(8, 8), (133, 133)],
        "sk-ssh-ed25519@openssh.com" => &[(32, 32), APPLICATION],
        "sk-ecdsa-sha2-nistp256@openssh.com" => &[(8, 8), (65, 65), APPLICATION],
        _ => return None,
    })
}

/// Reads a public key. The key itself, public or not, stands in no error.
pub fn read(text: &str) -> Result<SshKey<'_>, AuthError> {
    let must = |must| unfit("publicKey", must);
    let line = text.trim_ascii();
    if line.contains("PRIVATE KEY") {
        return Err(must("be a public key; this one is private: it must never leave its machine"));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(must("be one line, as in a .pub file"));
    }
    let mut words = line.splitn(3, [' ', '\t']);
    let (kind, encoded, comment) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
    let Some(fields) = fields(kind) else {
        return Err(must(
            "begin with a type that is known, such as \"ssh-ed25519\"; RSA needs 2048 bits, DSA is too weak",
        ));
    };
    let encoded = encoded.unwrap_or_default();
    let blob = decoded(encoded).filter(|blob| is_key(blob, kind, fields));
    let Some(blob) = blob else { return Err(must("hold a whole key of the type that it begins with")) };
    let hash = base64::standard(&sha256(&blob));
    Ok(SshKey {
        kind,
        line: [kind, " ", encoded].concat(),
        fingerprint: ["SHA256:", hash.trim_end_matches('=')].concat(),
        comment: comment.trim_ascii(),
    })
}

/// Base64 as it must be written (RFC 4648 section 4): with its padding, and no bit set that belongs to no byte.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let url_safe = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64::decode(&url_safe).filter(|bytes| base64::standard(bytes) == text)
}

/// Whether the bytes are the type, and then the fields that such a key has (RFC 4251 section 5).
fn is_key(blob: &[u8], kind: &str, fields: &[(usize, usize)]) -> bool {
    let Some((named, mut rest)) = field(blob) else { return false };
    if named != kind.as_bytes() {
        return false;
    }
    for (place, &(least, most)) in fields.iter().enumerate() {
        let Some((value, more)) = field(rest) else { return false };
        if !(least..=most).contains(&value.len()) {
            return false;
        }
        // The curve, once more; only ECDSA keys name one.
        let is_curve = place == 0 && kind.contains("ecdsa");
        if is_curve && !std::str::from_utf8(value).is_ok_and(|curve| kind.contains(curve)) {
            return false;
        }
        rest = more;
    }
    rest.is_empty()
}

/// A field and what comes behind it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by `ssh-keygen`, the fingerprints by `ssh-keygen -l`; the private keys are gone.
    include!("ssh_key_vectors.rs");

    #[test]
    fn fingerprints_are_those_of_ssh_keygen() {
        for (line, fingerprint) in KEYS {
            let key = read(line).unwrap();
            assert_eq!(key.fingerprint, fingerprint);
            assert!(line.starts_with(&key.line) && line.starts_with(key.kind));
            assert_eq!(key.comment, "build agent");
            assert_eq!(read(&format!("  {}\r\n", key.line)).unwrap().comment, "");
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused_and_not_repeated() {
        for (line, _) in KEYS {
            let (kind, encoded) = line.split_once(' ').unwrap();
            let encoded = encoded.split(' ').next().unwrap();
            for text in [
                kind.to_owned(),
                encoded.to_owned(),
                format!("{kind} {}", &encoded[..encoded.len() - 4]),
                format!("{kind} {encoded}AAAA"),
                format!("{kind} {}", encoded.replace("AAAA", "AAAB")),
                format!("{kind} {}", encoded.to_lowercase()),
                format!("ssh-dss {encoded}"),
                format!("{kind}\n{encoded}"),
                format!("{line}\n{line}"),
            ] {
                let error = read(&text).unwrap_err();
                assert!(error.hint.starts_with("`publicKey` must ") && !error.hint.contains(encoded), "{text}");
            }
            for (other, _) in KEYS.iter().filter(|(other, _)| !other.starts_with(kind)) {
                let kind = other.split(' ').next().unwrap();
                assert!(read(&format!("{kind} {encoded}")).is_err());
            }
        }
        for text in ["", " ", "ssh-ed25519", "ssh-ed25519 AAAA", "hello", "ssh-rsa ====", WEAK] {
            assert!(read(text).is_err(), "{text}");
        }
        let private =
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----";
        let hint = &read(private).unwrap_err().hint;
        assert!(hint.contains("private") && !hint.contains("b3Blb"), "{hint}");
    }
}
