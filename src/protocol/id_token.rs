//! The claims of an `id_token` (`OpenID` Connect Core sections 2, 3.1.3.7, 3.2.2.9, 3.2.2.11 and 12.2). Its signature, where it
//! is needed, is checked by the browser's `crypto.subtle`.

use super::error::{AuthError, Code, Phase};
use super::json::{Json, natural};
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
    settle(agree(id_token, expected), phase)
}

/// Checks the claims of one that came with a refresh: it must be about the same user as the one `before`, and from the
/// same server (section 12.2). `expected.issuer` is not looked at.
pub fn check_renewed(id_token: &str, before: &str, expected: Expected<'_>) -> Result<(), AuthError> {
    let same = || {
        let (before, claims) = (read(before, 1)?, read(id_token, 1)?);
        let text = |name| claims.text_of(name);
        let same_nonce = text("nonce").is_none_or(|nonce| before.text_of("nonce") == Some(nonce));
        let same_user = before.text_of("sub") == text("sub") && same_nonce;
        Some(same_user && agree(id_token, &Expected { issuer: before.text_of("iss")?, ..expected })?)
    };
    settle(same(), Phase::Refresh)
}

fn settle(agree: Option<bool>, phase: Phase) -> Result<(), AuthError> {
    if agree == Some(true) { Ok(()) } else { Err(AuthError::new(Code::IdTokenInvalid, phase)) }
}

