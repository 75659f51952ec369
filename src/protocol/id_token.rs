//! The claims of an `id_token` (`OpenID` Connect Core sections 2, 3.1.3.7, 3.2.2.9, 3.2.2.11 and 12.2). Its signature, where it
//! is needed, is checked by the browser's `crypto.subtle`.

use super::error::{AuthError, Code, Phase};
use super::json::Json;
use super::sha256::sha256;
use super::url::cut;
use super::{base64, utf8};

/// How far two clocks may disagree, in seconds.
const SKEW: u64 = 60;

/// What an `id_token` must agree with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer, compared byte by byte.
    pub issuer: &'a str,
    /// Who asked.
    pub client_id: &'a str,
    /// The nonce of the request, where there was one.
    pub nonce: Option<&'a str>,
    /// The access token that came with it.
    pub access_token: &'a str,
    /// Whether it came with the redirect: then it must say to which access token it belongs.
    pub is_front_channel: bool,
    /// Milliseconds since the Unix epoch.
    pub now: u64,
}

/// Checks the claims; the error is `id_token_invalid`.
pub fn check(id_token: &str, expected: &Expected<'_>, phase: Phase) -> Result<(), AuthError> {
    settle(read(id_token, 1).and_then(|claims| agree(id_token, &claims, expected)), phase)
}

/// Checks the claims of one that came with a refresh: it must be about the same user as the one `before`, and from the
/// same server (section 12.2). `expected.issuer` is not looked at.
pub fn check_renewed(id_token: &str, before: &str, expected: Expected<'_>) -> Result<(), AuthError> {
    let same = || {
        let (before, claims) = (read(before, 1)?, read(id_token, 1)?);
        let agree = agree(id_token, &claims, &Expected { issuer: before.text_of("iss")?, ..expected })?;
        Some(agree && before.text_of("sub") == claims.text_of("sub"))
    };
    settle(same(), Phase::Refresh)
}

fn settle(agree: Option<bool>, phase: Phase) -> Result<(), AuthError> {
    if agree == Some(true) { Ok(()) } else { Err(AuthError::new(Code::IdTokenInvalid, phase)) }
}

fn agree(id_token: &str, claims: &Json, expected: &Expected<'_>) -> Option<bool> {
    let text = |name| claims.text_of(name);
    let seconds = |name| claims.member(name)?.integer();
    let now = expected.now / 1_000;

    let is_us = |audience: &Json| audience.text() == Some(expected.client_id);
    let (is_ours, is_alone) = match claims.member("aud")? {
        Json::List(audiences) => (audiences.iter().any(is_us), audiences.len() == 1),
        audience => (is_us(audience), true),
    };
    let party_agrees = text("azp").map_or(is_alone, |party| party == expected.client_id);
    let hash_agrees = match text("at_hash") {
        Some(hash) => base64::url_safe(sha256(expected.access_token.as_bytes()).first_chunk::<16>()?) == hash,
        None => !expected.is_front_channel,
    };
    Some(
        read(id_token, 0)?.text_of("alg")? != "none"
            && text("iss")? == expected.issuer
            && !text("sub")?.is_empty()
            && is_ours
            && party_agrees
            && hash_agrees
            && seconds("exp")?.saturating_add(SKEW) > now
            && seconds("iat")? <= now.saturating_add(SKEW)
            && (expected.nonce.is_none() || text("nonce") == expected.nonce),
    )
}

/// The claims as they stand in the token: a JSON text.
#[must_use]
pub fn claims(id_token: &str) -> Option<String> {
    part(id_token, 1)
}

fn read(id_token: &str, number: usize) -> Option<Json> {
    Json::parse(&part(id_token, number)?)
}

/// The decoded header, 0, or the claims, 1 (RFC 7515 section 3.1).
fn part(id_token: &str, number: usize) -> Option<String> {
    let (mut part, mut rest) = cut(id_token, b'.');
    for _ in 0..number {
        (part, rest) = cut(rest?, b'.');
    }
    utf8::decode(&base64::decode(part)?)
}
