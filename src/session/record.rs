//! What is stored of a session: one versioned JSON text under one key, decoded strictly.

use crate::protocol::base64;
use crate::protocol::json::{Json, Writer};
use crate::protocol::sha256::sha256;
use crate::protocol::token_response::TokenResponse;

const VERSION: u64 = 1;
/// More than the largest answer that is read, escaped.
const MAX_TEXT: usize = 4 << 20;
/// No generation is as large: each is a time in milliseconds, and must leave room for the next ones.
const LARGEST: u64 = 1 << 52;

/// How a session can come to be, by the names that JavaScript sees.
const GRANTS: [&str; 5] = ["authorization_code", "implicit", CLIENT_CREDENTIALS, "password", "permanent_token"];

/// RFC 6749 section 4.4: a session of the application itself.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// What a session is a session of: compared with what is stored, never used as an address when it comes from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The token endpoint, as the URL parser writes it.
    pub token_endpoint: String,
    /// RFC 6749 section 2.2.
    pub client_id: String,
    /// The requested scope.
    pub scope: String,
    /// Whether it is the application itself, not a user: the two never share a session.
    pub is_application: bool,
}

/// A stored session.
#[derive(Clone, Debug)]
pub struct Record {
    /// Grows with every change, so that an old text is told from a new one.
    pub generation: u64,
    /// What a sign-in and its refreshes have in common: told from another sign-in of the same user, or of another.
    pub family: String,
    /// How the session came to be.
    pub grant: &'static str,
    /// The newest tokens; the scope is the granted one, or the requested one where the server does not say.
    pub tokens: TokenResponse,
    /// When the access token was received, in milliseconds since the Unix epoch.
    pub issued_at: u64,
}

impl Record {
    /// The first record of a session; `None` for a grant that is not known.
    #[must_use]
    pub fn new(owner: &Owner, grant: &str, family: &str, mut tokens: TokenResponse, now: u64) -> Option<Self> {
        tokens.scope.get_or_insert_with(|| owner.scope.clone());
        if owner.is_application {
            // RFC 6749 section 4.4.3: none is expected, and none is needed.
            tokens.refresh_token = None;
        }
        let family = family.to_owned();
        Some(Self { generation: now, family, grant: grant_named(grant)?, tokens, issued_at: now })
    }

    /// The record after a refresh (RFC 6749 section 6): what the answer does not say stays as it was.
    #[must_use]
    pub fn renewed(&self, mut tokens: TokenResponse, now: u64) -> Self {
        if self.grant == CLIENT_CREDENTIALS {
            tokens.refresh_token = None;
        }
        keep(&mut tokens.refresh_token, self.tokens.refresh_token.as_ref());
        keep(&mut tokens.id_token, self.tokens.id_token.as_ref());
        keep(&mut tokens.scope, self.tokens.scope.as_ref());
        let generation = now.max(self.generation.saturating_add(1));
        Self { generation, family: self.family.clone(), grant: self.grant, tokens, issued_at: now }
    }

    /// What a newer token is asked for with; `None` when there is nothing to ask with.
    #[must_use]
    pub fn renewal<'a>(&'a self, owner: &'a Owner, wants_scope: bool) -> Option<Vec<(&'static str, &'a str)>> {
        let (mut parameters, scope) = match &self.tokens.refresh_token {
            Some(token) => {
                let scope = self.tokens.scope.as_deref().filter(|_| wants_scope);
                (vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())], scope)
            }
            None if self.grant == CLIENT_CREDENTIALS => {
                (vec![("grant_type", CLIENT_CREDENTIALS)], Some(owner.scope.as_str()))
            }
            None => return None,
        };
        if let Some(scope) = scope.filter(|scope| !scope.is_empty()) {
            parameters.push(("scope", scope));
        }
        Some(parameters)
    }

    /// Whether a newer token can be asked for.
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        self.tokens.refresh_token.is_some() || self.grant == CLIENT_CREDENTIALS
    }

    /// When the access token expires, in milliseconds since the Unix epoch; `None` when the server did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.tokens.expires_in.map(|seconds| self.issued_at.saturating_add(u64::from(seconds) * 1_000))
    }

    /// The text to store.
    #[must_use]
    pub fn encode(&self, owner: &Owner) -> String {
        let mut writer = Writer::default();
        writer.integer("v", VERSION);
        writer.integer("generation", self.generation);
        writer.text("family", &self.family);
        writer.text("token_endpoint", &owner.token_endpoint);
        writer.text("client_id", &owner.client_id);
        writer.text("grant", self.grant);
        writer.integer("issued_at", self.issued_at);
        self.tokens.write(&mut writer);
        writer.finish()
    }

    /// Reads a stored text that must be of this version and belong to this server and client. Anything else is
    /// no record.
    #[must_use]
    pub fn decode(text: &str, owner: &Owner) -> Option<Self> {
        let json = Json::parse(text)?;
        let integer = |name| json.member(name)?.integer();
        let is_ours = text.len() <= MAX_TEXT
            && integer("v")? == VERSION
            && json.text_of("token_endpoint")? == owner.token_endpoint
            && json.text_of("client_id")? == owner.client_id;
        let tokens = TokenResponse::from_json(&json, true).filter(|tokens| is_ours && tokens.scope.is_some())?;
        let generation = integer("generation").filter(|generation| *generation < LARGEST)?;
        let issued_at = integer("issued_at")?;
        let family = json.text_of("family")?.to_owned();
        Some(Self { generation, family, grant: grant_named(json.text_of("grant")?)?, tokens, issued_at })
    }
}

