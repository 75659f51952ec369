//! The one error type of the library, with the stable codes of the package's contract.

use std::ops::Deref;
use std::rc::Rc;

use super::json::Writer;
use super::sent::Sent;

/// Where something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An option or argument is wrong; nothing was sent.
    Configure,
    /// Reading what the server sent back with the redirect.
    Redirect,
    /// A token request that is no refresh.
    Token,
    /// A refresh.
    Refresh,
    /// A request to the API.
    Request,
    /// Reading or writing the session record.
    Storage,
}

impl Phase {
    /// The name that JavaScript sees.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Redirect => "redirect",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Request => "request",
            Self::Storage => "storage",
        }
    }
}

/// What went wrong: one of ours, or the server's own code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// An option or argument is missing, of the wrong type, or refused.
    InvalidConfiguration,
    /// The redirect's `state` is absent, unknown, or not the one that was sent (RFC 6749 section 10.12).
    StateMismatch,
    /// The redirect's `iss` is not the server's issuer (RFC 9207).
    IssuerMismatch,
    /// An answer is not what the specification allows.
    InvalidResponse,
    /// An `id_token` does not agree with its request.
    IdTokenInvalid,
    /// The request failed before an answer arrived.
    Network,
    /// No complete answer arrived in time.
    Timeout,
    /// HTTP 429.
    RateLimited,
    /// HTTP 5xx without an OAuth error.
    ServerError,
    /// The session has ended.
    NotSignedIn,
    /// The access token has expired and there is nothing to refresh it with.
    RefreshUnavailable,
    /// The browser refused to keep the session.
    StorageUnavailable,
    /// A fault of this library.
    InternalError,
    /// The server's own `error`, checked to be printable ASCII of at most 128 characters.
    Server(String),
}

impl Code {
    /// The stable code that JavaScript sees.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidConfiguration => "invalid_configuration",
            Self::StateMismatch => "state_mismatch",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::InvalidResponse => "invalid_response",
            Self::IdTokenInvalid => "id_token_invalid",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::NotSignedIn => "not_signed_in",
            Self::RefreshUnavailable => "refresh_unavailable",
            Self::StorageUnavailable => "storage_unavailable",
            Self::InternalError => "internal_error",
            Self::Server(code) => code,
        }
    }
}

/// What every fallible function of this crate returns. It never holds a secret.
///
/// A pointer to its fields, so that the many results that could hold one stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthError(Rc<Fields>);

impl Deref for AuthError {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

/// The fields of an [`AuthError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// What went wrong.
    pub code: Code,
    /// Where.
    pub phase: Phase,
    /// True when the same call can work later: offline, timeout, 5xx, rate limit.
    pub retryable: bool,
    /// What to check, in one sentence; empty where the code says it all (`npm/auth-error.js` has a sentence for each).
    pub hint: String,
    /// The server's `error_description` as inert text of at most 512 characters.
    pub description: Option<String>,
    /// The server's `error_uri`: inert text, never opened; only if it begins with `https://` or `http://`.
    pub uri: Option<String>,
    /// HTTP status of the server's answer.
    pub status: Option<u16>,
}

impl AuthError {
    /// An error of this code.
    #[must_use]
    #[inline(never)]
    pub fn new(code: Code, phase: Phase) -> Self {
        let retryable = match code.as_str() {
            "network" | "timeout" | "rate_limited" | "server_error" | "temporarily_unavailable" => true,
            // A captive portal may have answered, or a proxy; the refresh token is still there.
            "invalid_response" => phase == Phase::Refresh,
            _ => false,
        };
        let hint = String::new();
        Self(Rc::new(Fields { code, phase, retryable, hint, description: None, uri: None, status: None }))
    }

    /// What adds to an error does so before it is shared.
    fn change(mut self, change: impl FnOnce(&mut Fields)) -> Self {
        debug_assert_eq!(Rc::strong_count(&self.0), 1);
        if let Some(fields) = Rc::get_mut(&mut self.0) {
            change(fields);
        }
        self
    }

    /// `invalid_configuration`, with a hint that names the option.
    #[must_use]
    #[inline(never)]
    pub fn configuration(hint: &[&str]) -> Self {
        Self::new(Code::InvalidConfiguration, Phase::Configure).change(|fields| {
            for part in hint {
                fields.hint.push_str(part);
            }
        })
    }

