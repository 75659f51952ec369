//! The authorization request: from options to a URL (RFC 6749 sections 4.1.1 and 4.2.1, RFC 7636).

use super::error::{AuthError, Code, Phase};
use super::secret::Secret;
use super::server::{Offline, Server};
use super::url::Parse;
use super::{base64, form, pkce, redirect, scope, url};

/// Fills a buffer with unpredictable bytes; false when it cannot.
pub type Random<'a> = &'a dyn Fn(&mut [u8]) -> bool;

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
    /// The server to ask.
    pub server: &'a Server,
    /// RFC 6749 section 2.2.
    pub client_id: &'a str,
    /// Sent as it is written here, in both requests (RFC 6749 section 4.1.3).
    pub redirect_uri: &'a str,
    /// Which grant.
    pub flow: Flow,
    /// Space-separated; empty for none.
    pub scope: &'a str,
    /// Whether to ask for a refresh token.
    pub offline: bool,
    /// Space and Hub: how the server treats its own log-in.
    pub request_credentials: Option<&'a str>,
    /// Further parameters of the caller.
    pub parameters: &'a [(String, String)],
    /// For tests; random when absent.
    pub state: Option<&'a str>,
    /// For tests; random when absent and `openid` is asked for.
    pub nonce: Option<&'a str>,
    /// For tests; random when absent.
    pub code_verifier: Option<&'a str>,
}

/// A URL to send the user to, and what must be known to complete the answer.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// Where to send the user. It holds the state, and so is a secret itself.
    pub url: Secret,
    /// Which grant.
    pub flow: Flow,
    /// RFC 6749 section 10.12: 256 random bits.
    pub state: Secret,
    /// Byte for byte as in the URL.
    pub redirect_uri: String,
    /// RFC 7636: 256 random bits. Never in the URL.
    pub code_verifier: Option<Secret>,
    /// `OpenID` Connect Core section 3.1.2.1.
    pub nonce: Option<Secret>,
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

impl AuthorizationRequest {
    /// Builds the request. The redirect URI must be absolute and without fragment, user name or password; PKCE is
    /// always S256, unless the server is known to reject it.
    pub fn new(options: &Options<'_>, parse: Parse, random: Random<'_>) -> Result<Self, AuthError> {
        check_redirect_uri(options.redirect_uri, parse)?;
        let state = given_or_random(options.state, random)?;
        if !state.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AuthError::configuration(&["`state` must be printable ASCII without spaces."]));
        }

        let server = options.server;
        let scope = requested_scope(options.server, options.scope, options.offline);
        let nonce = if options.nonce.is_some() || scope::has(&scope, "openid") {
            Some(given_or_random(options.nonce, random)?)
        } else {
            None
        };
        let code_verifier = match (options.flow, server.pkce) {
            (Flow::Code, true) => Some(given_or_random(options.code_verifier, random)?),
            _ => None,
        };
        if code_verifier.as_ref().is_some_and(|verifier| !pkce::is_verifier(verifier.expose())) {
            return Err(AuthError::configuration(&[
                "`codeVerifier` must be 43 to 128 characters of A-Z, a-z, 0-9, `-`, `.`, `_`, `~`.",
            ]));
        }

        let challenge = code_verifier.as_ref().map(|verifier| pkce::challenge(verifier.expose()));
        let response_type = match options.flow {
            Flow::Code => "code",
            Flow::Implicit => "token",
        };
        let offline = options.offline && options.flow == Flow::Code && server.offline == Offline::AccessType;
        let own = [
            ("response_type", Some(response_type)),
            ("client_id", Some(options.client_id)),
            ("redirect_uri", Some(options.redirect_uri)),
            ("scope", Some(scope.as_str()).filter(|scope| !scope.is_empty())),
            ("state", Some(state.expose())),
            ("nonce", nonce.as_ref().map(Secret::expose)),
            ("code_challenge", challenge.as_deref()),
            ("code_challenge_method", challenge.as_ref().map(|_| "S256")),
            ("access_type", offline.then_some("offline")),
            ("request_credentials", options.request_credentials),
        ];
        let url = build(options, &own)?;
        Ok(Self {
            url: Secret::new(url),
            flow: options.flow,
            state,
            redirect_uri: options.redirect_uri.to_owned(),
            code_verifier,
            nonce,
        })
    }
}

