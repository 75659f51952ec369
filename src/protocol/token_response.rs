//! Token responses (RFC 6749 sections 4.2.2, 5.1 and 5.2).

use super::error::{AuthError, Code, Phase};
use super::http::HttpResponse;
use super::json::{Json, Writer, natural};
use super::secret::Secret;
use super::sent::Sent;

/// A successful answer. Tokens are opaque.
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// Printable ASCII without spaces, never empty.
    pub access_token: Secret,
    /// Seconds from now, 1 to 2^31 - 1; `None` when the server did not say.
    pub expires_in: Option<u32>,
    /// RFC 6749 section 1.5.
    pub refresh_token: Option<Secret>,
    /// `OpenID` Connect Core section 2; not yet checked.
    pub id_token: Option<Secret>,
    /// The granted scope where it was said.
    pub scope: Option<String>,
}

impl TokenResponse {
    /// Reads the answer to a request. Whatever the server says in an error, it does not carry back the secrets
    /// that were `sent`. Some servers leave `token_type` out: then `lenient`.
    pub fn from_http(sent: &Sent, response: &HttpResponse, phase: Phase, lenient: bool) -> Result<Self, AuthError> {
        let status = response.status;
        let json = response.json_text().and_then(Json::parse);
        let named_error = json.as_ref().and_then(|json| error(json, sent, phase));
        if let Some(error) = named_error.or_else(|| status_error(status, phase)) {
            return Err(error.with_status(status));
        }
        json.and_then(|json| Self::from_json(&json, lenient))
            .ok_or_else(|| AuthError::invalid_response(phase).with_status(status))
    }

    /// Reads the members of an answer, or those that [`TokenResponse::write`] has written.
    #[must_use]
    pub fn from_json(json: &Json, lenient: bool) -> Option<Self> {
        match json.member("token_type") {
            Some(kind) => kind.text().filter(|kind| kind.eq_ignore_ascii_case("bearer")).map(drop)?,
            None => lenient.then_some(())?,
        }
        let expires_in = match json.member("expires_in") {
            Some(Json::Number(text) | Json::Text(text)) => lifetime(text)?,
            Some(_) => return None,
            None => None,
        };
        let scope = match json.member("scope") {
            Some(value) => Some(value.text()?.to_owned()),
            None => None,
        };
        Some(Self {
            access_token: optional_token(json, "access_token")??,
            expires_in,
            refresh_token: optional_token(json, "refresh_token")?,
            id_token: optional_token(json, "id_token")?,
            scope,
        })
    }

    /// Writes the members of an answer.
    pub fn write(&self, writer: &mut Writer) {
        writer.text("access_token", self.access_token.expose());
        for (name, token) in &[("refresh_token", &self.refresh_token), ("id_token", &self.id_token)] {
            writer.optional(name, token.as_ref().map(Secret::expose));
        }
        writer.optional("scope", self.scope.as_deref());
        if let Some(seconds) = self.expires_in {
            writer.integer("expires_in", seconds.into());
        }
    }
}

/// `Some(None)` when absent, null or empty, `None` when malformed.
fn optional_token(json: &Json, name: &str) -> Option<Option<Secret>> {
    match json.member(name) {
        None => Some(None),
        Some(value) => match value.text()? {
            "" => Some(None),
            text => is_token(text).then(|| Some(Secret::new(text.to_owned()))),
        },
    }
}

/// Whether `text` can be a code or token that is safe in a header. Wider than the `b64token` of RFC 6750,
/// because Hub's tokens hold `;` and permanent ones `:`.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `expires_in` by the grammar of digits: at most ten of them. Zero, a negative number and anything above
/// 2^31 - 1 mean that the server did not say; `None` is a malformed value.
fn lifetime(text: &str) -> Option<Option<u32>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let seconds = natural(digits).filter(|_| digits.len() <= 10)?;
    let said = digits.len() == text.len() && (1..=0x7fff_ffff).contains(&seconds);
    Some(if said { u32::try_from(seconds).ok() } else { None })
}

/// The error that an answer names, even one that came with status 200.
fn error(json: &Json, sent: &Sent, phase: Phase) -> Option<AuthError> {
    let error = json.member("error")?.text()?;
    let member = |name| json.text_of(name);
    Some(AuthError::from_server(error, member("error_description"), member("error_uri"), phase, sent))
}

/// What a status alone says when the body names no error.
fn status_error(status: u16, phase: Phase) -> Option<AuthError> {
    let code = match status {
        200..=299 => return None,
        408 => Code::Timeout,
        429 => Code::RateLimited,
        500..=599 => Code::ServerError,
        _ => Code::InvalidResponse,
    };
    Some(AuthError::new(code, phase))
}

#[cfg(test)]
#[path = "token_response_tests.rs"]
mod tests;