    /// `invalid_response`.
    #[must_use]
    #[inline(never)]
    pub fn invalid_response(phase: Phase) -> Self {
        Self::new(Code::InvalidResponse, phase)
    }

    /// The fields as a JSON text, for JavaScript.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut writer = Writer::default();
        writer.text("code", self.code.as_str());
        writer.text("phase", self.phase.as_str());
        writer.text("hint", &self.hint);
        writer.boolean("retryable", self.retryable);
        writer.optional("description", self.description.as_deref());
        writer.optional("uri", self.uri.as_deref());
        if let Some(status) = self.status {
            writer.integer("status", status.into());
        }
        writer.finish()
    }

    /// The same error in another phase.
    #[must_use]
    #[inline(never)]
    pub fn in_phase(self, phase: Phase) -> Self {
        self.change(|fields| fields.phase = phase)
    }

    /// The same error, of something that must not be tried again, whatever went wrong.
    #[must_use]
    #[inline(never)]
    pub fn never_again(self) -> Self {
        self.change(|fields| fields.retryable = false)
    }

    /// The same error with the HTTP status of the answer.
    #[must_use]
    #[inline(never)]
    pub fn with_status(self, status: u16) -> Self {
        self.change(|fields| fields.status = Some(status))
    }

    /// The same error with a hint of its own.
    #[cfg(feature = "apps")]
    #[must_use]
    pub fn with_hint(self, hint: &str) -> Self {
        self.change(|fields| hint.clone_into(&mut fields.hint))
    }

    /// The error that a server names, with its texts made inert (RFC 6749 sections 4.1.2.1 and 5.2), and without those
    /// that repeat what was `sent`.
    ///
    /// An `error` that is empty, longer than 128 characters, not printable ASCII, or repeats it is `invalid_response`.
    #[must_use]
    pub fn from_server(error: &str, description: Option<&str>, uri: Option<&str>, phase: Phase, sent: &Sent) -> Self {
        let printable = |byte: u8| (0x20..0x7f).contains(&byte);
        if error.is_empty() || error.len() > 128 || !error.bytes().all(printable) || sent.is_repeated_in(error) {
            return Self::invalid_response(phase);
        }
        let code = match error {
            // As Space writes them.
            "rate-limited" => Code::RateLimited,
            "internal-server-error" => Code::ServerError,
            code => Code::Server(code.to_owned()),
        };
        let is_web = |uri: &&str| uri.starts_with("https://") || uri.starts_with("http://");
        Self::new(code, phase).change(|fields| {
            fields.description = inert(description, sent);
            fields.uri = inert(uri.filter(is_web), sent);
        })
    }
}

/// The longest text of a server that is shown, in characters.
const SHOWN: usize = 512;

