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
/// What the keys of waiting requests begin with.
pub const PREFIX: &str = "space-auth:pending:";

/// Where requests wait.
pub trait PendingStore {
    /// All waiting requests: keys and texts.
    fn all(&self) -> impl Future<Output = Vec<(String, String)>>;
    /// The text under `key`.
    fn get(&self, key: &str) -> impl Future<Output = Option<String>>;
    /// Stores a text; false when it cannot.
    fn set(&self, key: &str, text: &str) -> impl Future<Output = bool>;
    /// Removes a text; false when there was none.
    fn take(&self, key: &str) -> impl Future<Output = bool>;
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
    /// `OpenID` Connect.
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
        let words = |name| json.text_of(name).map(str::to_owned);
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
pub async fn remember(store: &impl PendingStore, pending: &Pending, now: u64) -> bool {
    let mut waiting = Vec::new();
    for (key, text) in store.all().await {
        match Pending::decode(&text) {
            Some(other) if !other.is_expired(now) => waiting.push((other.created_at, key)),
            _ => drop(store.take(&key).await),
        }
    }
    while waiting.len() >= MAX_PENDING {
        let mut oldest = 0;
        for (index, request) in waiting.iter().enumerate() {
            if waiting.get(oldest).is_none_or(|oldest| request < oldest) {
                oldest = index;
            }
        }
        store.take(&waiting.swap_remove(oldest).1).await;
    }
    store.set(&key(&pending.state), &pending.encode()).await
}

/// The request with this state, expired or not; it stays.
#[must_use]
pub async fn find(store: &impl PendingStore, state: &Secret) -> Option<Pending> {
    let pending = Pending::decode(&store.get(&key(state)).await?)?;
    pending.state.matches(state.expose()).then_some(pending)
}

/// Uses the request up. False when it was used up before.
#[must_use]
pub async fn take(store: &impl PendingStore, state: &Secret) -> bool {
    store.take(&key(state)).await
}

fn key(state: &Secret) -> String {
    [PREFIX, state.expose()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[derive(Default)]
    struct Map(RefCell<BTreeMap<String, String>>);

    impl PendingStore for Map {
        async fn all(&self) -> Vec<(String, String)> {
            let map = self.0.borrow();
            map.iter()
                .filter(|(key, _)| key.starts_with(PREFIX))
                .map(|(key, text)| (key.clone(), text.clone()))
                .collect()
        }
        async fn get(&self, key: &str) -> Option<String> {
            self.0.borrow().get(key).cloned()
        }
        async fn set(&self, key: &str, text: &str) -> bool {
            self.put(key, text);
            true
        }
        async fn take(&self, key: &str) -> bool {
            self.0.borrow_mut().remove(key).is_some()
        }
    }

    impl Map {
        fn put(&self, key: &str, text: &str) {
            self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
        }
        fn keys(&self) -> Vec<String> {
            self.0.borrow().keys().cloned().collect()
        }
        fn remember(&self, pending: &Pending, now: u64) -> bool {
            now_or_never(super::remember(self, pending, now))
        }
        fn find(&self, state: &str) -> Option<Pending> {
            now_or_never(super::find(self, &secret(state)))
        }
        fn take(&self, state: &str) -> bool {
            now_or_never(super::take(self, &secret(state)))
        }
    }

    fn now_or_never<T>(future: impl Future<Output = T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("a map never waits"),
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
        assert!(store.remember(&pending("s1", 1), 1) && store.remember(&pending("s2", 2), 2));
        for state in ["s2", "s1"] {
            let found = store.find(state).unwrap();
            assert!(found.state.matches(state));
            assert_eq!(
                (found.endpoint.as_str(), found.client_id.as_str(), found.scope.as_str()),
                ("https://as.example/auth", "a&b", "x y")
            );
            assert_eq!(found.app_state.as_deref(), Some("{\"to\":1}"));
        }
        assert!(store.find("S1").is_none());
    }

    #[test]
    fn a03_a_request_is_used_once() {
        let store = Map::default();
        assert!(store.remember(&pending("s1", 1), 1));
        assert!(store.take("s1"));
        assert!(!store.take("s1"));
        assert!(store.find("s1").is_none());
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
        store.put("app:own", "untouched");
        for number in 0..10_000 {
            assert!(store.remember(&pending(&format!("s{number}"), number), number));
        }
        assert_eq!(store.keys().len(), MAX_PENDING + 1);
        assert!(store.find("s9999").is_some() && store.find("s9983").is_none());
        let size: usize = store.0.borrow().iter().map(|(key, text)| key.len() + text.len()).sum();
        assert!(size < 64 << 10);
    }

    #[test]
    fn g02_unreadable_requests_are_cleared_away() {
        let store = Map::default();
        for (key, text) in [("space-auth:pending:x", "{"), ("space-auth:pending:y", "{\"v\":2}"), ("other", "{")] {
            store.put(key, text);
            let state = key.rsplit(':').next().unwrap();
            assert!(store.find(state).is_none());
        }
        assert!(store.remember(&pending("s1", 1), 1));
        assert_eq!(store.keys(), ["other", "space-auth:pending:s1"]);
    }
}
