//! What is stored of a session: one versioned JSON text under one key, decoded strictly.

use crate::protocol::base64;
use crate::protocol::json::{Json, Writer};
use crate::protocol::secret::Secret;
use crate::protocol::server::Server;
use crate::protocol::token_request::Client;
use crate::protocol::token_response::{TokenResponse, is_token};
use sha2::{Digest, Sha256};

const VERSION: u64 = 1;
/// More than the largest answer that is read, escaped.
const MAX_TEXT: usize = 4 << 20;

/// How the session came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 4.2.
    Implicit,
}

impl GrantType {
    /// The name that JavaScript sees and the record holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::Implicit => "implicit",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::AuthorizationCode, Self::Implicit].into_iter().find(|grant| grant.as_str() == text)
    }
}

/// A stored session.
#[derive(Clone, Debug)]
pub struct Record {
    /// Grows with every change, so that an old text is told from a new one.
    pub generation: u64,
    /// Whose tokens these are: compared with the configuration, never used as an address.
    pub token_endpoint: String,
    /// Likewise.
    pub client_id: String,
    /// How the session came to be.
    pub grant: GrantType,
    /// The access token.
    pub access_token: Secret,
    /// The newest refresh token.
    pub refresh_token: Option<Secret>,
    /// As the server sent it.
    pub id_token: Option<Secret>,
    /// Granted scope, or the requested one where the server does not say.
    pub scope: String,
    /// Milliseconds since the Unix epoch.
    pub issued_at: u64,
    /// Likewise; `None` when the server did not say.
    pub expires_at: Option<u64>,
}

impl Record {
    /// The first record of a session. `requested` is the scope that was asked for.
    #[must_use]
    pub fn new(
        server: &Server,
        client: &Client,
        grant: GrantType,
        tokens: TokenResponse,
        requested: &str,
        now: u64,
    ) -> Self {
        Self {
            generation: now,
            token_endpoint: server.token_endpoint.clone(),
            client_id: client.id.clone(),
            grant,
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
            scope: tokens.scope.unwrap_or_else(|| requested.to_owned()),
            issued_at: now,
            expires_at: expiry(tokens.expires_in, now),
        }
    }

    /// The record after a refresh (RFC 6749 section 6): what the answer does not say stays as it was.
    #[must_use]
    pub fn renewed(&self, tokens: TokenResponse, now: u64) -> Self {
        Self {
            generation: now.max(self.generation.saturating_add(1)),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or_else(|| self.refresh_token.clone()),
            id_token: tokens.id_token.or_else(|| self.id_token.clone()),
            scope: tokens.scope.unwrap_or_else(|| self.scope.clone()),
            issued_at: now,
            expires_at: expiry(tokens.expires_in, now),
            token_endpoint: self.token_endpoint.clone(),
            client_id: self.client_id.clone(),
            grant: self.grant,
        }
    }

    /// The text to store.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut writer = Writer::default();
        writer.integer("v", VERSION);
        writer.integer("generation", self.generation);
        writer.text("tokenEndpoint", &self.token_endpoint);
        writer.text("clientId", &self.client_id);
        writer.text("grant", self.grant.as_str());
        writer.text("accessToken", self.access_token.expose());
        writer.optional("refreshToken", self.refresh_token.as_ref().map(Secret::expose));
        writer.optional("idToken", self.id_token.as_ref().map(Secret::expose));
        writer.text("scope", &self.scope);
        writer.integer("issuedAt", self.issued_at);
        if let Some(expires_at) = self.expires_at {
            writer.integer("expiresAt", expires_at);
        }
        writer.finish()
    }

    /// Reads a stored text that must be of this version and belong to this server and client. Anything else is
    /// no record.
    #[must_use]
    pub fn decode(text: &str, server: &Server, client_id: &str) -> Option<Self> {
        let json = Json::parse(text)?;
        let is_ours = text.len() <= MAX_TEXT
            && json.member("v")?.integer()? == VERSION
            && json.text_of("tokenEndpoint")? == server.token_endpoint
            && json.text_of("clientId")? == client_id;
        let [access_token, refresh_token, id_token] =
            ["accessToken", "refreshToken", "idToken"].map(|name| token(&json, name));
        let expires_at = json.member("expiresAt").map(Json::integer);
        if !is_ours || expires_at == Some(None) {
            return None;
        }
        Some(Self {
            generation: json.member("generation")?.integer()?,
            token_endpoint: server.token_endpoint.clone(),
            client_id: client_id.to_owned(),
            grant: GrantType::parse(json.text_of("grant")?)?,
            access_token: access_token??,
            refresh_token: refresh_token?,
            id_token: id_token?,
            scope: json.text_of("scope")?.to_owned(),
            issued_at: json.member("issuedAt")?.integer()?,
            expires_at: expires_at.flatten(),
        })
    }
}

