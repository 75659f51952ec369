//! The authorization request: from options to a URL (RFC 6749 sections 4.1.1 and 4.2.1, RFC 7636).

use super::error::AuthError;
use super::secret::Secret;
use super::{form, pkce, redirect, url};

/// Which grant the redirect is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Authorization Code (RFC 6749 section 4.1).
    Code,
    /// Implicit (RFC 6749 section 4.2).
    Implicit,
}

/// What an authorization request is made from.
pub struct Options<'a> {
    /// The server's authorization endpoint, as the URL parser writes it.
    pub endpoint: &'a str,
    /// Which grant.
    pub flow: Flow,
    /// The request's own parameters by their names ([`OWN`]), and the `code_verifier`, of which only the hash is sent
    /// (RFC 7636: 256 random bits).
    pub own: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Further parameters of the caller.
    pub further: &'a [(&'a str, &'a str)],
}

/// What a request says beside its flow and its PKCE challenge, in the order in which it is sent: RFC 6749 sections
/// 4.1.1 and 4.2.1, `OpenID` Connect Core section 3.1.2.1, and what Space and Hub add.
pub const OWN: [&str; 7] =
    ["client_id", "redirect_uri", "scope", "state", "nonce", "access_type", "request_credentials"];

/// Parameters that decide what the answer means, so that neither the endpoint's own query nor the caller's
/// further parameters may set them.
const PROTOCOL_PARAMETERS: [&str; 11] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
];

/// The URL to send the user to. It holds the state, and so is a secret itself. The redirect URI is sent as it is
/// written, in both requests (RFC 6749 section 4.1.3); PKCE is always S256.
pub fn url(options: &Options<'_>) -> Result<Secret, AuthError> {
    let own = options.own;
    check_redirect_uri(own("redirect_uri").unwrap_or_default())?;
    if !own("state").is_some_and(|state| state.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(AuthError::configuration(&["`state` must be printable ASCII without spaces."]));
    }
    let verifier = own("code_verifier");
    if verifier.is_some_and(|verifier| !pkce::is_verifier(verifier)) {
        return Err(AuthError::configuration(&["`codeVerifier` must be 43 to 128 unreserved characters."]));
    }
    let is_reserved = |name: &str| PROTOCOL_PARAMETERS.contains(&name) || (OWN.contains(&name) && own(name).is_some());

    let mut url = options.endpoint.to_owned();
    let query = url::split(options.endpoint).1.unwrap_or_else(|| {
        url.push('?');
        ""
    });
    for (name, _) in form::pairs(query) {
        if form::decode(name).is_none_or(|name| is_reserved(&name)) {
            return Err(AuthError::configuration(&[
                "`authorizationEndpoint` must not hold a protocol parameter in its query.",
            ]));
        }
    }
    let response_type = match options.flow {
        Flow::Code => "code",
        // OpenID Connect Core section 3.2.2.1.
        Flow::Implicit if own("scope").is_some_and(|scope| has_word(scope, "openid")) => "id_token token",
        Flow::Implicit => "token",
    };
    form::append(&mut url, "response_type", response_type);
    for name in &OWN {
        if let Some(value) = own(name) {
            form::append(&mut url, name, value);
        }
    }
    if let Some(verifier) = verifier {
        form::append(&mut url, "code_challenge", &pkce::challenge(verifier));
        form::append(&mut url, "code_challenge_method", "S256");
    }
    for (name, value) in options.further {
        if is_reserved(name) || form::first(query, name).is_some() {
            return Err(AuthError::configuration(&["`parameters` cannot set `", name, "`."]));
        }
        form::append(&mut url, name, value);
    }
    Ok(Secret::new(url))
}

fn has_word(scope: &str, word: &str) -> bool {
    let mut rest = Some(scope);
    while let Some(words) = rest {
        let (first, others) = url::cut(words, b' ');
        if first == word {
            return true;
        }
        rest = others;
    }
    false
}

/// What the URL parser of JavaScript, which has seen that this is an absolute URL, does not tell.
fn check_redirect_uri(redirect_uri: &str) -> Result<(), AuthError> {
    let (_, query, fragment) = url::split(redirect_uri);
    let is_answer = |name| form::decode(name).is_none_or(|name| redirect::is_parameter(&name));
    let wrong = if !redirect_uri.bytes().all(|byte| byte > b' ' && byte != 0x7f) {
        "`redirectUri` must not hold spaces."
    } else if fragment.is_some() {
        "`redirectUri` must not have a fragment."
    } else if form::pairs(query.unwrap_or_default()).any(|(name, _)| is_answer(name)) {
        "`redirectUri` must not hold a parameter of the answer, such as `code` or `state`."
    } else {
        return Ok(());
    };
    Err(AuthError::configuration(&[wrong]))
}

#[cfg(test)]
#[path = "authorization_tests.rs"]
mod tests;
