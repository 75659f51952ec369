//! Whether a request comes from Space (its page "Verify Space in application"), and what it says.
//!
//! A signature is over the timestamp, a colon, and the very bytes of the body. RSA is left to the platform's
//! cryptography, which is everywhere that an endpoint can live; HMAC is here, since it costs next to nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::answer::key_set;
use super::structured::object;
use super::unfit;
use crate::protocol::base64;
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::json::{self, Json};
use crate::protocol::utf8;

/// Milliseconds that a request may be old, or ahead.
const TOLERANCE: &str = "300000";
const LARGEST_TOLERANCE: u64 = 24 * 3_600_000;

/// How a request is to be verified, checked: one of `signingKey`, `verificationToken` and `publicKeys`, of which those
/// keys are left that can be used; and `tolerance`.
pub fn verification(how: &Json) -> Result<Json, AuthError> {
    let tolerance = match how.member("tolerance") {
        None => Json::Number(TOLERANCE.to_owned()),
        Some(given) if given.integer().is_some_and(|tolerance| tolerance <= LARGEST_TOLERANCE) => given.clone(),
        _ => return Err(unfit("tolerance", "be a whole number of milliseconds, at most one day")),
    };
    let ways = ["signingKey", "publicKeys", "verificationToken"];
    let mut given = ways.into_iter().filter_map(|name| how.member(name).map(|value| (name, value)));
    let (Some((name, value)), None) = (given.next(), given.next()) else {
        return Err(AuthError::configuration(&[
            "Give one of `signingKey`, `publicKeys` and `verificationToken` to verify with.",
        ]));
    };
    let value = if name == "publicKeys" {
        public_keys(value)?
    } else {
        // An empty key is one that is missing in the configuration, and that anybody can sign with.
        match value {
            Json::Text(text) if !text.is_empty() => value.clone(),
            _ => return Err(unfit(name, "be a text that is not empty")),
        }
    };
    Ok(object([("tolerance", tolerance), (name, value)]))
}

/// The keys of a set that an RSA signature with SHA-512 can be verified with (RFC 7517, RFC 7518 section 6.3.1).
fn public_keys(value: &Json) -> Result<Json, AuthError> {
    let set = key_set(value.clone());
    let mut keys = Vec::new();
    if let Some(Json::List(all)) = set.as_ref().and_then(|set| set.member("keys")) {
        for key in all {
            keys.extend(public_key(key));
        }
    }
    if keys.is_empty() {
        return Err(unfit("publicKeys", "be a JSON Web Key Set with an RSA key of at least 2048 bits, for signatures"));
    }
    Ok(Json::List(keys))
}

fn public_key(key: &Json) -> Option<Json> {
    let is = |name, expected| key.text_of(name).is_none_or(|text| text == expected);
    if key.text_of("kty") != Some("RSA") || !is("use", "sig") || !is("alg", "RS512") {
        return None;
    }
    // Zeros in front, as of a number with a sign, are refused by browsers.
    let number = |name| {
        let bytes = base64::decode(key.text_of(name)?)?;
        let first = bytes.iter().position(|byte| *byte != 0)?;
        Some(bytes.split_at(first).1.to_vec())
    };
    let (modulus, exponent) = (number("n")?, number("e")?);
    let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
    let is_strong = match modulus.len() {
        256 => modulus.first()? >= &128,
        length => (257..=2048).contains(&length),
    };
    // With the exponent 1, every text would be its own signature.
    let is_sound = is_odd(&modulus) && is_odd(&exponent) && exponent != [1] && exponent.len() <= 8;
    let text = |bytes: &[u8]| Json::Text(base64::url_safe(bytes));
    let kty = Json::Text("RSA".to_owned());
    (is_strong && is_sound).then(|| object([("kty", kty), ("n", text(&modulus)), ("e", text(&exponent))]))
}

/// Whether a timestamp (milliseconds since 1970, as the header has it) is not further than `tolerance` from `now`.
#[must_use]
pub fn is_timely(timestamp: &str, now: u64, tolerance: u64) -> bool {
    json::natural(timestamp).is_some_and(|time| time.abs_diff(now) <= tolerance)
}

/// Whether `signature` is, in lower-case hexadecimal digits, the HMAC-SHA256 (RFC 2104) of timestamp and body under
/// this signing key. Takes as long for one wrong signature as for another.
#[must_use]
pub fn is_signed(signing_key: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Some(signature) = hexadecimal(signature) else { return false };
    let Some(mut mac) = mac(signing_key) else { return false };
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}

fn mac(key: &str) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key.as_bytes()).ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// Whether a body holds the verification token. Codes of both are compared, so that the time tells nothing. The tokens
/// are the messages and not the keys of these, as HMAC fills keys up with zeros.
#[must_use]
pub fn has_token(verification_token: &str, body: &[u8]) -> bool {
    let payload = utf8::decode(body).and_then(|text| Json::parse(&text));
    let Some(given) = payload.as_ref().and_then(|payload| payload.text_of("verificationToken")) else { return false };
    let code_of = |text| mac("verificationToken").map(|mac| mac.chain_update(text));
    match (code_of(verification_token), code_of(given)) {
        (Some(expected), Some(given)) => expected.verify(&given.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// What an authentic request says.
pub fn payload(body: &[u8]) -> Result<Json, AuthError> {
    let read = utf8::decode(body).and_then(|text| Json::parse(&text));
    let payload = read.filter(|payload| payload.text_of("className").is_some_and(|name| !name.is_empty()));
    payload.ok_or_else(|| {
        AuthError::new(Code::Server("invalid_request".to_owned()), Phase::Request)
            .with_hint("The request is from Space, but its body is no JSON object with a `className`.")
    })
}

#[cfg(test)]
#[path = "verification_tests.rs"]
mod tests;