/// `Some(None)` when absent, `None` when malformed.
fn token(json: &Json, name: &str) -> Option<Option<Secret>> {
    match json.member(name) {
        None => Some(None),
        Some(value) => value.text().filter(|text| is_token(text)).map(|text| Some(Secret::new(text.to_owned()))),
    }
}

fn expiry(expires_in: Option<u32>, now: u64) -> Option<u64> {
    expires_in.map(|seconds| now.saturating_add(u64::from(seconds) * 1_000))
}

/// The key under which sessions of this token endpoint, client and requested scope are stored. A digest, so that
/// no two settings collide whatever characters they hold.
#[must_use]
pub fn key(server: &Server, client_id: &str, scope: &str) -> String {
    let mut writer = Writer::default();
    writer.text("tokenEndpoint", &server.token_endpoint);
    writer.text("clientId", client_id);
    writer.text("scope", scope);
    ["space-auth:session:", &base64::url_safe(&Sha256::digest(writer.finish().as_bytes()))].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::server::tests::{space, strict};

    fn client() -> Client {
        Client { id: "spa".to_owned(), secret: None }
    }

    fn tokens(refresh: Option<&str>, expires_in: Option<u32>) -> TokenResponse {
        TokenResponse {
            access_token: Secret::new("access;1:2".to_owned()),
            expires_in,
            refresh_token: refresh.map(|token| Secret::new(token.to_owned())),
            id_token: None,
            scope: None,
        }
    }

    fn record() -> Record {
        Record::new(&strict(), &client(), GrantType::AuthorizationCode, tokens(Some("r1"), Some(600)), "a b", 1_000)
    }

    #[test]
    fn g08_one_text_holds_the_whole_session() {
        let text = record().encode();
        let read = Record::decode(&text, &strict(), "spa").unwrap();
        assert_eq!(read.access_token.expose(), "access;1:2");
        assert_eq!(read.refresh_token.unwrap().expose(), "r1");
        assert_eq!((read.scope.as_str(), read.issued_at, read.expires_at), ("a b", 1_000, Some(601_000)));
        assert_eq!(read.grant, GrantType::AuthorizationCode);
    }

    #[test]
    fn d08_a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
        let kept = record().renewed(tokens(None, None), 2_000);
        assert_eq!(kept.refresh_token.unwrap().expose(), "r1");
        assert_eq!(kept.expires_at, None);
        let rotated = record().renewed(tokens(Some("r2"), Some(1)), 2_000);
        assert_eq!(rotated.refresh_token.as_ref().unwrap().expose(), "r2");
        assert!(!rotated.encode().contains("r1"));
    }

    #[test]
    fn generations_grow_even_when_the_clock_goes_back() {
        assert_eq!(record().renewed(tokens(None, None), 5_000).generation, 5_000);
        assert_eq!(record().renewed(tokens(None, None), 10).generation, 1_001);
    }

    #[test]
    fn g02_what_is_no_record_is_refused() {
        let good = record().encode();
        let mut texts =
            vec![String::new(), "null".into(), "{}".into(), "[]".into(), "\u{0}".into(), "x".repeat(MAX_TEXT + 1)];
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\":\"1\""),
            ("\"generation\":1000", "\"generation\":-1"),
            ("\"grant\":\"authorization_code\"", "\"grant\":\"magic\""),
            ("access;1:2", "a b"),
            ("\"accessToken\":\"access;1:2\"", "\"accessToken\":[]"),
            ("\"refreshToken\":\"r1\"", "\"refreshToken\":1"),
            ("\"expiresAt\":601000", "\"expiresAt\":\"601000\""),
            ("\"issuedAt\":1000", "\"issuedAt\":1e3"),
            ("\"scope\":\"a b\"", "\"scope\":\"a b\",\"scope\":\"c\""),
        ] {
            assert!(good.contains(from), "{from}");
            texts.push(good.replace(from, to));
        }
        texts.extend((0..good.len()).map(|length| good.get(..length).unwrap().to_owned()));
        for text in texts {
            assert!(Record::decode(&text, &strict(), "spa").is_none(), "{text}");
        }
    }

    #[test]
    fn g06_a_record_of_another_server_or_client_is_no_record() {
        let text = record().encode();
        assert!(Record::decode(&text, &space(), "spa").is_none());
        assert!(Record::decode(&text, &strict(), "other").is_none());
        let tampered = text.replace("https://as.example/token", "https://evil.example/token");
        assert!(Record::decode(&tampered, &strict(), "spa").is_none());
    }

    #[test]
    fn g03_keys_do_not_collide() {
        let keys = [
            key(&strict(), "a", "b c"),
            key(&strict(), "a:b", "c"),
            key(&strict(), "a", "b"),
            key(&space(), "a", "b"),
            key(&strict(), "a\",\"scope\":\"b", ""),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(one.starts_with("space-auth:session:"));
            assert!(!keys.iter().skip(index + 1).any(|other| one == other));
        }
    }
}
