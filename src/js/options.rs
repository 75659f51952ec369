//! Reading options. JavaScript (`npm/options.js`) has checked the type of each and written them as a JSON text; what
//! decides something, the addresses above all, is checked here.

use std::rc::Rc;

use crate::protocol::authorization::Flow;
use crate::protocol::error::AuthError;
use crate::protocol::json::Json;
use crate::protocol::scope;
use crate::protocol::secret::Secret;
use crate::protocol::server::{ClientAuthentication, Offline, Server};
use crate::protocol::token_request::Client;
use crate::protocol::url::{Parse, Rules};
use crate::session::allow_list::AllowList;
use crate::session::engine::Config;
use crate::session::login::{Login, RequestOptions};

const TIMEOUT: u32 = 10_000;

/// An options object.
pub struct Options(Json);

impl Options {
    /// Reads what JavaScript wrote.
    pub fn new(text: &str) -> Result<Self, AuthError> {
        match Json::parse(text) {
            Some(json) => Ok(Self(json)),
            None => Err(AuthError::configuration(&["The options must be well-formed texts."])),
        }
    }

    /// The `server` option; empty when there is none.
    #[must_use]
    pub fn server(&self) -> Server {
        self.0.member("server").map(server).unwrap_or_default()
    }

    /// A string; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.text_of(name).unwrap_or_default()
    }

    /// A string of one's own, if given.
    #[must_use]
    pub fn owned(&self, name: &str) -> Option<String> {
        self.0.text_of(name).map(str::to_owned)
    }

    /// A secret, if given.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.owned(name).map(Secret::new)
    }

    /// A whole number; 0 when absent.
    #[must_use]
    pub fn number(&self, name: &str) -> u32 {
        let number = self.0.member(name).and_then(Json::integer).unwrap_or_default();
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Whether an option is true.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.is_true(name)
    }

    /// The flow.
    #[must_use]
    pub fn flow(&self) -> Flow {
        if self.text("flow") == "implicit" { Flow::Implicit } else { Flow::Code }
    }

    /// Milliseconds for one request to the authorization server.
    #[must_use]
    pub fn timeout(&self) -> u32 {
        match self.number("timeout") {
            0 => TIMEOUT,
            given => given,
        }
    }

    fn rules(&self, parse: Parse) -> Rules {
        Rules { parse, allow_http: self.0.is_true("allowHttp") }
    }

    /// The checked server and the client.
    pub fn config(&self, parse: Parse) -> Result<Config, AuthError> {
        let server = self.server().checked(self.rules(parse))?;
        let secret = self.secret("clientSecret").filter(|secret| !secret.expose().is_empty());
        let client = Client { id: self.text("clientId").to_owned(), secret };
        let scope = self.0.text_of("scope").or(server.default_scope.as_deref()).unwrap_or_default();
        Ok(Config { scope: scope::normalise(scope), server, client })
    }
}

/// A `Server` of the contract, unchecked.
fn server(json: &Json) -> Server {
    let owned = |name| json.text_of(name).map(str::to_owned);
    Server {
        issuer: owned("issuer"),
        authorization_endpoint: owned("authorizationEndpoint"),
        token_endpoint: owned("tokenEndpoint").unwrap_or_default(),
        revocation_endpoint: owned("revocationEndpoint"),
        end_session_endpoint: owned("endSessionEndpoint"),
        api_base: owned("apiBase"),
        default_scope: owned("defaultScope"),
        client_authentication: match json.text_of("clientAuthentication") {
            Some("body") => ClientAuthentication::Body,
            _ => ClientAuthentication::Basic,
        },
        pkce: json.member("pkce").is_none() || json.is_true("pkce"),
        offline: match json.text_of("offline") {
            Some("access_type") => Offline::AccessType,
            Some("offline_access") => Offline::Scope,
            _ => Offline::Unasked,
        },
        iss_parameter: json.is_true("issParameter"),
    }
}

/// Reads everything that `login` takes. The page's own `origin` is where relative API URLs go if nothing else is said.
pub fn login(options: &Options, parse: Parse) -> Result<Login, AuthError> {
    let config = Rc::new(options.config(parse)?);
    let rules = options.rules(parse);
    let given = options.0.text_of("baseUrl").or(config.server.api_base.as_deref());
    let base = match given {
        Some(base) => with_slash(rules.endpoint(base, "baseUrl")?.href),
        None => options.text("origin").to_owned(),
    };
    let mut allowed = AllowList::default();
    match options.0.member("api") {
        Some(Json::List(entries)) => {
            for entry in entries {
                allowed.add(entry.text().unwrap_or_default(), rules)?;
            }
        }
        // The page's own origin may be a plain-http one: then no token goes there.
        _ => {
            if let Ok(base) = rules.endpoint(&base, "baseUrl") {
                allowed.add(&base.origin, rules)?;
            }
        }
    }
    let mut parameters = Vec::new();
    if let Some(Json::Object(members)) = options.0.member("parameters") {
        for (name, value) in members {
            parameters.push((name.clone(), value.text().unwrap_or_default().to_owned()));
        }
    }
    let request = RequestOptions {
        redirect_uri: options.owned("redirectUri"),
        flow: options.flow(),
        offline: options.text("accessType") != "online",
        request_credentials: options.owned("requestCredentials"),
        parameters,
        app_state: options.owned("appState"),
        state: options.owned("state"),
        nonce: options.owned("nonce"),
        code_verifier: options.owned("codeVerifier"),
    };
    Ok(Login { config, base, allowed, timeout: options.timeout(), request })
}

/// A base is a folder: without its last slash, resolving would drop its last segment.
fn with_slash(mut base: String) -> String {
    if !base.ends_with('/') && !base.contains('?') {
        base.push('/');
    }
    base
}