/// Text that can be shown: at most 512 characters, without control characters and without the invisible
/// ones that reorder what stands beside them; none if it repeats what was `sent`.
fn inert(text: Option<&str>, sent: &Sent) -> Option<String> {
    let reorders = |character| matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let mut shown = String::new();
    let mut end = 0;
    // More is looked at than is shown, so that a secret is noticed even if it would be cut off.
    let mut left = SHOWN + sent.longest();
    for character in text?.chars().filter(|&character| !character.is_control() && !reorders(character)) {
        shown.push(character);
        left -= 1;
        if left >= sent.longest() {
            end = shown.len();
        }
        if left == 0 {
            break;
        }
    }
    if sent.is_repeated_in(&shown) {
        return None;
    }
    shown.truncate(end);
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_server_texts_are_inert() {
        let error = AuthError::from_server(
            "access_denied",
            Some("\u{1b}[31mred\u{202e}evil\r\n<b>"),
            Some("javascript:alert(1)"),
            Phase::Redirect,
            &Sent::default(),
        );
        assert_eq!(error.code.as_str(), "access_denied");
        assert_eq!(error.description.as_deref(), Some("[31mredevil<b>"));
        assert_eq!(error.uri, None);
        let error = AuthError::from_server("x", None, Some("https://as/\u{1b}help"), Phase::Redirect, &Sent::default());
        assert_eq!(error.uri.as_deref(), Some("https://as/help"));

        let long = "é".repeat(100_000);
        let error = AuthError::from_server("x", Some(&long), None, Phase::Token, &Sent::default());
        assert_eq!(error.description.as_ref().map(|text| text.chars().count()), Some(512));
    }

    #[test]
    fn b12_a_malformed_error_code_is_an_invalid_response() {
        for code in ["", "caf\u{e9}", "a\nb", &"x".repeat(129)] {
            assert_eq!(
                AuthError::from_server(code, None, None, Phase::Token, &Sent::default()).code,
                Code::InvalidResponse
            );
        }
    }

    #[test]
    fn c05_what_is_sent_once_is_not_worth_repeating() {
        for code in [Code::Network, Code::Timeout, Code::RateLimited, Code::ServerError] {
            let error = AuthError::new(code.clone(), Phase::Token).with_status(503).never_again();
            assert_eq!(
                (&error.code, error.phase, error.status, error.retryable),
                (&code, Phase::Token, Some(503), false)
            );
            assert!(error.to_json().contains("\"retryable\":false"));
        }
    }

    #[test]
    fn what_is_added_stands_in_every_copy() {
        let error =
            AuthError::from_server("x", Some("gone"), None, Phase::Token, &Sent::default()).in_phase(Phase::Refresh);
        let error = error.with_status(503).never_again();
        let copy = error.clone();
        assert_eq!(
            (copy.code.as_str(), copy.phase, copy.status, copy.retryable),
            ("x", Phase::Refresh, Some(503), false)
        );
        assert_eq!(copy, error);
        assert_eq!(
            copy.to_json(),
            r#"{"code":"x","phase":"refresh","hint":"","retryable":false,"description":"gone","status":503}"#
        );
        assert_eq!(AuthError::configuration(&["`", "api", "` must be one."]).hint, "`api` must be one.");
    }

    #[test]
    fn h01_texts_that_repeat_a_secret_are_dropped() {
        let secrets = |texts: &[&str]| {
            let mut sent = Sent::default();
            for text in texts {
                sent.add(text);
            }
            sent
        };
        let said = |texts: &[&str]| {
            let (description, uri) = (Some("a sentinel!"), Some("https://as/?sentinel"));
            AuthError::from_server("x", description, uri, Phase::Token, &secrets(texts))
        };
        let error = said(&["other", "sentinel"]);
        assert_eq!((error.code.as_str(), &error.description, &error.uri), ("x", &None, &None));
        let kept = said(&["", "Sentinel", "a sentinel!!", "sentinel!!"]);
        assert_eq!(kept.description.as_deref(), Some("a sentinel!"));
        assert_eq!(kept.uri.as_deref(), Some("https://as/?sentinel"));
        assert_eq!(said(&["x"]), AuthError::invalid_response(Phase::Token));

        // Nor is a part of one shown, where the text is cut off in its middle.
        for before in [500, 511, 512] {
            let long = "é".repeat(before) + "senti\u{200b}nel" + &"é".repeat(600);
            let shown = AuthError::from_server("x", Some(&long), None, Phase::Token, &secrets(&["sentinel"]))
                .description
                .clone();
            assert!(shown.is_none_or(|text| !text.contains('s')), "{before}");
        }
    }

    #[test]
    fn d10_only_transient_faults_are_retryable() {
        for (code, retryable) in [
            (Code::Network, true),
            (Code::Timeout, true),
            (Code::RateLimited, true),
            (Code::ServerError, true),
            (Code::Server("temporarily_unavailable".to_owned()), true),
            (AuthError::from_server("rate-limited", None, None, Phase::Token, &Sent::default()).code.clone(), true),
            (
                AuthError::from_server("internal-server-error", None, None, Phase::Token, &Sent::default())
                    .code
                    .clone(),
                true,
            ),
            (
                AuthError::from_server("permission-denied", None, None, Phase::Token, &Sent::default()).code.clone(),
                false,
            ),
            (Code::Server("invalid_grant".to_owned()), false),
            (Code::Server("invalid_client".to_owned()), false),
            (Code::InvalidResponse, false),
            (Code::InvalidConfiguration, false),
            (Code::StorageUnavailable, false),
            (Code::InternalError, false),
        ] {
            assert_eq!(AuthError::new(code.clone(), Phase::Token).retryable, retryable, "{code:?}");
        }
    }
}
