//! Authorization requests that wait for their redirect: one slot each, keyed by state, used once, for ten
//! minutes, at most sixteen (RFC 9700 sections 2.1 and 4.7).

use crate::protocol::authorization::{AuthorizationRequest, Flow};
use crate::protocol::form;
use crate::protocol::json::{Json, Writer};
use crate::protocol::secret::Secret;
use crate::protocol::url;

/// How long a request waits, in milliseconds.
pub const PATIENCE: u64 = 600_000;
/// How many requests wait at most; the oldest makes room.
pub const MAX_PENDING: usize = 16;
const PREFIX: &str = "space-auth:pending:";

/// Where requests wait. Synchronous, so that reading one and cleaning the address bar are one task.
pub trait PendingStore {
    /// All keys that begin with `prefix`.
    fn keys(&self, prefix: &str) -> Vec<String>;
    /// The text under `key`.
    fn get(&self, key: &str) -> Option<String>;
    /// Stores a text; false when it cannot.
    fn set(&self, key: &str, text: &str) -> bool;
    /// Removes a text.
    fn remove(&self, key: &str);
}

/// A request that waits.
#[derive(Debug)]
pub struct Pending {
    /// Which grant.
    pub flow: Flow,
    /// RFC 6749 section 10.12.
    pub state: Secret,
    /// Byte for byte as it was sent.
    pub redirect_uri: String,
    /// RFC 7636.
    pub code_verifier: Option<Secret>,
    /// OpenID Connect.
    pub nonce: Option<Secret>,
    /// The authorization endpoint, without query: compared with the configuration, never used as an address.
    pub endpoint: String,
    /// Likewise.
    pub client_id: String,
    /// The requested scope.
    pub scope: String,
    /// JSON text of the caller's own.
    pub app_state: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at: u64,
}

impl Pending {
    /// From a request made by this library; what the URL says is read back from it.
    #[must_use]
    pub fn new(request: &AuthorizationRequest, app_state: Option<String>, now: u64) -> Self {
        let (endpoint, query, _) = url::split(request.url.expose());
        let parameter = |wanted: &str| {
            let mut pairs = form::pairs(query.unwrap_or_default());
            pairs.find(|(name, _)| *name == wanted).and_then(|(_, value)| form::decode(value)).unwrap_or_default()
        };
        Self {
            flow: request.flow,
            state: request.state.clone(),
            redirect_uri: request.redirect_uri.clone(),
            code_verifier: request.code_verifier.clone(),
            nonce: request.nonce.clone(),
            endpoint: endpoint.to_owned(),
            client_id: parameter("client_id"),
            scope: parameter("scope"),
            app_state,
            created_at: now,
        }
    }

    /// Whether the wait is over. A request from the future was stored before the clock was set back.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        now.abs_diff(self.created_at) > PATIENCE
    }

    fn encode(&self) -> String {
        let mut writer = Writer::default();
        writer.integer("v", 1);
        writer.text("flow", if self.flow == Flow::Code { "code" } else { "implicit" });
        writer.text("state", self.state.expose());
        writer.text("redirectUri", &self.redirect_uri);
        writer.optional("codeVerifier", self.code_verifier.as_ref().map(Secret::expose));
        writer.optional("nonce", self.nonce.as_ref().map(Secret::expose));
        writer.text("endpoint", &self.endpoint);
        writer.text("clientId", &self.client_id);
        writer.text("scope", &self.scope);
        writer.optional("appState", self.app_state.as_deref());
        writer.integer("createdAt", self.created_at);
        writer.finish()
    }

    fn decode(text: &str) -> Option<Self> {
        let json = Json::parse(text)?;
        let words = |name| json.member(name).and_then(Json::text).map(str::to_owned);
        (json.member("v")?.integer()? == 1).then_some(())?;
        Some(Self {
            flow: match json.member("flow")?.text()? {
                "code" => Flow::Code,
                "implicit" => Flow::Implicit,
                _ => return None,
            },
            state: Secret::new(words("state")?),
            redirect_uri: words("redirectUri")?,
            code_verifier: words("codeVerifier").map(Secret::new),
            nonce: words("nonce").map(Secret::new),
            endpoint: words("endpoint")?,
            client_id: words("clientId")?,
            scope: words("scope")?,
            app_state: words("appState"),
            created_at: json.member("createdAt")?.integer()?,
        })
    }
}

