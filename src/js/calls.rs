//! The calls that JavaScript makes. Each has a number, by which its outcome comes back among the effects.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::options::Options;
use super::values;
use crate::browser::ports::{self, Browser};
use crate::browser::{machine, registry};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::json::Json;
use crate::protocol::secret::Secret;
use crate::protocol::token_request::request;
use crate::protocol::token_response::TokenResponse;
use crate::session::engine::Engine;

type Outcome = Result<String, AuthError>;
type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// Starts the call `number`, whose options name its operation, or takes in the answer to effect `number`; gives the
/// effects that JavaScript is to perform. Times are milliseconds.
#[wasm_bindgen]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and NaN is 0.
pub fn exchange(now: f64, monotonic: f64, number: u32, is_call: bool, text: Option<String>) -> String {
    machine::tick(now as u64, monotonic as u64);
    if is_call {
        match start(number, &Secret::new(text.unwrap_or_default())) {
            Ok(work) => machine::spawn(Box::pin(async move { machine::settle(number, work.await) })),
            Err(outcome) => machine::settle(number, outcome),
        }
    } else {
        machine::answer(number, text);
    }
    machine::run()
}

/// Nothing is to be done at the start; but the glue, when it sets up another instance after a trap, relies on it.
#[wasm_bindgen(start)]
#[allow(clippy::missing_const_for_fn)] // A start function cannot be `const`.
pub fn begin() {}

/// Gives the work that the call is, or its outcome when there is nothing to wait for.
fn start(number: u32, text: &Secret) -> Result<Work, Outcome> {
    let options = Options::new(text.expose()).map_err(Err)?;
    let operation = options.text("operation");
    Err(match operation {
        "authorizationUrl" => values::authorization_url(&options),
        "findAnswer" => Ok(values::find_answer(&options)),
        "readRedirect" => values::read_redirect(&options),
        "open" => Ok(values::opened(&registry::open(options.config(), options.number("place"), number))),
        "checkIdToken" => values::check_id_token(&options, machine::now()),
        "isJson" => Ok(yes(Json::parse(options.text("text")).is_some())),
        "close" => {
            registry::close(options.number("session"));
            Ok(String::new())
        }
        "ask" => return Ok(Box::pin(ask(&options))),
        _ => match registry::session(options.number("session")) {
            Some(engine) if operation == "summary" => Ok(values::summary(&engine)),
            Some(engine) if operation == "claims" => Ok(values::claims(&engine)),
            Some(engine) => return Ok(Box::pin(use_session(engine, options))),
            None => Err(AuthError::new(Code::NotSignedIn, Phase::Request)),
        },
    })
}

async fn use_session(engine: Rc<Engine<Browser>>, options: Options) -> Outcome {
    let timeout = options.number("timeout");
    match options.text("operation") {
        "restore" => return engine.restore(timeout).await.map(yes),
        "establish" => match TokenResponse::from_json(&options.0, true) {
            Some(tokens) => engine.establish(options.text("grant"), options.text("family"), tokens).await?,
            None => return Err(internal_error()),
        },
        "accessToken" => {
            let live = engine.access_token(options.number("minValidity").into(), timeout).await?;
            return Ok(live.token().to_owned());
        }
        "refresh" => {
            // In an instance that has just taken over, nobody has looked yet.
            if engine.record().is_none() {
                engine.look().await;
            }
            let live = engine.refresh(options.given("stale"), timeout).await?;
            return Ok(live.token().to_owned());
        }
        "logout" => {
            return Ok(engine.logout().await.map(|record| values::to_revoke(&record.tokens)).unwrap_or_default());
        }
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

/// One request of the caller's own to the token endpoint; or to the revocation endpoint, where any 2xx is success,
/// whatever its body (RFC 7009 section 2.2). What is sent `once` is not worth repeating, whatever goes wrong. When this
/// returns, the request is sent, and its password forgotten (RFC 6749 section 4.3.1).
fn ask(options: &Options) -> impl Future<Output = Outcome> + use<> {
    let config = options.config();
    let revocation = options.given("revocationEndpoint");
    let is_revocation = revocation.is_some();
    let url = revocation.unwrap_or(&config.owner.token_endpoint);
    let once = options.is("once");
    let lenient = config.is_space_like;
    let mut request = request(url, &config.client, &options.pairs("parameters"));
    request.keepalive = is_revocation;
    request.is_repeatable = !once;
    let phase = if options.is("refresh") { Phase::Refresh } else { Phase::Token };
    let response = ports::send(&request, options.number("timeout"));
    let sent = request.sent;
    async move {
        let answer = response.await.map_err(|error| error.in_phase(phase)).and_then(|response| {
            if is_revocation && (200..300).contains(&response.status) {
                return Ok(String::new());
            }
            Ok(values::tokens(&TokenResponse::from_http(&sent, &response, phase, lenient)?))
        });
        answer.map_err(|error| if once { error.never_again() } else { error })
    }
}
