//! What Space answers, as the package gives it on. Members that are not looked at here survive as they are.

use super::settings::is_secret;
use super::structured::object;
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::json::Json;
use crate::protocol::sent::Sent;

/// What an answer of this `status` to an operation says. `sent` is the JSON text of the request's body, whose secrets no
/// error repeats. An answer is partial if the caller has chosen its members: any of them may be missing then.
pub fn answer(
    operation: &str,
    status: u16,
    text: &str,
    sent: Option<&str>,
    is_partial: bool,
) -> Result<Json, AuthError> {
    let invalid = || AuthError::invalid_response(Phase::Request).with_status(status);
    if !(200..300).contains(&status) {
        return Err(refusal(status, text, sent).with_status(status));
    }
    let read = || Json::parse(text).ok_or_else(invalid);
    let application = |value| application(value, is_partial);
    let has_texts = |value, names: &[&str]| has_texts(value, names, is_partial);
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
        "createPermanentToken" => {
            created_token(read()?, |record| has_texts(record, &["id", "name"])).ok_or_else(invalid)
        }
        "consents" => list(read()?, |value| consent(value, is_partial)).ok_or_else(invalid),
        // There is nothing to say; whoever says something else all the same, such as a portal, is not Space.
        _ if text.trim_ascii().is_empty() || read()?.member("error").is_none() => Ok(Json::Null),
        _ => Err(invalid()),
    }
}

/// The error of an answer that is none of success: `error` and `error_description`, as Space's SDKs read them, too.
fn refusal(status: u16, text: &str, sent: Option<&str>) -> AuthError {
    let said = Json::parse(text);
    let said = said.as_ref();
    let error = match said.and_then(|said| said.text_of("error")) {
        Some(code) => {
            let description = said.and_then(|said| said.text_of("error_description"));
            AuthError::from_server(code, description, None, Phase::Request, &secrets(sent))
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

/// The secrets in a body, wherever in it they stand.
fn secrets(sent: Option<&str>) -> Sent {
    let mut secrets = Sent::default();
    let mut left: Vec<_> = sent.and_then(Json::parse).into_iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Json::List(items) => left.extend(items),
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::Text(text) if is_secret(&name) => secrets.add(&text),
                        value => left.push(value),
                    }
                }
            }
            _ => {}
        }
    }
    secrets
}

/// An application, with its redirect URIs as lists.
fn application(value: Json, is_partial: bool) -> Option<Json> {
    let Json::Object(mut members) = has_texts(value, &["id", "clientId", "name"], is_partial)? else { return None };
    for name in ["codeFlowRedirectURIs", "implicitFlowRedirectURIs"] {
        if is_partial && !has(&members, name) {
            continue;
        }
        let uris = match take(&mut members, name) {
            Json::List(uris) if uris.iter().all(|uri| uri.text().is_some()) => uris,
            Json::Text(text) => text.split_ascii_whitespace().map(|uri| Json::Text(uri.to_owned())).collect(),
            Json::Null => Vec::new(),
            _ => return None,
        };
        members.push((name.to_owned(), Json::List(uris)));
    }
    if !is_partial || has(&members, "archived") {
        let is_archived = take(&mut members, "archived") == Json::Boolean(true);
        members.push(("archived".to_owned(), Json::Boolean(is_archived)));
    }
    Some(Json::Object(members))
}

fn has(members: &[(String, Json)], name: &str) -> bool {
    members.iter().any(|(key, _)| key == name)
}

/// The member, which is no longer there afterwards.
fn take(members: &mut Vec<(String, Json)>, name: &str) -> Json {
    let place = members.iter().position(|(key, _)| key == name);
    place.map_or(Json::Null, |place| members.remove(place).1)
}

/// A part of a list: what is in it, how many there are in all, and what to ask for the next one with.
fn page(value: Json, read: impl Fn(Json) -> Option<Json>) -> Option<Json> {
    let Json::Object(mut members) = value else { return None };
    let next @ (Json::Text(_) | Json::Null) = take(&mut members, "next") else { return None };
    let total @ (Json::Number(_) | Json::Null) = take(&mut members, "totalCount") else { return None };
    let data = list(take(&mut members, "data"), read)?;
    Some(object([("next", next), ("totalCount", total), ("data", data)]))
}

fn list(value: Json, read: impl Fn(Json) -> Option<Json>) -> Option<Json> {
    let Json::List(items) = value else { return None };
    items.into_iter().map(read).collect::<Option<_>>().map(Json::List)
}

/// The object, if these members of it are texts; of a partial one, those that are there.
fn has_texts(value: Json, names: &[&str], is_partial: bool) -> Option<Json> {
    let is_text = |name: &&str| value.member(name).map_or(is_partial, |member| member.text().is_some());
    (matches!(value, Json::Object(_)) && names.iter().all(is_text)).then_some(value)
}

/// A JSON Web Key Set (RFC 7517), or the JSON text of one: Space answers with a string.
pub fn key_set(value: Json) -> Option<Json> {
    let unwrapped = |value| if let Json::Text(text) = value { Json::parse(&text) } else { Some(value) };
    let set = unwrapped(unwrapped(value)?)?;
    matches!(set.member("keys"), Some(Json::List(_))).then_some(set)
}

/// A pair of the record and the token itself, as one object.
fn created_token(value: Json, read: impl Fn(Json) -> Option<Json>) -> Option<Json> {
    let Json::Object(mut pair) = value else { return None };
    let token @ Json::Text(_) = take(&mut pair, "second") else { return None };
    let Json::Object(mut record) = read(take(&mut pair, "first"))? else { return None };
    let _ = take(&mut record, "token");
    record.push(("token".to_owned(), token));
    Some(Json::Object(record))
}

fn consent(value: Json, is_partial: bool) -> Option<Json> {
    let Json::Object(mut members) = value else { return None };
    for name in ["approvedScopes", "refreshTokens"] {
        if is_partial && !has(&members, name) {
            continue;
        }
        let listed = match take(&mut members, name) {
            Json::Null => Json::List(Vec::new()),
            listed @ Json::List(_) => listed,
            _ => return None,
        };
        members.push((name.to_owned(), listed));
    }
    let consent = Json::Object(members);
    let is_fine = match consent.member("clientApplication") {
        None => is_partial,
        Some(application) => matches!(application, Json::Object(_)),
    };
    is_fine.then_some(consent)
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
