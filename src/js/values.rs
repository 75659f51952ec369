//! What is given back to JavaScript: JSON texts. Times are milliseconds since the Unix epoch.

use super::options::Options;
use crate::browser::ports::Browser;
use crate::protocol::authorization;
use crate::protocol::error::{AuthError, Phase};
use crate::protocol::id_token::{self, Expected};
use crate::protocol::json::Writer;
use crate::protocol::redirect::{self, Answer};
use crate::protocol::secret::Secret;
use crate::protocol::token_response::TokenResponse;
use crate::session::engine::Engine;

/// The authorization URL.
pub fn authorization_url(options: &Options) -> Result<String, AuthError> {
    let url = authorization::url(&authorization::Options {
        endpoint: options.text("endpoint"),
        flow: options.flow(),
        own: &|name| options.given(name),
        further: &options.pairs("parameters"),
    })?;
    Ok(url.expose().to_owned())
}

/// The answer to a request of this flow, as far as it can be seen in an address: its state, and the address without
/// it. Empty when there is none.
#[must_use]
pub fn find_answer(options: &Options) -> String {
    let address = options.text("address");
    let mut writer = Writer::default();
    if let Some((part, text)) = redirect::part(address, options.flow())
        && let Some(state) = redirect::state(text)
    {
        writer.text("state", state.expose());
        writer.text("cleaned", &redirect::clean(address, part));
    }
    writer.finish()
}

/// The code or the tokens in an address.
pub fn read_redirect(options: &Options) -> Result<String, AuthError> {
    let expected = redirect::Expected {
        flow: options.flow(),
        state: &options.secret("state").unwrap_or_default(),
        issuer: options.given("issuer"),
        iss_required: options.is("issParameter"),
    };
    Ok(match redirect::read(options.text("address"), expected)? {
        Answer::Token(answer) => tokens(&answer),
        Answer::Code(code) => {
            let mut writer = Writer::default();
            writer.text("code", code.expose());
            writer.finish()
        }
    })
}

/// Where a session is found: its number, and the key under which it is stored.
#[must_use]
pub fn opened(engine: &Engine<Browser>) -> String {
    let mut writer = Writer::default();
    writer.integer("session", engine.ports.number.into());
    writer.text("key", &engine.key);
    writer.finish()
}

/// The members of a token response.
#[must_use]
pub fn tokens(tokens: &TokenResponse) -> String {
    let mut writer = Writer::default();
    tokens.write(&mut writer);
    writer.finish()
}

/// Checks the claims of an `id_token`.
pub fn check_id_token(options: &Options, now: u64) -> Result<String, AuthError> {
    let is_front_channel = options.is("isFrontChannel");
    let expected = Expected {
        issuer: options.text("issuer"),
        client_id: options.text("clientId"),
        nonce: options.given("nonce"),
        access_token: options.text("accessToken"),
        is_front_channel,
        now,
    };
    id_token::check(options.text("idToken"), &expected, if is_front_channel { Phase::Redirect } else { Phase::Token })?;
    Ok(String::new())
}

/// The claims of the session's `id_token`; empty when it has none.
#[must_use]
pub fn claims(engine: &Engine<Browser>) -> String {
    let record = engine.record();
    let id_token = record.as_ref().and_then(|record| record.tokens.id_token.as_ref());
    id_token.and_then(|token| id_token::claims(token.expose())).unwrap_or_default()
}

/// What can be seen of a session without a secret.
#[must_use]
pub fn summary(engine: &Engine<Browser>) -> String {
    let mut writer = Writer::default();
    writer.boolean("hasEnded", engine.has_ended());
    if let Some(record) = engine.record() {
        writer.boolean("signedIn", engine.is_usable());
        writer.text("grant", record.grant);
        writer.optional("scope", record.tokens.scope.as_deref());
        if let Some(expires_at) = record.expires_at() {
            writer.integer("expiresAt", expires_at);
        }
    }
    writer.finish()
}

/// What a session that was just ended leaves: the token to be revoked, with its `token_type_hint` (RFC 7009 section
/// 2.1), which is the refresh token where there is one, since it takes the access token with it; and the `id_token`.
#[must_use]
pub fn to_revoke(tokens: &TokenResponse) -> String {
    let mut writer = Writer::default();
    let (token, hint) = match &tokens.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&tokens.access_token, "access_token"),
    };
    writer.text("token", Secret::expose(token));
    writer.text("token_type_hint", hint);
    writer.optional("id_token", tokens.id_token.as_ref().map(Secret::expose));
    writer.finish()
}
