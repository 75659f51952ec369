//! The authorization response: from the URL that the user came back on to a code, a token or an error
//! (RFC 6749 sections 4.1.2 and 4.2.2, RFC 9207).

use super::authorization::Flow;
use super::error::{AuthError, Code, Phase};
use super::secret::Secret;
use super::token_response::{self, TokenResponse};
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
            .filter(|(_, text)| has(text, "state"))
            .or_else(|| query.filter(|(_, text)| has(text, "error")))
            .or(fragment),
    }
}

fn has(text: &str, parameter: &str) -> bool {
    form::pairs(text).any(|(name, _)| form::decode(name).as_deref() == Some(parameter))
}

/// The first `state` in a raw query or fragment: the key under which a pending request may be found.
#[must_use]
pub fn state(text: &str) -> Option<Secret> {
    let mut pairs = form::pairs(text);
    let (_, value) = pairs.find(|(name, _)| form::decode(name).as_deref() == Some("state"))?;
    if value.len() > MAX_VALUE { None } else { form::decode(value).map(Secret::new) }
}

/// Reads the answer in `url`. An answer without the right state is refused whatever else it says.
pub fn read(url: &str, expected: Expected<'_>) -> Result<Answer, AuthError> {
    let invalid = || AuthError::invalid_response(Phase::Redirect);
    let (_, text) = part(url, expected.flow).ok_or_else(|| AuthError::new(Code::StateMismatch, Phase::Redirect))?;
    let answer = Parameters::read(text).ok_or_else(invalid)?;
    if !answer.get("state").is_some_and(|state| expected.state.matches(state)) {
        return Err(AuthError::new(Code::StateMismatch, Phase::Redirect));
    }
    let issuer_differs = match (answer.get("iss"), expected.issuer) {
        (Some(iss), Some(issuer)) => iss != issuer,
        (None, _) => expected.iss_required,
        (Some(_), None) => false,
    };
    if issuer_differs {
        return Err(AuthError::new(Code::IssuerMismatch, Phase::Redirect));
    }
    if let Some(error) = answer.get("error") {
        let (description, uri) = (answer.get("error_description"), answer.get("error_uri"));
        let said = AuthError::from_server(error, description, uri, Phase::Redirect);
        return Err(said.without(std::slice::from_ref(expected.state)));
    }
    match expected.flow {
        Flow::Code => {
            let code = answer.get("code").filter(|code| token_response::is_token(code)).ok_or_else(invalid)?;
            let injected = answer.get("access_token").or(answer.get("id_token")).is_some();
            if injected { Err(invalid()) } else { Ok(Answer::Code(Secret::new(code.to_owned()))) }
        }
        Flow::Implicit if answer.get("code").is_some() => Err(invalid()),
        Flow::Implicit => TokenResponse::from_fragment(&|name| answer.get(name)).map(Answer::Token),
    }
}

/// `url` without the answer's parameters in `part`; everything else stays as it was written.
#[must_use]
pub fn clean(url: &str, part: Part) -> String {
    let (path, query, fragment) = url::split(url);
    let mut cleaned = path.to_owned();
    for (mark, text, is_answer) in [('?', query, part == Part::Query), ('#', fragment, part == Part::Fragment)] {
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
    let kept = text.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !form::decode(name).is_some_and(|name| is_parameter(&name))
    });
    kept.collect::<Vec<_>>().join("&")
}

/// The response parameters of a raw query or fragment, each at most once. Others are passed over unread.
struct Parameters(Vec<(String, Secret)>);

impl Parameters {
    fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_PART {
            return None;
        }
        let mut found = Self(Vec::new());
        for (name, value) in form::pairs(text) {
            let Some(name) = form::decode(name).filter(|name| is_parameter(name)) else { continue };
            if value.len() > MAX_VALUE || found.get(&name).is_some() {
                return None;
            }
            found.0.push((name, Secret::new(form::decode(value)?)));
        }
        Some(found)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(present, _)| present == name).map(|(_, value)| value.expose())
    }
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
