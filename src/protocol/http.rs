//! A request is a value: this layer returns one, the browser layer sends it, this layer reads the answer.

use super::secret::Secret;
use super::sent::Sent;
use super::url::cut;

/// A `POST` with a form body to an endpoint of the authorization server.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// Absolute URL of the endpoint.
    pub url: String,
    /// The value of the `Authorization` header, when the client authenticates by HTTP Basic.
    pub authorization: Option<Secret>,
    /// What an answer must not repeat.
    pub sent: Sent,
    /// `application/x-www-form-urlencoded`.
    pub body: Secret,
    /// Whether it is sent to its end though the page goes away: a revocation, never a token request, whose answer
    /// would be lost.
    pub keepalive: bool,
    /// Whether it may be sent again after an answer that says it was not even looked at.
    pub is_repeatable: bool,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header, empty when absent.
    pub content_type: String,
    /// Empty when it was larger than 1 MiB or no UTF-8.
    pub body: String,
}

impl HttpResponse {
    /// The body when it says to be JSON.
    #[must_use]
    pub fn json_text(&self) -> Option<&str> {
        let (kind, subtype) = cut(cut(&self.content_type, b';').0.trim_ascii(), b'/');
        // `application/json`, or a type that is written in it, as in `application/problem+json`.
        let subtype = subtype.unwrap_or_default();
        let syntax = cut(subtype, b'+').1.unwrap_or(subtype);
        let is_json = kind.eq_ignore_ascii_case("application") && syntax.eq_ignore_ascii_case("json");
        is_json.then_some(&self.body)
    }
}
