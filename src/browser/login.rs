//! Signing in: complete a redirect that is ours, else restore, else leave for the server.

use std::rc::Rc;

use super::machine::{effect, emit, now};
use super::ports::{Browser, Pending as PendingPort};
use super::{registry, url};
use crate::protocol::authorization::{self, AuthorizationRequest, Flow};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::form;
use crate::protocol::redirect::{self, Answer, Expected, Part};
use crate::protocol::url::split;
use crate::session::engine::{Brought, Engine};
use crate::session::login::Login;
use crate::session::pending::{self, Pending};

/// One session as one caller sees it.
pub struct View {
    /// Shared with others.
    pub engine: Rc<Engine<Browser>>,
    /// The options of this very caller.
    pub login: Login,
}

impl View {
    /// The session that these options describe, at this place; `number` names it if it is new.
    #[must_use]
    pub fn new(login: Login, place: u32, number: u32) -> Self {
        Self { engine: registry::session(&login.config, place, number), login }
    }

    /// Completes the redirect in `address`, if it is one of ours. `page` is the address bar.
    pub async fn complete(&self, address: &str, page: &str) -> Result<bool, AuthError> {
        if !self.engine.is_arriving()
            && let Some((pending, part)) = self.find(address).await
        {
            if address == page {
                let cleaned = redirect::clean(address, part);
                emit("replaceAddress", &|writer| writer.text("text", &cleaned));
            }
            self.receive(address, pending);
        }
        self.engine.arrived().await
    }

    /// Leaves for the server's log-in page.
    pub async fn leave(&self, page: &str) -> Result<(), AuthError> {
        self.leave_with(self.login.request.request_credentials.as_deref(), page).await
    }

    async fn leave_with(&self, request_credentials: Option<&str>, page: &str) -> Result<(), AuthError> {
        let request = authorization_request(&self.login, request_credentials, page)?;
        remember(&request, self.login.request.app_state.clone()).await?;
        leave_for(request.url.expose()).await
    }

    /// Ends the server's own session: at its end-session endpoint (`OpenID` Connect RP-Initiated Logout), or, for Space
    /// and Hub, by its log-in page, which ends the session first. Other servers offer nothing, and the app's own page
    /// is shown.
    pub async fn leave_signed_out(&self, return_to: &str, page: &str) -> Result<(), AuthError> {
        let server = &self.login.config.server;
        if server.is_space_like() && server.authorization_endpoint.is_some() {
            return self.leave_with(Some("required"), page).await;
        }
        let return_to = if return_to.is_empty() { split(page).0 } else { return_to };
        let Some(endpoint) = &server.end_session_endpoint else { return leave_for(return_to).await };
        let mut address = endpoint.clone();
        if split(endpoint).1.is_none() {
            address.push('?');
        }
        form::append(&mut address, "client_id", &self.login.config.client.id);
        form::append(&mut address, "post_logout_redirect_uri", return_to);
        leave_for(&address).await
    }

    fn receive(&self, address: &str, pending: Pending) {
        let brought = if pending.is_expired(now()) {
            Err(AuthError::new(Code::StateMismatch, Phase::Redirect))
        } else {
            self.read(address, &pending)
        };
        self.engine.ports.app_state.replace(pending.app_state);
        let state = pending.state;
        let claim = Box::pin(async move { pending::take(&PendingPort, &state).await });
        self.engine.arrive(brought, claim, self.login.timeout);
    }

    async fn find(&self, address: &str) -> Option<(Pending, Part)> {
        for flow in [Flow::Implicit, Flow::Code] {
            if let Some((part, text)) = redirect::part(address, flow)
                && let Some(state) = redirect::state(text)
                && let Some(pending) = pending::find(&PendingPort, &state).await
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

async fn leave_for(address: &str) -> Result<(), AuthError> {
    if effect("leaveFor", &|writer| writer.text("text", address)).await.is_some() {
        return Ok(());
    }
    let hint = "There is no page here that could be redirected; sign in from a page.";
    Err(AuthError::new(Code::Unsupported, Phase::Authorize).with_hint(hint))
}

/// Builds an authorization URL and what completes it. `page` is the address bar, empty where there is none.
pub fn authorization_request(
    login: &Login,
    request_credentials: Option<&str>,
    page: &str,
) -> Result<AuthorizationRequest, AuthError> {
    let options = authorization::Options {
        server: &login.config.server,
        client_id: &login.config.client.id,
        redirect_uri: login.request.redirect_uri.as_deref().unwrap_or_else(|| split(page).0),
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

/// Stores a request, so that its redirect can be completed.
pub async fn remember(request: &AuthorizationRequest, app_state: Option<String>) -> Result<(), AuthError> {
    if pending::remember(&PendingPort, &Pending::new(request, app_state, now()), now()).await {
        return Ok(());
    }
    let hint = "The browser refuses to store the request that the redirect must answer; allow site data for this page.";
    Err(AuthError::new(Code::StorageUnavailable, Phase::Storage).with_hint(hint))
}
