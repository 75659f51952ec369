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
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The server's authorization endpoint, as the URL parser writes it.
    pub endpoint: &'a str,
    /// RFC 6749 section 2.2.
    pub client_id: &'a str,
    /// Sent as it is written here, in both requests (RFC 6749 section 4.1.3).
    pub redirect_uri: &'a str,
    /// Which grant.
    pub flow: Flow,
    /// Space-separated; empty for none.
    pub scope: &'a str,
    /// RFC 6749 section 10.12: 256 random bits.
    pub state: &'a str,
    /// `OpenID` Connect Core section 3.1.2.1.
    pub nonce: Option<&'a str>,
    /// RFC 7636: 256 random bits. Only its hash is sent.
    pub code_verifier: Option<&'a str>,
    /// `access_type`: how Space and Hub are asked for a refresh token.
    pub access_type: Option<&'a str>,
    /// Space and Hub: how the server treats its own log-in.
    pub request_credentials: Option<&'a str>,
    /// Further parameters of the caller.
    pub parameters: &'a [(&'a str, &'a str)],
}

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

/// The URL to send the user to. It holds the state, and so is a secret itself. PKCE is always S256.
pub fn url(options: &Options<'_>) -> Result<Secret, AuthError> {
    check_redirect_uri(options.redirect_uri)?;
    if !options.state.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(AuthError::configuration(&["`state` must be printable ASCII without spaces."]));
    }
    if options.code_verifier.is_some_and(|verifier| !pkce::is_verifier(verifier)) {
        return Err(AuthError::configuration(&["`codeVerifier` must be 43 to 128 unreserved characters."]));
    }
    let challenge = options.code_verifier.map(pkce::challenge);
    let response_type = match options.flow {
        Flow::Code => "code",
        Flow::Implicit => "token",
    };
    let own = [
        ("response_type", Some(response_type)),
        ("client_id", Some(options.client_id)),
        ("redirect_uri", Some(options.redirect_uri)),
        ("scope", Some(options.scope).filter(|scope| !scope.is_empty())),
        ("state", Some(options.state)),
        ("nonce", options.nonce),
        ("code_challenge", challenge.as_deref()),
        ("code_challenge_method", challenge.as_ref().map(|_| "S256")),
        ("access_type", options.access_type),
        ("request_credentials", options.request_credentials),
    ];
    let is_reserved = |name: &str| {
        PROTOCOL_PARAMETERS.contains(&name) || own.iter().any(|(own, value)| *own == name && value.is_some())
    };

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
    for (name, value) in own {
        if let Some(value) = value {
            form::append(&mut url, name, value);
        }
    }
    for (name, value) in options.parameters {
        if is_reserved(name) || form::first(query, name).is_some() {
            return Err(AuthError::configuration(&["`parameters` cannot set `", name, "`."]));
        }
        form::append(&mut url, name, value);
    }
    Ok(Secret::new(url))
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
