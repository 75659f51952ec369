//! An authorization server: its endpoints and its habits, as data.

use super::error::AuthError;
use super::url::Rules;

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
    /// By the scope `offline_access`: `OpenID` providers.
    Scope,
    /// Not at all; it gives one or not by its own rules.
    #[default]
    Unasked,
}

/// A server's endpoints and habits. Only [`Server::checked`] makes one whose endpoints may receive secrets.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// RFC 8414 `issuer`, compared byte by byte.
    pub issuer: Option<String>,
    /// RFC 6749 section 3.1.
    pub authorization_endpoint: Option<String>,
    /// RFC 6749 section 3.2.
    pub token_endpoint: String,
    /// RFC 7009.
    pub revocation_endpoint: Option<String>,
    /// `OpenID` Connect RP-Initiated Logout.
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

impl Server {
    /// The same server, every endpoint checked by `rules` and written as the URL parser writes it.
    pub fn checked(mut self, rules: Rules) -> Result<Self, AuthError> {
        self.token_endpoint = rules.endpoint(&self.token_endpoint, "tokenEndpoint")?.href;
        for (endpoint, option) in [
            (&mut self.authorization_endpoint, "authorizationEndpoint"),
            (&mut self.revocation_endpoint, "revocationEndpoint"),
            (&mut self.end_session_endpoint, "endSessionEndpoint"),
        ] {
            if let Some(url) = endpoint {
                *url = rules.endpoint(url, option)?.href;
            }
        }
        Ok(self)
    }

    /// Space and Hub, the servers of `access_type`, answer a token request without `token_type` and `scope`, and
    /// want the scope again when refreshing.
    #[must_use]
    pub fn is_space_like(&self) -> bool {
        self.offline == Offline::AccessType
    }

    /// The authorization endpoint, or the error that says which option is missing.
    pub fn authorization_endpoint(&self) -> Result<&str, AuthError> {
        self.authorization_endpoint.as_deref().ok_or_else(|| {
            AuthError::configuration(&["`server` has no `authorizationEndpoint`, which this flow needs."])
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::url::native;

    /// A Space organisation, as the package's `space()` describes it.
    pub(crate) fn space() -> Server {
        server(Server {
            authorization_endpoint: Some("https://acme.jetbrains.space/oauth/auth".into()),
            token_endpoint: "https://acme.jetbrains.space/oauth/token".into(),
            default_scope: Some("**".into()),
            pkce: true,
            offline: Offline::AccessType,
            ..Server::default()
        })
    }

    /// A server with strict habits.
    pub(crate) fn strict() -> Server {
        server(Server {
            issuer: Some("https://as.example".into()),
            authorization_endpoint: Some("https://as.example/authorize?tenant=a%2Bb".into()),
            token_endpoint: "https://as.example/token".into(),
            pkce: true,
            ..Server::default()
        })
    }

    pub(crate) fn server(server: Server) -> Server {
        server.checked(Rules { parse: native, allow_http: false }).unwrap()
    }

    #[test]
    fn a10_every_endpoint_is_checked_and_named() {
        let good = || Server { token_endpoint: "https://as.example/token".into(), ..Server::default() };
        let bad = || Some("javascript:alert(1)".to_owned());
        for (server, option) in [
            (Server { token_endpoint: "http://as.example/token".into(), ..good() }, "tokenEndpoint"),
            (Server { authorization_endpoint: bad(), ..good() }, "authorizationEndpoint"),
            (Server { revocation_endpoint: bad(), ..good() }, "revocationEndpoint"),
            (Server { end_session_endpoint: bad(), ..good() }, "endSessionEndpoint"),
        ] {
            let error = server.checked(Rules { parse: native, allow_http: false }).unwrap_err();
            assert!(error.hint.contains(option), "{}", error.hint);
        }
    }
}
