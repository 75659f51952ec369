//! The calls that JavaScript makes. Each has a number, by which its outcome comes back among the effects.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::options::{self, Options};
use super::values;
use crate::browser::login::{self, View};
use crate::browser::{machine, ports, url};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::revocation::{self, Kind};
use crate::protocol::secret::Secret;
use crate::protocol::token_request::{Grant, token_request};
use crate::protocol::token_response::TokenResponse;
use crate::session::engine::Config;

thread_local! {
    /// By the number of the call that opened them.
    static VIEWS: RefCell<Vec<(u32, Rc<View>)>> = const { RefCell::new(Vec::new()) };
}

/// Starts the call `number`, or, with `operation` empty, takes in the answer to effect `number`; gives the effects
/// that JavaScript is to perform. Times are milliseconds.
#[wasm_bindgen]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and NaN is 0.
pub fn exchange(now: f64, monotonic: f64, number: u32, operation: String, text: Option<String>) -> String {
    machine::tick(now as u64, monotonic as u64);
    if operation.is_empty() {
        machine::answer(number, text);
    } else {
        machine::spawn(Box::pin(async move {
            let text = Secret::new(text.unwrap_or_default());
            machine::settle(number, boxed(perform(number, &operation, text.expose())).await);
        }));
    }
    machine::run()
}

/// Behind a pointer: a future within a future would be built into it, with all that it holds.
fn boxed<'a>(
    work: impl Future<Output = Result<String, AuthError>> + 'a,
) -> Pin<Box<dyn Future<Output = Result<String, AuthError>> + 'a>> {
    Box::pin(work)
}

fn view(options: &Options) -> Option<Rc<View>> {
    let number = options.number("view");
    VIEWS.with_borrow(|views| views.iter().find(|(present, _)| *present == number).map(|(_, view)| view.clone()))
}

async fn perform(number: u32, operation: &str, text: &str) -> Result<String, AuthError> {
    let options = Options::new(text)?;
    let page = options.text("page");
    match operation {
        "open" => {
            let login = options::login(&options, url::parse)?;
            if options.is("checkRequest") {
                login::authorization_request(&login, None, page)?;
            }
            let view = View::new(login, options.number("place"), number);
            let (session, base) = (view.engine.ports.number, view.login.base.clone());
            VIEWS.with_borrow_mut(|views| views.push((number, Rc::new(view))));
            return Ok(values::opened(session, &base));
        }
        "close" => {
            let number = options.number("view");
            VIEWS.with_borrow_mut(|views| views.retain(|(present, _)| *present != number));
        }
        "buildAuthorizationUrl" => {
            let login = options::login(&options, url::parse)?;
            let credentials = login.request.request_credentials.as_deref();
            return Ok(values::authorization_request(&login::authorization_request(&login, credentials, page)?));
        }
        "rememberRequest" => {
            let request = values::read_authorization_request(&options);
            login::remember(&request, options.owned("appState")).await?;
        }
        "parseRedirect" => return values::parse_redirect(options.text("address"), &options, machine::now()),
        "exchangeCode" | "refreshTokens" | "revokeToken" => return boxed(request(operation, &options)).await,
        _ => {
            let view = view(&options).ok_or_else(internal_error)?;
            return boxed(use_view(&view, operation, &options, page)).await;
        }
    }
    Ok(String::new())
}

async fn use_view(view: &View, operation: &str, options: &Options, page: &str) -> Result<String, AuthError> {
    let (engine, timeout) = (&view.engine, view.login.timeout);
    match operation {
        "resume" => {
            let signed_in = view.complete(page, page).await? || engine.restore(timeout).await?;
            return Ok(yes(signed_in));
        }
        "complete" => return Ok(yes(view.complete(options.text("address"), page).await?)),
        "leave" => view.leave(page).await?,
        "leaveSignedOut" => view.leave_signed_out(options.text("returnTo"), page).await?,
        "summary" => return Ok(values::summary(engine.summary().as_ref(), engine.has_ended())),
        "appState" => return Ok(engine.ports.app_state.borrow().clone().unwrap_or_default()),
        "allows" => {
            let address = url::parse(options.text("address"), None);
            return Ok(yes(address.is_some_and(|address| view.login.allowed.allows(&address))));
        }
        "accessToken" => {
            let token = engine.access_token(options.number("minValidity").into(), timeout).await?;
            return Ok(token.expose().to_owned());
        }
        "refresh" => {
            let stale = match options.secret("stale") {
                Some(stale) => stale,
                None => engine.current_token()?,
            };
            engine.refresh(&stale, timeout).await?;
            return Ok(engine.current_token()?.expose().to_owned());
        }
        "logout" => engine.logout(timeout).await,
        "look" => engine.look().await,
        _ => return Err(internal_error()),
    }
    Ok(String::new())
}

fn internal_error() -> AuthError {
    AuthError::new(Code::InternalError, Phase::Request)
}

fn yes(yes: bool) -> String {
    if yes { "yes".to_owned() } else { String::new() }
}

/// One request of the caller's own to the token or revocation endpoint.
async fn request(operation: &str, options: &Options) -> Result<String, AuthError> {
    let config = options.config(url::parse)?;
    let token = |name| Secret::new(options.text(name).to_owned());
    match operation {
        // A code is sent once, so that no failure is worth repeating.
        "exchangeCode" => {
            let (code, code_verifier) = (token("code"), options.secret("codeVerifier"));
            let redirect_uri = options.text("redirectUri");
            let grant = Grant::AuthorizationCode { code: &code, redirect_uri, code_verifier: code_verifier.as_ref() };
            ask(options, &config, &grant, Phase::Token).await.map_err(AuthError::never_again)
        }
        // The scope is sent when it is given, and to servers that want one.
        "refreshTokens" => {
            let wanted = !options.text("scope").is_empty() || config.server.is_space_like();
            let scope = Some(config.scope.as_str()).filter(|scope| wanted && !scope.is_empty());
            ask(options, &config, &Grant::RefreshToken { refresh_token: &token("refreshToken"), scope }, Phase::Refresh)
                .await
        }
        _ => {
            let kind = match options.text("kind") {
                "access_token" => Some(Kind::AccessToken),
                "refresh_token" => Some(Kind::RefreshToken),
                _ => None,
            };
            let request = revocation::revocation_request(&config.server, &config.client, &token("token"), kind)?;
            let response = send(options, &request, Phase::Token).await?;
            revocation::revocation_response(&config.server, &request, &response)?;
            Ok(String::new())
        }
    }
}

async fn send(options: &Options, request: &HttpRequest, phase: Phase) -> Result<HttpResponse, AuthError> {
    ports::send(request, options.timeout()).await.map_err(|error| error.in_phase(phase))
}

async fn ask(options: &Options, config: &Config, grant: &Grant<'_>, phase: Phase) -> Result<String, AuthError> {
    let request = token_request(&config.server, &config.client, grant);
    let response = send(options, &request, phase).await?;
    let tokens = TokenResponse::from_http(&config.server, &request, &response, phase)?;
    Ok(values::token_set(&tokens, &config.scope, machine::now()))
}
