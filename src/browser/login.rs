//! Signing in: complete a redirect that is ours, else restore, else leave for the server.

use std::rc::Rc;

use super::host::Host;
use super::ports::Browser;
use super::{registry, url};
use crate::protocol::authorization::{self, AuthorizationRequest, Flow};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::form;
use crate::protocol::redirect::{self, Answer, Expected, Part};
use crate::protocol::url::split;
use crate::session::engine::{Brought, Engine};
use crate::session::login::Login;
use crate::session::pending::{self, Pending};
use crate::session::ports::Clock;

/// One session as one caller sees it.
pub struct View {
    /// Shared with others.
    pub engine: Rc<Engine<Browser>>,
    /// The options of this very caller.
    pub login: Login,
}

impl View {
    /// The session that these options describe, at this place.
    pub fn new(login: Login, host: &Host) -> Self {
        Self { engine: registry::session(&login.config, host), login }
    }

    fn host(&self) -> &Host {
        &self.engine.ports.host
    }

    /// Completes the redirect in the address bar, if it is one of ours, else restores what is stored. True when
    /// somebody is signed in.
    pub async fn resume(&self) -> Result<bool, AuthError> {
        Ok(self.complete(None).await? || self.engine.restore(self.login.timeout).await?)
    }

    /// Completes the redirect in `address`, or in the address bar. False when it is none of ours.
    pub async fn complete(&self, address: Option<String>) -> Result<bool, AuthError> {
        let own = self.host().address();
        if let Some(address) = address.as_ref().or(own.as_ref()).filter(|_| !self.engine.is_arriving()) {
            self.receive(address, own.as_ref() == Some(address));
        }
        self.engine.arrived().await
    }

    /// What is wrong with the authorization request, if anything.
    pub fn check_request(&self) -> Result<(), AuthError> {
        authorization_request(&self.login, None, self.host()).map(drop)
    }

    /// Leaves for the server's log-in page.
    pub fn leave(&self) -> Result<(), AuthError> {
        self.leave_with(self.login.request.request_credentials.as_deref())
    }

    fn leave_with(&self, request_credentials: Option<&str>) -> Result<(), AuthError> {
        let request = authorization_request(&self.login, request_credentials, self.host())?;
        remember(&request, self.login.request.app_state.clone(), self.host())?;
        self.leave_for(request.url.expose())
    }

    fn leave_for(&self, address: &str) -> Result<(), AuthError> {
        if self.host().leave_for(address) {
            return Ok(());
        }
        let hint = "There is no page here that could be redirected; sign in from a page.";
        Err(AuthError::new(Code::Unsupported, Phase::Authorize).with_hint(hint))
    }

    /// Ends the server's own session: at its end-session endpoint (OpenID Connect RP-Initiated Logout), or, for Space
    /// and Hub, by its log-in page, which ends the session first. Other servers offer nothing, and the app's own page
    /// is shown.
    pub fn leave_signed_out(&self, return_to: Option<String>) -> Result<(), AuthError> {
        let server = &self.login.config.server;
        if server.is_space_like() && server.authorization_endpoint.is_some() {
            return self.leave_with(Some("required"));
        }
        let return_to = return_to.or_else(|| default_redirect_uri(self.host())).unwrap_or_default();
        let Some(endpoint) = &server.end_session_endpoint else { return self.leave_for(&return_to) };
        let mut address = endpoint.clone();
        if split(endpoint).1.is_none() {
            address.push('?');
        }
        form::append(&mut address, "client_id", &self.login.config.client.id);
        form::append(&mut address, "post_logout_redirect_uri", &return_to);
        self.leave_for(&address)
    }

    /// In one task: finds the request that the address answers, cleans the address bar, and hands the answer on.
    fn receive(&self, address: &str, is_own: bool) {
        let Some((pending, part)) = self.find(address) else { return };
        if is_own {
            self.host().replace_address(&redirect::clean(address, part));
        }
        let brought = if pending.is_expired(Clock::now(self.host())) {
            Err(AuthError::new(Code::StateMismatch, Phase::Redirect))
        } else {
            self.read(address, &pending)
        };
        self.engine.ports.app_state.replace(pending.app_state.clone());
        let host = self.host().clone();
        self.engine.arrive(brought, Box::new(move || pending::take(&host, &pending.state)), self.login.timeout);
    }

    fn find(&self, address: &str) -> Option<(Pending, Part)> {
        for flow in [Flow::Implicit, Flow::Code] {
            if let Some((part, text)) = redirect::part(address, flow)
                && let Some(state) = redirect::state(text)
                && let Some(pending) = pending::find(self.host(), &state)
                && pending.flow == flow
                && self.made(&pending)
            {
                return Some((pending, part));
            }
        }
        None
    }

    /// Whether these options made the request; those of other servers and clients are left to their own.
    fn made(&self, pending: &Pending) -> bool {
        let config = &self.login.config;
        let endpoint = config.server.authorization_endpoint.as_deref().unwrap_or_default();
        split(endpoint).0 == pending.endpoint
            && config.client.id == pending.client_id
            && authorization::requested_scope(&config.server, &config.scope, self.login.request.offline)
                == pending.scope
    }

    fn read(&self, address: &str, pending: &Pending) -> Result<Brought, AuthError> {
        let server = &self.login.config.server;
        let expected = Expected {
            flow: pending.flow,
            state: &pending.state,
            issuer: server.issuer.as_deref(),
            iss_required: server.iss_parameter,
        };
        Ok(match redirect::read(address, expected)? {
            Answer::Token(tokens) => Brought::Tokens(tokens),
            Answer::Code(code) => Brought::Code {
                code,
                redirect_uri: pending.redirect_uri.clone(),
                code_verifier: pending.code_verifier.clone(),
            },
        })
    }
}

/// Builds an authorization URL and what completes it.
pub fn authorization_request(
    login: &Login,
    request_credentials: Option<&str>,
    host: &Host,
) -> Result<AuthorizationRequest, AuthError> {
    let default = default_redirect_uri(host);
    let Some(redirect_uri) = login.request.redirect_uri.as_deref().or(default.as_deref()) else {
        return Err(AuthError::configuration(&["`redirectUri` is needed where there is no page."]));
    };
    let options = authorization::Options {
        server: &login.config.server,
        client_id: &login.config.client.id,
        redirect_uri,
        flow: login.request.flow,
        scope: &login.config.scope,
        offline: login.request.offline,
        request_credentials,
        parameters: &login.request.parameters,
        state: login.request.state.as_deref(),
        nonce: login.request.nonce.as_deref(),
        code_verifier: login.request.code_verifier.as_deref(),
    };
    AuthorizationRequest::new(&options, url::parse, &|bytes| getrandom::fill(bytes).is_ok())
}

/// This page without query and fragment.
fn default_redirect_uri(host: &Host) -> Option<String> {
    host.address().map(|address| split(&address).0.to_owned())
}

/// Stores a request, so that its redirect can be completed.
pub fn remember(request: &AuthorizationRequest, app_state: Option<String>, host: &Host) -> Result<(), AuthError> {
    let now = Clock::now(host);
    if pending::remember(host, &Pending::new(request, app_state, now), now) {
        return Ok(());
    }
    let hint = "The browser refuses to store the request that the redirect must answer; allow site data for this page.";
    Err(AuthError::new(Code::StorageUnavailable, Phase::Storage).with_hint(hint))
}