/// Stores a request and makes room: expired, unreadable and the oldest ones go. False when nothing can be stored.
#[must_use]
pub fn remember(store: &impl PendingStore, pending: &Pending, now: u64) -> bool {
    let mut waiting = Vec::new();
    for key in store.keys(PREFIX) {
        match store.get(&key).as_deref().and_then(Pending::decode) {
            Some(other) if !other.is_expired(now) => waiting.push((other.created_at, key)),
            _ => store.remove(&key),
        }
    }
    while waiting.len() >= MAX_PENDING {
        let Some(oldest) = (0..waiting.len()).min_by_key(|&index| waiting.get(index)) else { break };
        store.remove(&waiting.swap_remove(oldest).1);
    }
    store.set(&key(&pending.state), &pending.encode())
}

/// The request with this state, expired or not; it stays.
#[must_use]
pub fn find(store: &impl PendingStore, state: &Secret) -> Option<Pending> {
    let pending = Pending::decode(&store.get(&key(state))?)?;
    pending.state.matches(state.expose()).then_some(pending)
}

/// Uses the request up. False when it was used up before.
#[must_use]
pub fn take(store: &impl PendingStore, state: &Secret) -> bool {
    let key = key(state);
    let waited = store.get(&key).is_some();
    store.remove(&key);
    waited
}

fn key(state: &Secret) -> String {
    [PREFIX, state.expose()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Map(RefCell<BTreeMap<String, String>>);

    impl PendingStore for Map {
        fn keys(&self, prefix: &str) -> Vec<String> {
            self.0.borrow().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
        }
        fn get(&self, key: &str) -> Option<String> {
            self.0.borrow().get(key).cloned()
        }
        fn set(&self, key: &str, text: &str) -> bool {
            self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
            true
        }
        fn remove(&self, key: &str) {
            self.0.borrow_mut().remove(key);
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn pending(state: &str, now: u64) -> Pending {
        let request = AuthorizationRequest {
            url: secret("https://as.example/auth?tenant=1&client_id=a%26b&scope=x+y&state=ignored"),
            flow: Flow::Code,
            state: secret(state),
            redirect_uri: "https://app.example/cb".to_owned(),
            code_verifier: Some(secret("verifier")),
            nonce: None,
        };
        Pending::new(&request, Some("{\"to\":1}".to_owned()), now)
    }

    #[test]
    fn a02_requests_wait_side_by_side_and_each_is_found_by_its_state() {
        let store = Map::default();
        assert!(remember(&store, &pending("s1", 1), 1) && remember(&store, &pending("s2", 2), 2));
        for state in ["s2", "s1"] {
            let found = find(&store, &secret(state)).unwrap();
            assert!(found.state.matches(state));
            assert_eq!(
                (found.endpoint.as_str(), found.client_id.as_str(), found.scope.as_str()),
                ("https://as.example/auth", "a&b", "x y")
            );
            assert_eq!(found.app_state.as_deref(), Some("{\"to\":1}"));
        }
        assert!(find(&store, &secret("S1")).is_none());
    }

    #[test]
    fn a03_a_request_is_used_once() {
        let store = Map::default();
        assert!(remember(&store, &pending("s1", 1), 1));
        assert!(take(&store, &secret("s1")));
        assert!(!take(&store, &secret("s1")));
        assert!(find(&store, &secret("s1")).is_none());
    }

    #[test]
    fn a04_requests_expire_after_ten_minutes() {
        let pending = pending("s1", 1_000_000);
        assert!(!pending.is_expired(1_600_000));
        assert!(pending.is_expired(1_600_001));
        assert!(pending.is_expired(0));
    }

    #[test]
    fn a04_ten_thousand_abandoned_requests_leave_sixteen() {
        let store = Map::default();
        store.set("app:own", "untouched");
        for number in 0..10_000 {
            assert!(remember(&store, &pending(&format!("s{number}"), number), number));
        }
        assert_eq!(store.keys("").len(), MAX_PENDING + 1);
        assert!(find(&store, &secret("s9999")).is_some() && find(&store, &secret("s9983")).is_none());
        let size: usize = store.0.borrow().iter().map(|(key, text)| key.len() + text.len()).sum();
        assert!(size < 64 << 10);
    }

    #[test]
    fn g02_unreadable_requests_are_cleared_away() {
        let store = Map::default();
        for (key, text) in [("space-auth:pending:x", "{"), ("space-auth:pending:y", "{\"v\":2}"), ("other", "{")] {
            store.set(key, text);
            let state = secret(key.rsplit(':').next().unwrap());
            assert!(find(&store, &state).is_none());
        }
        assert!(remember(&store, &pending("s1", 1), 1));
        assert_eq!(store.keys(""), ["other", "space-auth:pending:s1"]);
    }
}