fn keep<T: Clone>(new: &mut Option<T>, old: Option<&T>) {
    if new.is_none() {
        *new = old.cloned();
    }
}

fn grant_named(name: &str) -> Option<&'static str> {
    GRANTS.iter().find(|grant| **grant == name).copied()
}

impl Owner {
    /// The key under which sessions of this token endpoint, client and requested scope are stored. A digest, so that
    /// no two settings collide whatever characters they hold.
    #[must_use]
    pub fn key(&self) -> String {
        let mut writer = Writer::default();
        writer.text("tokenEndpoint", &self.token_endpoint);
        writer.text("clientId", &self.client_id);
        writer.text("scope", &self.scope);
        if self.is_application {
            writer.text("grant", CLIENT_CREDENTIALS);
        }
        let mut key = "space-auth:session:".to_owned();
        key.push_str(&base64::url_safe(&sha256(writer.finish().as_bytes())));
        key
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may fail by panicking.

    use super::*;
    use crate::protocol::secret::Secret;

    fn owner(token_endpoint: &str, client_id: &str, scope: &str) -> Owner {
        Owner {
            token_endpoint: token_endpoint.to_owned(),
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            is_application: false,
        }
    }

    fn strict() -> Owner {
        owner("https://as.example/token", "spa", "a b")
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
        Record::new(&strict(), "authorization_code", "f", tokens(Some("r1"), Some(600)), 1_000).unwrap()
    }

    #[test]
    fn g08_one_text_holds_the_whole_session() {
        let text = record().encode(&strict());
        let read = Record::decode(&text, &strict()).unwrap();
        assert_eq!(read.tokens.access_token.expose(), "access;1:2");
        assert_eq!(read.tokens.refresh_token.as_ref().unwrap().expose(), "r1");
        assert_eq!(read.tokens.scope.as_deref(), Some("a b"));
        assert_eq!((read.generation, read.issued_at, read.expires_at()), (1_000, 1_000, Some(601_000)));
        assert_eq!(read.grant, "authorization_code");
        assert_eq!(read.encode(&strict()), text);
    }

    #[test]
    fn g08_the_text_has_the_names_of_the_specification() {
        let id_token = Some(Secret::new("i1".to_owned()));
        let full =
            Record::new(&strict(), "implicit", "f", TokenResponse { id_token, ..tokens(Some("r1"), Some(600)) }, 7);
        assert_eq!(
            full.unwrap().encode(&strict()),
            "{\"v\":1,\"generation\":7,\"family\":\"f\",\"token_endpoint\":\"https://as.example/token\",\"client_id\":\"spa\",\
             \"grant\":\"implicit\",\"issued_at\":7,\"access_token\":\"access;1:2\",\"refresh_token\":\"r1\",\
             \"id_token\":\"i1\",\"scope\":\"a b\",\"expires_in\":600}"
        );
        let least = Record::new(&strict(), "implicit", "f", tokens(None, None), 7).unwrap().encode(&strict());
        for absent in ["refresh_token", "id_token", "expires_in"] {
            assert!(!least.contains(absent), "{absent}");
        }
        assert_eq!(Record::decode(&least, &strict()).unwrap().expires_at(), None);
    }

    #[test]
    fn only_known_grants_make_a_record() {
        for grant in GRANTS {
            assert_eq!(Record::new(&strict(), grant, "f", tokens(None, None), 1).unwrap().grant, grant);
        }
        for grant in ["", "magic", "Implicit", "authorization_code "] {
            assert!(Record::new(&strict(), grant, "f", tokens(None, None), 1).is_none(), "{grant}");
        }
    }

    #[test]
    fn d07_a_scope_that_was_not_said_is_the_one_that_was_asked_for() {
        let said = |scope: &str| TokenResponse { scope: Some(scope.to_owned()), ..tokens(None, None) };
        let less = Record::new(&strict(), "implicit", "f", said("a"), 1).unwrap();
        assert_eq!(less.tokens.scope.as_deref(), Some("a"));
        assert_eq!(less.renewed(tokens(None, None), 2).tokens.scope.as_deref(), Some("a"));
        assert_eq!(less.renewed(said("b"), 2).tokens.scope.as_deref(), Some("b"));
        let none =
            Record::new(&owner("https://as.example/token", "spa", ""), "implicit", "f", tokens(None, None), 1).unwrap();
        assert_eq!(none.tokens.scope.as_deref(), Some(""));
        assert!(Record::decode(&none.encode(&strict()), &strict()).is_some());
    }

    #[test]
    fn d08_a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
        let kept = record().renewed(tokens(None, None), 2_000);
        assert_eq!(kept.tokens.refresh_token.as_ref().unwrap().expose(), "r1");
        assert_eq!((kept.issued_at, kept.expires_at()), (2_000, None), "the lifetime is the new token's own");
        let rotated = record().renewed(tokens(Some("r2"), Some(1)), 2_000);
        assert_eq!(rotated.tokens.refresh_token.as_ref().unwrap().expose(), "r2");
        assert_eq!((rotated.grant, rotated.expires_at()), ("authorization_code", Some(3_000)));
        assert!(!rotated.encode(&strict()).contains("r1"));
    }

