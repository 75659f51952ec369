//! The authorization response: from the URL that the user came back on to a code, a token or an error
//! (RFC 6749 sections 4.1.2 and 4.2.2, RFC 9207).

use super::authorization::Flow;
use super::error::{AuthError, Code, Phase};
use super::json::Json;
use super::secret::Secret;
use super::sent::Sent;
use super::token_response::{TokenResponse, is_token};
use super::{form, url};

/// The largest query or fragment that is read, and the largest value in it.
const MAX_PART: usize = 64 << 10;
const MAX_VALUE: usize = 16 << 10;

const PARAMETERS: [&str; 13] = [
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "code",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "id_token",
    "refresh_token",
    "session_state",
];

/// Whether `name` is a parameter of an authorization response, and so none of the app's own.
#[must_use]
pub fn is_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name)
}

/// Where an answer stands in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Between `?` and `#`.
    Query,
    /// After `#`.
    Fragment,
}

/// What an answer must agree with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The flow of the request.
    pub flow: Flow,
    /// The state of the request.
    pub state: &'a Secret,
    /// The issuer that the request went to, where known.
    pub issuer: Option<&'a str>,
    /// RFC 9207: an answer without `iss` is refused.
    pub iss_required: bool,
}

/// A successful answer.
#[derive(Debug)]
pub enum Answer {
    /// An authorization code, to be sent once.
    Code(Secret),
    /// A token, from the implicit flow.
    Token(TokenResponse),
}

/// The one namespace of the URL that holds an answer to `flow`, with its raw text: the query for a code, the
/// fragment for a token. Some servers send the errors of the implicit flow in the query, too: with an `error`
/// in it and no `state` in the fragment, the query is read.
#[must_use]
pub fn part(url: &str, flow: Flow) -> Option<(Part, &str)> {
    let (_, query, fragment) = url::split(url);
    let query = query.map(|text| (Part::Query, text));
    let fragment = fragment.map(|text| (Part::Fragment, text));
    match flow {
        Flow::Code => query,
        Flow::Implicit => fragment
            .filter(|(_, text)| form::first(text, "state").is_some())
            .or_else(|| query.filter(|(_, text)| form::first(text, "error").is_some()))
            .or(fragment),
    }
}

/// The first `state` in a raw query or fragment: the key under which a pending request may be found.
#[must_use]
pub fn state(text: &str) -> Option<Secret> {
    let value = form::first(text, "state").filter(|value| value.len() <= MAX_VALUE)?;
    form::decode(value).map(Secret::new)
}

/// Reads the answer in `url`. An answer without the right state is refused whatever else it says.
pub fn read(url: &str, expected: Expected<'_>) -> Result<Answer, AuthError> {
    let invalid = || AuthError::invalid_response(Phase::Redirect);
    let mismatch = || AuthError::new(Code::StateMismatch, Phase::Redirect);
    let (_, text) = part(url, expected.flow).ok_or_else(mismatch)?;
    let answer = parameters(text).ok_or_else(invalid)?;
    let get = |name| answer.text_of(name);
    if !get("state").is_some_and(|state| expected.state.matches(state)) {
        return Err(mismatch());
    }
    let issuer_differs = match (get("iss"), expected.issuer) {
        (Some(iss), Some(issuer)) => iss != issuer,
        (None, _) => expected.iss_required,
        (Some(_), None) => false,
    };
    if issuer_differs {
        return Err(AuthError::new(Code::IssuerMismatch, Phase::Redirect));
    }
    if let Some(error) = get("error") {
        let mut sent = Sent::default();
        sent.add(expected.state.expose());
        let (description, uri) = (get("error_description"), get("error_uri"));
        return Err(AuthError::from_server(error, description, uri, Phase::Redirect, &sent));
    }
    let code = get("code");
    match expected.flow {
        Flow::Code if get("access_token").or(get("id_token")).is_none() => {
            code.filter(|code| is_token(code)).map(|code| Answer::Code(Secret::new(code.to_owned())))
        }
        Flow::Implicit if code.is_none() => TokenResponse::from_json(&answer, false).map(|mut tokens| {
            // RFC 6749 section 4.2.2: it has no place there.
            tokens.refresh_token = None;
            Answer::Token(tokens)
        }),
        _ => None,
    }
    .ok_or_else(invalid)
}

/// `url` without the answer's parameters in `part`; everything else stays as it was written.
#[must_use]
pub fn clean(url: &str, part: Part) -> String {
    let (path, query, fragment) = url::split(url);
    let mut cleaned = path.to_owned();
    for &(mark, text, is_answer) in &[('?', query, part == Part::Query), ('#', fragment, part == Part::Fragment)] {
        let Some(text) = text else { continue };
        let kept = if is_answer { strip(text) } else { text.to_owned() };
        if !is_answer || !kept.is_empty() {
            cleaned.push(mark);
            cleaned.push_str(&kept);
        }
    }
    cleaned
}

fn strip(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (pair, more) = url::cut(text, b'&');
        rest = more;
        if !form::decode(url::cut(pair, b'=').0).is_some_and(|name| is_parameter(&name)) {
            kept.push_str(pair);
            kept.push('&');
        }
    }
    kept.pop();
    kept
}

/// The response parameters of a raw query or fragment, each at most once. Others are passed over unread.
fn parameters(text: &str) -> Option<Json> {
    if text.len() > MAX_PART {
        return None;
    }
    let mut found = Vec::new();
    for (name, value) in form::pairs(text) {
        let Some(name) = form::decode(name).filter(|name| is_parameter(name)) else { continue };
        if value.len() > MAX_VALUE || found.iter().any(|(present, _)| *present == name) {
            return None;
        }
        found.push((name, Json::Text(form::decode(value)?)));
    }
    Some(Json::Object(found))
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
