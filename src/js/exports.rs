//! The functions of the module. Options are JSON texts in which `server` is always an object. What is thrown is
//! the JSON text of an `AuthError`.

use std::future::Future;
use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::options::{self, Options};
use super::values;
use crate::browser::host::Host;
use crate::browser::{login, ports, url};
use crate::protocol::challenge;
use crate::protocol::error::{AuthError, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::revocation::{self, Kind};
use crate::protocol::secret::Secret;
use crate::protocol::token_request::{Grant, token_request};
use crate::protocol::token_response::TokenResponse;
use crate::session::engine::Config;
use crate::session::ports::Clock;

/// An error as it is thrown.
#[allow(clippy::needless_pass_by_value)] // For `map_err`.
pub fn thrown(error: AuthError) -> JsValue {
    error.to_json().into()
}

/// A promise of what `work` gives. Boxed first: each kind of future that is turned into a promise on its own would
/// bring its own copy of the machinery.
pub fn promise(work: impl Future<Output = Result<JsValue, AuthError>> + 'static) -> Promise {
    start(Box::pin(work))
}

#[inline(never)]
fn start(work: Pin<Box<dyn Future<Output = Result<JsValue, AuthError>>>>) -> Promise {
    js_sys::futures::future_to_promise(async move { work.await.map_err(thrown) })
}

/// `buildAuthorizationUrl` of the contract.
#[wasm_bindgen(js_name = buildAuthorizationUrl)]
pub fn build_authorization_url(options: &str, origin: &str, host: &Host) -> Result<String, JsValue> {
    let build = || {
        let login = options::login(&Options::new(options)?, url::parse, origin)?;
        let credentials = login.request.request_credentials.as_deref();
        Ok(values::authorization_request(&login::authorization_request(&login, credentials, host)?))
    };
    build().map_err(thrown)
}

/// `rememberRequest` of the contract.
#[wasm_bindgen(js_name = rememberRequest)]
pub fn remember_request(request: &str, host: &Host) -> Result<(), JsValue> {
    let remember = || {
        let options = Options::new(request)?;
        login::remember(&values::read_authorization_request(&options), options.owned("appState"), host)
    };
    remember().map_err(thrown)
}

/// `parseRedirect` of the contract.
#[wasm_bindgen(js_name = parseRedirect)]
pub fn parse_redirect(address: &str, request: &str, host: &Host) -> Result<String, JsValue> {
    values::parse_redirect(address, request, Clock::now(host)).map_err(thrown)
}

/// Whether a 401 says that the token is invalid, by its header or, where that cannot be seen, by its body.
#[wasm_bindgen(js_name = saysInvalidToken)]
pub fn says_invalid_token(header: Option<String>, body: &str) -> bool {
    header.map_or_else(|| challenge::body_says_invalid_token(body), |header| challenge::says_invalid_token(&header))
}

/// What every single token request needs.
struct Call {
    options: Options,
    config: Config,
    host: Host,
}

impl Call {
    fn new(options: &str, host: Host) -> Result<Self, AuthError> {
        let options = Options::new(options)?;
        Ok(Self { config: options.config(url::parse)?, options, host })
    }

    async fn send(&self, request: &HttpRequest, phase: Phase) -> Result<HttpResponse, AuthError> {
        ports::send(&self.host, request, self.options.timeout()).await.map_err(|error| error.in_phase(phase))
    }

    async fn ask(&self, grant: Grant<'_>, phase: Phase) -> Result<JsValue, AuthError> {
        let request = token_request(&self.config.server, &self.config.client, &grant);
        let response = self.send(&request, phase).await?;
        let tokens = TokenResponse::from_http(&self.config.server, &request, &response, phase)?;
        Ok(values::token_set(&tokens, &self.config.scope, Clock::now(&self.host)).into())
    }
}

/// `exchangeCode` of the contract. A code is sent once, so that no failure is worth repeating.
#[wasm_bindgen(js_name = exchangeCode)]
pub fn exchange_code(options: String, host: Host) -> Promise {
    promise(async move {
        let call = Call::new(&options, host)?;
        let code = Secret::new(call.options.text("code").to_owned());
        let redirect_uri = call.options.text("redirectUri");
        let code_verifier = call.options.secret("codeVerifier");
        let grant = Grant::AuthorizationCode { code: &code, redirect_uri, code_verifier: code_verifier.as_ref() };
        call.ask(grant, Phase::Token).await.map_err(AuthError::never_again)
    })
}

/// `refreshTokens` of the contract. The scope is sent when it is given, and to servers that want one.
#[wasm_bindgen(js_name = refreshTokens)]
pub fn refresh_tokens(options: String, host: Host) -> Promise {
    promise(async move {
        let call = Call::new(&options, host)?;
        let refresh_token = Secret::new(call.options.text("refreshToken").to_owned());
        let wanted = call.options.owned("scope").is_some() || call.config.server.is_space_like();
        let scope = Some(call.config.scope.as_str()).filter(|scope| wanted && !scope.is_empty());
        call.ask(Grant::RefreshToken { refresh_token: &refresh_token, scope }, Phase::Refresh).await
    })
}

/// `revokeToken` of the contract.
#[wasm_bindgen(js_name = revokeToken)]
pub fn revoke_token(options: String, host: Host) -> Promise {
    promise(async move {
        let call = Call::new(&options, host)?;
        let token = Secret::new(call.options.text("token").to_owned());
        let kind = match call.options.text("kind") {
            "access_token" => Some(Kind::AccessToken),
            "refresh_token" => Some(Kind::RefreshToken),
            _ => None,
        };
        let request = revocation::revocation_request(&call.config.server, &call.config.client, &token, kind)?;
        let response = call.send(&request, Phase::Token).await?;
        revocation::revocation_response(&call.config.server, &request, &response)?;
        Ok(JsValue::UNDEFINED)
    })
}