fn agree(id_token: &str, expected: &Expected<'_>) -> Option<bool> {
    let (header, claims) = (read(id_token, 0)?, read(id_token, 1)?);
    let text = |name| claims.text_of(name);
    // RFC 7519 section 2: they may have a fraction.
    let seconds = |name| match claims.member(name)? {
        Json::Number(number) => natural(cut(number, b'.').0),
        _ => None,
    };
    let now = expected.now / 1_000;

    let is_us = |audience: &Json| audience.text() == Some(expected.client_id);
    let (is_ours, is_alone) = match claims.member("aud")? {
        Json::List(audiences) => (audiences.iter().any(is_us), audiences.len() == 1),
        audience => (is_us(audience), true),
    };
    let algorithm = header.text_of("alg")?;
    let hash_agrees = match claims.member("at_hash") {
        // Another hash than SHA-256 is not known here; behind the front channel it need not be there at all.
        Some(_) if !algorithm.ends_with("256") => !expected.is_front_channel,
        Some(hash) => {
            let right = base64::url_safe(sha256(expected.access_token.as_bytes()).first_chunk::<16>()?);
            hash.text() == Some(right.as_str())
        }
        None => !expected.is_front_channel,
    };
    Some(
        algorithm != "none"
            // RFC 7515 section 4.1.11: nothing that must be understood is understood here.
            && header.member("crit").is_none()
            && text("iss")? == expected.issuer
            && !text("sub")?.is_empty()
            && is_ours
            && claims.member("azp").map_or(is_alone, is_us)
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

/// The decoded header, 0, or the claims, 1, of a token of three parts (RFC 7515 section 3.1).
fn part(id_token: &str, number: usize) -> Option<String> {
    let (header, rest) = cut(id_token, b'.');
    let (claims, signature) = cut(rest?, b'.');
    if cut(signature?, b'.').1.is_some() {
        return None;
    }
    utf8::decode(&base64::decode(if number == 0 { header } else { claims })?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may fail by panicking.

    use super::*;

    /// The example of `OpenID` Connect Core section 2, with the nonce and the hash of the examples beside it.
    const CLAIMS: &str = r#"{"iss":"https://server.example.com","sub":"24400320","aud":"s6BhdRkqt3","nonce":"n-0S6_WzA2Mj",
        "exp":1311281970,"iat":1311280970,"auth_time":1311280969,"acr":"urn:mace:incommon:iap:silver"}"#;

    fn token_with(header: &str, claims: &str) -> String {
        [base64::url_safe(header.as_bytes()), base64::url_safe(claims.as_bytes()), "c2ln".to_owned()].join(".")
    }

    fn token(claims: &str) -> String {
        token_with(r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims)
    }

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://server.example.com",
            client_id: "s6BhdRkqt3",
            nonce: Some("n-0S6_WzA2Mj"),
            access_token: "SlAV32hkKG",
            is_front_channel: false,
            now: 1_311_280_970_000,
        }
    }

    fn is_good(claims: &str, expected: &Expected<'_>) -> bool {
        match check(&token(claims), expected, Phase::Token) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.code, Code::IdTokenInvalid);
                false
            }
        }
    }

    #[test]
    fn openid_core_section_2_example() {
        assert!(is_good(CLAIMS, &expected()));
        assert_eq!(claims(&token(CLAIMS)).as_deref(), Some(CLAIMS));
    }

    #[test]
    fn openid_core_3_1_3_7_every_wrong_claim_is_refused() {
        for (from, to) in [
            ("https://server.example.com", "https://server.example.com/"),
            ("https://server.example.com", "https://SERVER.example.com"),
            ("\"iss\"", "\"is\""),
            ("\"24400320\"", "\"\""),
            ("\"24400320\"", "24400320"),
            ("\"sub\"", "\"su\""),
            ("\"s6BhdRkqt3\"", "\"other\""),
            ("\"s6BhdRkqt3\"", "[\"other\"]"),
            ("\"s6BhdRkqt3\"", "[]"),
            ("\"s6BhdRkqt3\"", "[\"s6BhdRkqt3\",\"other\"]"),
            ("\"s6BhdRkqt3\"", "[\"s6BhdRkqt3\",\"other\"],\"azp\":\"other\""),
            ("\"s6BhdRkqt3\"", "\"s6BhdRkqt3\",\"azp\":\"other\""),
            ("\"aud\"", "\"au\""),
            ("n-0S6_WzA2Mj", "n-0S6_WzA2Mk"),
            ("\"nonce\"", "\"nonc\""),
            ("1311281970", "1311280910"),
            ("1311281970", "\"1311281970\""),
            ("1311281970", "-1"),
            ("\"exp\"", "\"ex\""),
            ("1311280970", "1311281031"),
            ("\"iat\"", "\"ia\""),
            ("\"acr\"", "\"at_hash\""),
            ("\"acr\"", "\"at_hash\":1,\"acr\""),
            ("\"acr\"", "\"azp\":1,\"acr\""),
            ("\"acr\"", "\"iss\""),
        ] {
            assert!(CLAIMS.contains(from));
            assert!(!is_good(&CLAIMS.replace(from, to), &expected()), "{from} -> {to}");
        }
        let several = CLAIMS.replace("\"s6BhdRkqt3\"", "[\"other\",\"s6BhdRkqt3\"],\"azp\":\"s6BhdRkqt3\"");
        assert!(is_good(&several, &expected()));
    }

    #[test]
    fn clocks_may_disagree_by_a_minute() {
        let at = |seconds: u64| is_good(CLAIMS, &Expected { now: seconds * 1_000, ..expected() });
        assert!(at(1_311_280_910) && !at(1_311_280_909));
        assert!(at(1_311_282_029) && !at(1_311_282_030));
        assert!(!at(u64::MAX / 1_000));
    }

    #[test]
    fn openid_core_3_2_2_9_the_front_channel_needs_the_hash_of_its_access_token() {
        // Appendix A.3 of the specification.
        let hashed = CLAIMS.replace("\"acr\"", "\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\",\"acr\"");
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let front = Expected { access_token, is_front_channel: true, ..expected() };
        assert!(is_good(&hashed, &front));
        assert!(!is_good(CLAIMS, &front), "it must be there");
        assert!(is_good(&hashed, &Expected { is_front_channel: false, ..front }));
        assert!(!is_good(&hashed, &Expected { access_token: "other", ..front }));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let crit = token_with(r#"{"alg":"RS256","crit":["exp"]}"#, CLAIMS);
        let four = [&token(CLAIMS), ".x"].concat();
        let two = token(CLAIMS).trim_end_matches(".c2ln").to_owned();
        for bad in [
            "",
            ".",
            "..",
            "a.b.c",
            "e30.e30.",
            &crit,
            &four,
            &two,
            &token_with(r#"{"alg":"none"}"#, CLAIMS),
            &token_with("{}", CLAIMS),
        ] {
            assert!(check(bad, &expected(), Phase::Redirect).is_err(), "{bad}");
        }
        let whole = token(CLAIMS);
        for length in 0..whole.len() - "c2ln.".len() {
            assert!(check(whole.get(..length).unwrap(), &expected(), Phase::Token).is_err());
        }
    }

    #[test]
    fn e16_a_refresh_is_about_the_same_user() {
        let renewed = |from: &str, to: &str| {
            let after = token(&CLAIMS.replace("\"nonce\":\"n-0S6_WzA2Mj\",", "").replace(from, to));
            check_renewed(&after, &token(CLAIMS), Expected { nonce: None, issuer: "", ..expected() }).is_ok()
        };
        assert!(renewed("", "") && renewed("1311281970", "1311299970") && renewed("1311281970", "1311281970.75"));
        assert!(renewed("\"acr\"", "\"nonce\":\"n-0S6_WzA2Mj\",\"acr\""));
        for (from, to) in [
            ("24400320", "24400321"),
            ("https://server.example.com", "https://evil.example"),
            ("s6BhdRkqt3", "other"),
            ("1311281970", "1311280000"),
            ("\"acr\"", "\"nonce\":\"other\",\"acr\""),
        ] {
            assert!(!renewed(from, to), "{from} -> {to}");
        }
    }
}
