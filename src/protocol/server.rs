//! An authorization server: its endpoints and its habits, as data.

use super::error::AuthError;
use super::url::{Rules, Url};

/// How a confidential client authenticates (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// HTTP Basic.
    #[default]
    Basic,
    /// `client_id` and `client_secret` in the body.
    Body,
}

/// How the server is asked for a refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offline {
    /// By `access_type=offline`: Space and Hub.
    AccessType,
    /// By the scope `offline_access`: OpenID providers.
    Scope,
    /// Not at all; it gives one or not by its own rules.
    #[default]
    Unasked,
}

/// A server's description as the caller wrote it, unchecked.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// RFC 8414 `issuer`, compared byte by byte.
    pub issuer: Option<String>,
    /// RFC 6749 section 3.1.
    pub authorization_endpoint: Option<String>,
    /// RFC 6749 section 3.2.
    pub token_endpoint: String,
    /// RFC 7009.
    pub revocation_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout.
    pub end_session_endpoint: Option<String>,
    /// What relative API URLs resolve against.
    pub api_base: Option<String>,
    /// The scope that is asked for when the caller names none.
    pub default_scope: Option<String>,
    /// How a confidential client authenticates.
    pub client_authentication: ClientAuthentication,
    /// False for servers that reject PKCE parameters.
    pub pkce: bool,
    /// How a refresh token is asked for.
    pub offline: Offline,
    /// RFC 9207: the server promises an `iss` response parameter.
    pub iss_parameter: bool,
}

/// A server whose endpoints were checked and may receive secrets.
#[derive(Clone, Debug)]
pub struct Server {
    /// RFC 6749 section 3.1.
    pub authorization_endpoint: Option<Url>,
    /// RFC 6749 section 3.2.
    pub token_endpoint: Url,
    /// RFC 7009.
    pub revocation_endpoint: Option<Url>,
    /// OpenID Connect RP-Initiated Logout.
    pub end_session_endpoint: Option<Url>,
    /// The description that this was made from.
    pub description: Description,
}

impl Server {
    /// Checks every endpoint by `rules`.
    pub fn new(description: Description, rules: Rules) -> Result<Self, AuthError> {
        let optional = |url: &Option<String>, option| {
            url.as_deref().map(|url| rules.endpoint(url, option)).transpose()
        };
        Ok(Self {
            authorization_endpoint: optional(&description.authorization_endpoint, "authorizationEndpoint")?,
            token_endpoint: rules.endpoint(&description.token_endpoint, "tokenEndpoint")?,
            revocation_endpoint: optional(&description.revocation_endpoint, "revocationEndpoint")?,
            end_session_endpoint: optional(&description.end_session_endpoint, "endSessionEndpoint")?,
            description,
        })
    }

    /// Space and Hub, the servers of `access_type`, answer a token request without `token_type` and `scope`, and
    /// want the scope again when refreshing.
    #[must_use]
    pub fn is_space_like(&self) -> bool {
        self.description.offline == Offline::AccessType
    }

    /// The authorization endpoint, or the error that says which option is missing.
    pub fn authorization_endpoint(&self) -> Result<&Url, AuthError> {
        self.authorization_endpoint
            .as_ref()
            .ok_or_else(|| AuthError::configuration("`server` has no `authorizationEndpoint`, which this flow needs."))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::url::native;

    /// A Space organisation, as the package's `space()` describes it.
    pub(crate) fn space() -> Server {
        server(Description {
            authorization_endpoint: Some("https://acme.jetbrains.space/oauth/auth".into()),
            token_endpoint: "https://acme.jetbrains.space/oauth/token".into(),
            default_scope: Some("**".into()),
            pkce: true,
            offline: Offline::AccessType,
            ..Description::default()
        })
    }

    /// A server with strict habits.
    pub(crate) fn strict() -> Server {
        server(Description {
            issuer: Some("https://as.example".into()),
            authorization_endpoint: Some("https://as.example/authorize?tenant=a%2Bb".into()),
            token_endpoint: "https://as.example/token".into(),
            pkce: true,
            ..Description::default()
        })
    }

    pub(crate) fn server(description: Description) -> Server {
        Server::new(description, Rules { parse: native, allow_http: false }).unwrap()
    }

    #[test]
    fn a10_every_endpoint_is_checked_and_named() {
        let good = || Description { token_endpoint: "https://as.example/token".into(), ..Description::default() };
        let bad = || Some("javascript:alert(1)".to_owned());
        for (description, option) in [
            (Description { token_endpoint: "http://as.example/token".into(), ..good() }, "tokenEndpoint"),
            (Description { authorization_endpoint: bad(), ..good() }, "authorizationEndpoint"),
            (Description { revocation_endpoint: bad(), ..good() }, "revocationEndpoint"),
            (Description { end_session_endpoint: bad(), ..good() }, "endSessionEndpoint"),
        ] {
            let error = Server::new(description, Rules { parse: native, allow_http: false }).unwrap_err();
            assert!(error.hint.contains(option), "{}", error.hint);
        }
    }
}
