//! The calls that JavaScript makes (`npm/apps/`). Structured values cross over by serde, errors as JSON texts.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::structured::{object, text_of};
use super::{install, operation, ssh_key, verification};
use crate::protocol::error::AuthError;
use crate::protocol::json::Json;

type Given<T> = Result<T, String>;

fn read(value: JsValue) -> Given<Json> {
    let unreadable = |_| thrown(&AuthError::configuration(&["The arguments must be JSON values."]));
    Json::deserialize(serde_wasm_bindgen::Deserializer::from(value)).map_err(unreadable)
}

fn give(value: &Json) -> JsValue {
    // Objects, not `Map`s; `null`, not `undefined`.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

fn thrown(error: &AuthError) -> String {
    error.to_json()
}

/// The request to the API that an operation with these arguments makes: `method`, `path`, `body`.
#[wasm_bindgen]
pub fn request(operation: &str, arguments: JsValue) -> Given<JsValue> {
    let request = operation::request(operation, &read(arguments)?).map_err(|error| thrown(&error))?;
    let body = request.body.as_ref().map_or(Json::Null, |body| Json::Text(text_of(body)));
    let method = Json::Text(request.method.to_owned());
    Ok(give(&object([("method", method), ("path", Json::Text(request.path)), ("body", body)])))
}

/// What the answer to an operation says.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value)] // The glue hands over what it has allocated.
pub fn answer(operation: &str, status: u16, text: &str, sent: Option<String>, is_partial: bool) -> Given<JsValue> {
    let meaning = super::answer(operation, status, text, sent.as_deref(), is_partial);
    meaning.map(|meaning| give(&meaning)).map_err(|error| thrown(&error))
}

/// A link that installs an application.
#[wasm_bindgen(js_name = installUrl)]
pub fn install_url(options: JsValue) -> Given<String> {
    install::install_url(&read(options)?).map_err(|error| thrown(&error))
}

/// A link that installs an application of the Marketplace.
#[wasm_bindgen(js_name = marketplaceUrl)]
pub fn marketplace_url(options: JsValue) -> Given<String> {
    install::marketplace_url(&read(options)?).map_err(|error| thrown(&error))
}

/// Type and fingerprint of a public SSH key.
#[wasm_bindgen(js_name = sshKey)]
pub fn ssh_key(text: &str) -> Given<JsValue> {
    let key = ssh_key::read(text).map_err(|error| thrown(&error))?;
    let kind = Json::Text(key.kind.to_owned());
    Ok(give(&object([("type", kind), ("sha256fingerprint", Json::Text(key.fingerprint))])))
}

/// How a request is to be verified, checked.
#[wasm_bindgen]
pub fn verification(how: JsValue) -> Given<JsValue> {
    let checked = verification::verification(&read(how)?).map_err(|error| thrown(&error))?;
    Ok(give(&checked))
}

/// Whether a timestamp is near enough; times are milliseconds.
#[wasm_bindgen(js_name = isTimely)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and NaN is 0.
#[must_use]
pub fn is_timely(timestamp: &str, now: f64, tolerance: f64) -> bool {
    verification::is_timely(timestamp, now as u64, tolerance as u64)
}

/// Whether the signature is that of the signing key.
#[wasm_bindgen(js_name = isSigned)]
#[must_use]
pub fn is_signed(signing_key: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    verification::is_signed(signing_key, timestamp, body, signature)
}

/// Whether the body holds the verification token.
#[wasm_bindgen(js_name = hasToken)]
#[must_use]
pub fn has_token(verification_token: &str, body: &[u8]) -> bool {
    verification::has_token(verification_token, body)
}

/// What an authentic request says.
#[wasm_bindgen]
pub fn payload(body: &[u8]) -> Given<JsValue> {
    let payload = verification::payload(body).map_err(|error| thrown(&error))?;
    Ok(give(&payload))
}

/// Nothing is to be done at the start; but the glue, when it sets up another instance after a trap, relies on it.
#[wasm_bindgen(start)]
#[allow(clippy::missing_const_for_fn)] // A start function cannot be `const`.
pub fn begin() {}
