//! What Space answers, as the package gives it on. Members that are not looked at here survive as they are.

use super::settings::SECRETS;
use super::structured::object;
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::json::Json;
use crate::protocol::sent::Sent;

/// What an answer of this `status` to an operation says. `sent` is the JSON text of the request's body, whose secrets no
/// error repeats.
pub fn answer(operation: &str, status: u16, text: &str, sent: Option<&str>) -> Result<Json, AuthError> {
    let invalid = || AuthError::invalid_response(Phase::Request).with_status(status);
    if !(200..300).contains(&status) {
        return Err(refusal(status, text).with_status(status).without(&secrets(sent)));
    }
    let read = || Json::parse(text).ok_or_else(invalid);
    match operation {
        "register" | "get" | "update" => application(read()?).ok_or_else(invalid),
        "list" => page(read()?, application).ok_or_else(invalid),
        "permanentTokens" => page(read()?, |token| has_texts(token, &["id", "name"])).ok_or_else(invalid),
        "clientSecret" | "signingKey" | "verificationToken" => match read()? {
            Json::Text(text) if !text.is_empty() => Ok(Json::Text(text)),
            Json::Text(_) | Json::Null => Err(not_there(status)),
            _ => Err(invalid()),
        },
        "publicKeys" => key_set(read()?).ok_or_else(invalid),
        "rights" | "requiredRights" => {
            list(read()?, |right| has_texts(right, &["rightCode", "status"])).ok_or_else(invalid)
        }
        "authorizedContexts" => list(read()?, |context| has_texts(context, &["className"])).ok_or_else(invalid),
        "sshKeys" => list(read()?, |key| has_texts(key, &["fingerprint"])).ok_or_else(invalid),
        "createPermanentToken" => created_token(read()?).ok_or_else(invalid),
        "consents" => list(read()?, consent).ok_or_else(invalid),
        _ => Ok(Json::Null),
    }
}

/// The error of an answer that is none of success (systems.md 2.4).
fn refusal(status: u16, text: &str) -> AuthError {
    let said = Json::parse(text);
    let said = said.as_ref();
    let error = match said.and_then(|said| said.text_of("error")) {
        Some(code) => {
            let description = said.and_then(|said| said.text_of("error_description"));
            AuthError::from_server(code, description, None, Phase::Request)
        }
        None => AuthError::new(
            match status {
                401 => Code::Server("authentication-required".to_owned()),
                403 => Code::Server("permission-denied".to_owned()),
                404 => Code::Server("not-found".to_owned()),
                413 => Code::Server("payload-too-large".to_owned()),
                429 => Code::RateLimited,
                500.. => Code::ServerError,
                _ => Code::InvalidResponse,
            },
            Phase::Request,
        ),
    };
    let hint = match error.code.as_str() {
        "permission-denied" | "insufficient_scope" => {
            "The session lacks a right, or somebody has yet to authorize it: see `rights` and the server's `description`."
        }
        "authentication-required" => "Space does not take the access token; sign in again.",
        "not-found" => "There is nothing of this name, or the session may not see it.",
        "duplicated-entity" => "There is one already.",
        "validation-error" => "Space does not take a value: see the server's `description`.",
        _ => "",
    };
    error.with_hint(hint)
}

fn not_there(status: u16) -> AuthError {
    let error = AuthError::new(Code::Server("not-found".to_owned()), Phase::Request);
    error.with_status(status).with_hint("There is none yet; generate it first.")
}

fn secrets(sent: Option<&str>) -> Sent {
    let mut secrets = Sent::default();
    if let Some(body) = sent.and_then(Json::parse) {
        for name in SECRETS {
            secrets.add(body.text_of(name).unwrap_or_default());
        }
    }
    secrets
}

/// An application, with its redirect URIs as lists.
fn application(value: Json) -> Option<Json> {
    let Json::Object(mut members) = has_texts(value, &["id", "clientId", "name"])? else { return None };
    for name in ["codeFlowRedirectURIs", "implicitFlowRedirectURIs"] {
        let uris = match take(&mut members, name) {
            Json::List(uris) => uris,
            Json::Text(text) => text.split_ascii_whitespace().map(|uri| Json::Text(uri.to_owned())).collect(),
            Json::Null => Vec::new(),
            _ => return None,
        };
        members.push((name.to_owned(), Json::List(uris)));
    }
    let is_archived = take(&mut members, "archived") == Json::Boolean(true);
    members.push(("archived".to_owned(), Json::Boolean(is_archived)));
    Some(Json::Object(members))
}

/// The member, which is no longer there afterwards.
fn take(members: &mut Vec<(String, Json)>, name: &str) -> Json {
    let place = members.iter().position(|(key, _)| key == name);
    place.map_or(Json::Null, |place| members.remove(place).1)
}

/// A part of a list: what is in it, how many there are in all, and what to ask for the next one with.
fn page(value: Json, read: impl Fn(Json) -> Option<Json>) -> Option<Json> {
    let Json::Object(mut members) = value else { return None };
    let (next, total) = (take(&mut members, "next"), take(&mut members, "totalCount"));
    let data = list(take(&mut members, "data"), read)?;
    Some(object([("next", next), ("totalCount", total), ("data", data)]))
}

fn list(value: Json, read: impl Fn(Json) -> Option<Json>) -> Option<Json> {
    let Json::List(items) = value else { return None };
    items.into_iter().map(read).collect::<Option<_>>().map(Json::List)
}

/// The object, if these members of it are texts.
fn has_texts(value: Json, names: &[&str]) -> Option<Json> {
    names.iter().all(|name| value.text_of(name).is_some()).then_some(value)
}

/// A JSON Web Key Set (RFC 7517), or the JSON text of one: Space answers with a string.
pub fn key_set(value: Json) -> Option<Json> {
    let unwrapped = |value| if let Json::Text(text) = value { Json::parse(&text) } else { Some(value) };
    let set = unwrapped(unwrapped(value)?)?;
    matches!(set.member("keys"), Some(Json::List(_))).then_some(set)
}

/// A pair of the record and the token itself, as one object.
fn created_token(value: Json) -> Option<Json> {
    let Json::Object(mut pair) = value else { return None };
    let token @ Json::Text(_) = take(&mut pair, "second") else { return None };
    let Json::Object(mut record) = has_texts(take(&mut pair, "first"), &["id", "name"])? else { return None };
    record.push(("token".to_owned(), token));
    Some(Json::Object(record))
}

fn consent(value: Json) -> Option<Json> {
    let Json::Object(mut members) = value else { return None };
    for name in ["approvedScopes", "refreshTokens"] {
        let listed = match take(&mut members, name) {
            Json::Null => Json::List(Vec::new()),
            listed @ Json::List(_) => listed,
            _ => return None,
        };
        members.push((name.to_owned(), listed));
    }
    let consent = Json::Object(members);
    matches!(consent.member("clientApplication"), Some(Json::Object(_))).then_some(consent)
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