/// The scope that is sent: with `offline_access` where that is how a refresh token is asked for.
#[must_use]
pub fn requested_scope(server: &Server, scope: &str, offline: bool) -> String {
    let mut words = scope.to_owned();
    if offline && server.offline == Offline::Scope {
        words.push_str(" offline_access");
    }
    scope::normalise(&words)
}

fn build(options: &Options<'_>, own: &[(&str, Option<&str>)]) -> Result<String, AuthError> {
    let reserved = |name: &str| {
        PROTOCOL_PARAMETERS.contains(&name) || own.iter().any(|(own, value)| *own == name && value.is_some())
    };
    let endpoint = options.server.authorization_endpoint()?;
    for (name, _) in form::pairs(url::split(endpoint).1.unwrap_or_default()) {
        if form::decode(name).is_none_or(|name| reserved(&name)) {
            return Err(AuthError::configuration(&[
                "`authorizationEndpoint` must not hold a protocol parameter in its query.",
            ]));
        }
    }
    let mut url = endpoint.to_owned();
    if url::split(&url).1.is_none() {
        url.push('?');
    }
    for (name, value) in own {
        if let Some(value) = value {
            form::append(&mut url, name, value);
        }
    }
    let own_query = url::split(endpoint).1.unwrap_or_default();
    let in_endpoint = |name: &str| form::pairs(own_query).any(|(own, _)| form::decode(own).as_deref() == Some(name));
    for (name, value) in options.parameters {
        if reserved(name) || in_endpoint(name) {
            return Err(AuthError::configuration(&["`parameters` cannot set `", name, "`."]));
        }
        form::append(&mut url, name, value);
    }
    Ok(url)
}

fn check_redirect_uri(redirect_uri: &str, parse: Parse) -> Result<(), AuthError> {
    let refuse = |why| Err(AuthError::configuration(&[why]));
    let Some(parsed) = parse(redirect_uri, None).filter(|parsed| !parsed.host.is_empty()) else {
        return refuse("`redirectUri` must be an absolute URL.");
    };
    if redirect_uri.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return refuse("`redirectUri` must not hold spaces.");
    }
    if parsed.has_credentials {
        return refuse("`redirectUri` must not hold a user name or password.");
    }
    if redirect_uri.contains('#') {
        return refuse("`redirectUri` must not have a fragment.");
    }
    let answers = form::pairs(parsed.query())
        .any(|(name, _)| form::decode(name).is_none_or(|name| redirect::is_parameter(&name)));
    if answers {
        return refuse("`redirectUri` must not hold a parameter of the answer, such as `code` or `state`.");
    }
    Ok(())
}

/// 256 random bits as 43 characters, which serve as state, nonce and verifier alike.
fn given_or_random(given: Option<&str>, random: Random<'_>) -> Result<Secret, AuthError> {
    match given {
        Some("") => Err(AuthError::configuration(&["`state`, `nonce` and `codeVerifier` must not be empty."])),
        Some(given) => Ok(Secret::new(given.to_owned())),
        None => {
            let mut bytes = [0; 32];
            if !random(&mut bytes) {
                let hint = "This environment has no `crypto.getRandomValues`.";
                return Err(AuthError::new(Code::Unsupported, Phase::Authorize).with_hint(hint));
            }
            Ok(Secret::new(base64::url_safe(&bytes)))
        }
    }
}

#[cfg(test)]
#[path = "authorization_tests.rs"]
mod tests;