    #[test]
    fn d05_an_expiry_beyond_all_time_saturates() {
        let record = Record::new(&strict(), "implicit", "f", tokens(None, Some(0x7fff_ffff)), u64::MAX).unwrap();
        assert_eq!(record.expires_at(), Some(u64::MAX));
        assert_eq!(record.renewed(tokens(None, None), 0).generation, u64::MAX);
    }

    #[test]
    fn generations_grow_even_when_the_clock_goes_back() {
        assert_eq!(record().renewed(tokens(None, None), 5_000).generation, 5_000);
        assert_eq!(record().renewed(tokens(None, None), 10).generation, 1_001);
    }

    #[test]
    fn g02_what_is_no_record_is_refused() {
        let good = record().encode(&strict());
        let mut texts =
            vec![String::new(), "null".into(), "{}".into(), "[]".into(), "\u{0}".into(), "x".repeat(MAX_TEXT + 1)];
        texts.push(format!("{good}{}", " ".repeat(MAX_TEXT)));
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\":\"1\""),
            ("\"v\":1,", ""),
            ("\"generation\":1000", "\"generation\":-1"),
            ("\"generation\":1000", "\"generation\":4503599627370496"),
            ("\"generation\":1000", "\"generation\":9007199254740991"),
            ("\"generation\":1000", "\"generation\":9007199254740992"),
            ("\"generation\":1000,", ""),
            ("\"grant\":\"authorization_code\"", "\"grant\":\"magic\""),
            ("\"grant\":\"authorization_code\",", ""),
            ("access;1:2", "a b"),
            ("access;1:2", ""),
            ("\"access_token\":\"access;1:2\"", "\"access_token\":[]"),
            ("\"access_token\":\"access;1:2\",", ""),
            ("\"access_token\"", "\"accessToken\""),
            ("\"refresh_token\":\"r1\"", "\"refresh_token\":1"),
            ("\"refresh_token\":\"r1\"", "\"refresh_token\":\"r 1\""),
            ("\"refresh_token\":\"r1\"", "\"id_token\":{}"),
            ("\"refresh_token\":\"r1\"", "\"token_type\":\"mac\""),
            ("\"expires_in\":600", "\"expires_in\":6e2"),
            ("\"expires_in\":600", "\"expires_in\":[600]"),
            ("\"issued_at\":1000", "\"issued_at\":1e3"),
            ("\"issued_at\":1000", "\"issued_at\":\"1000\""),
            ("\"issued_at\":1000,", ""),
            ("\"scope\":\"a b\"", "\"scope\":\"a b\",\"scope\":\"c\""),
            ("\"scope\":\"a b\"", "\"scope\":[\"a\",\"b\"]"),
            ("\"scope\":\"a b\"", "\"scope\":null"),
            ("\"scope\":\"a b\",", ""),
        ] {
            assert!(good.contains(from), "{from}");
            texts.push(good.replace(from, to));
        }
        texts.extend((0..good.len()).map(|length| good.get(..length).unwrap().to_owned()));
        for text in texts {
            assert!(Record::decode(&text, &strict()).is_none(), "{text}");
        }
    }

    #[test]
    fn g06_a_record_of_another_server_or_client_is_no_record() {
        let text = record().encode(&strict());
        let space = owner("https://acme.jetbrains.space/oauth/token", "spa", "a b");
        assert!(Record::decode(&text, &space).is_none());
        assert!(Record::decode(&text, &owner("https://as.example/token", "other", "a b")).is_none());
        for (from, to) in [("https://as.example/token", "https://evil.example/token"), ("\"spa\"", "\"other\"")] {
            assert!(Record::decode(&text.replace(from, to), &strict()).is_none(), "{to}");
        }
        for name in ["\"token_endpoint\"", "\"client_id\""] {
            assert!(Record::decode(&text.replace(name, "\"own\""), &strict()).is_none(), "{name}");
        }
    }

    #[test]
    fn g03_keys_do_not_collide() {
        let at = |client_id: &str, scope: &str| owner("https://as.example/token", client_id, scope).key();
        let keys = [
            at("a", "b c"),
            at("a:b", "c"),
            at("a", "b"),
            at("b", "a"),
            owner("https://acme.jetbrains.space/oauth/token", "a", "b").key(),
            owner("a", "https://as.example/token", "b").key(),
            at("a\",\"scope\":\"b", ""),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(one.starts_with("space-auth:session:"));
            assert!(!keys.iter().skip(index + 1).any(|other| one == other));
        }
        assert_eq!(at("a", "b"), at("a", "b"));
    }
}
