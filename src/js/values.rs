//! Values of the contract as JSON texts, made and read. Times are milliseconds since the Unix epoch.

use super::options::Options;
use crate::protocol::authorization::{AuthorizationRequest, Flow};
use crate::protocol::error::AuthError;
use crate::protocol::json::Writer;
use crate::protocol::redirect::{self, Answer, Expected};
use crate::protocol::secret::Secret;
use crate::protocol::token_response::TokenResponse;
use crate::session::engine::Summary;
use crate::session::pending::Pending;

/// A `TokenSet`. `requested` is the scope where the server does not say what it granted.
#[must_use]
pub fn token_set(tokens: &TokenResponse, requested: &str, now: u64) -> String {
    let mut writer = Writer::default();
    writer.text("accessToken", tokens.access_token.expose());
    writer.text("tokenType", "Bearer");
    if let Some(seconds) = tokens.expires_in {
        writer.integer("expiresAt", now.saturating_add(u64::from(seconds) * 1_000));
    }
    writer.optional("refreshToken", tokens.refresh_token.as_ref().map(Secret::expose));
    writer.optional("idToken", tokens.id_token.as_ref().map(Secret::expose));
    writer.text("scopes", tokens.scope.as_deref().unwrap_or(requested));
    writer.finish()
}

/// What can be seen of a session, if anybody is signed in.
#[must_use]
pub fn summary(summary: Option<&Summary>, has_ended: bool) -> String {
    let mut writer = Writer::default();
    writer.boolean("hasEnded", has_ended);
    if let Some(summary) = summary {
        writer.text("grant", summary.grant.as_str());
        writer.text("scopes", &summary.scope);
        writer.boolean("signedIn", summary.usable);
        if let Some(expires_at) = summary.expires_at {
            writer.integer("expiresAt", expires_at);
        }
    }
    writer.finish()
}

/// The number of the session, and the base of relative API URLs.
#[must_use]
pub fn opened(session: u32, base: &str) -> String {
    let mut writer = Writer::default();
    writer.integer("session", session.into());
    writer.text("base", base);
    writer.finish()
}

/// An `AuthorizationRequest` of the contract.
#[must_use]
pub fn authorization_request(request: &AuthorizationRequest) -> String {
    let mut writer = Writer::default();
    writer.text("url", request.url.expose());
    writer.text("flow", if request.flow == Flow::Code { "code" } else { "implicit" });
    writer.text("state", request.state.expose());
    writer.text("redirectUri", &request.redirect_uri);
    writer.optional("codeVerifier", request.code_verifier.as_ref().map(Secret::expose));
    writer.optional("nonce", request.nonce.as_ref().map(Secret::expose));
    writer.finish()
}

/// The same, read back.
#[must_use]
pub fn read_authorization_request(request: &Options) -> AuthorizationRequest {
    AuthorizationRequest {
        url: Secret::new(request.text("url").to_owned()),
        flow: request.flow(),
        state: Secret::new(request.text("state").to_owned()),
        redirect_uri: request.text("redirectUri").to_owned(),
        code_verifier: request.secret("codeVerifier"),
        nonce: request.secret("nonce"),
    }
}

/// `parseRedirect` of the contract: `{ code }` or a `TokenSet`.
pub fn parse_redirect(address: &str, options: &Options, now: u64) -> Result<String, AuthError> {
    let request = read_authorization_request(options);
    let server = options.server();
    let expected = Expected {
        flow: request.flow,
        state: &request.state,
        issuer: server.issuer.as_deref(),
        iss_required: server.iss_parameter,
    };
    Ok(match redirect::read(address, expected)? {
        Answer::Token(tokens) => token_set(&tokens, &Pending::new(&request, None, 0).scope, now),
        Answer::Code(code) => {
            let mut writer = Writer::default();
            writer.text("code", code.expose());
            writer.finish()
        }
    })
}
