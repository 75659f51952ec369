//! The state machine of a session: restore, use, refresh, end.
//!
//! The store is the truth that is shared with other tabs; what is held here is only the last that was seen of it.
//! No borrow is held across an await or a call to a port.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use super::expiry::Lifetime;
use super::flight::Flight;
use super::ports::{Event, Ports};
use super::record::{self, GrantType, Record};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::revocation::{self, Kind};
use crate::protocol::secret::Secret;
use crate::protocol::server::Server;
use crate::protocol::token_request::{Client, Grant, token_request};
use crate::protocol::token_response::TokenResponse;

type Outcome = Result<(), AuthError>;

/// What a session is a session of.
#[derive(Debug)]
pub struct Config {
    /// The checked server.
    pub server: Server,
    /// The client.
    pub client: Client,
    /// The requested scope.
    pub scope: String,
}

impl Config {
    fn key(&self) -> String {
        record::key(&self.server, &self.client.id, &self.scope)
    }
}

enum State {
    /// Nobody has signed in yet.
    Open,
    SignedIn(Live),
    /// For good: a later sign-in makes another engine.
    Ended,
}

struct Live {
    record: Rc<Record>,
    /// The record as it is stored, to see at a glance whether the store has changed.
    text: Secret,
    lifetime: Lifetime,
}

/// What can be seen of a session without a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it came to be.
    pub grant: GrantType,
    /// Granted scope.
    pub scope: String,
    /// Milliseconds since the Unix epoch.
    pub expires_at: Option<u64>,
    /// Whether requests can be made, if need be after a refresh.
    pub usable: bool,
}

/// One session, shared by all who asked for it.
pub struct Engine<P> {
    /// The world around it.
    pub ports: P,
    config: RefCell<Rc<Config>>,
    key: String,
    state: RefCell<State>,
    refreshing: RefCell<Option<Rc<Flight<Outcome>>>>,
    arriving: RefCell<Option<Arrival>>,
    /// Whether the app has been told that the store refuses.
    refusal_told: Cell<bool>,
}

/// A redirect's answer that is being turned into a session.
struct Arrival {
    flight: Rc<Flight<Outcome>>,
    /// On the monotonic clock.
    landed_at: Option<u64>,
}

/// Resolves to whether an answer is still unused, using it up.
pub type Claim = Pin<Box<dyn Future<Output = bool>>>;

/// How long, in milliseconds, the outcome of a redirect is handed to all who ask, though its URL is gone: a page
/// may sign in from several components, and React's strict mode does everything twice.
const ECHO: u64 = 1_000;

/// What a redirect brought.
#[derive(Debug)]
pub enum Brought {
    /// A code and what belongs to it.
    Code {
        /// Sent once.
        code: Secret,
        /// Of the very request that the code answers.
        redirect_uri: String,
        /// Likewise.
        code_verifier: Option<Secret>,
    },
    /// The tokens of the implicit flow.
    Tokens(TokenResponse),
}

impl<P: Ports> Engine<P> {
    /// A session that nobody has signed in to yet.
    pub fn new(config: Rc<Config>, ports: P) -> Rc<Self> {
        let key = config.key();
        Rc::new(Self {
            ports,
            config: RefCell::new(config),
            key,
            state: RefCell::new(State::Open),
            refreshing: RefCell::default(),
            arriving: RefCell::default(),
            refusal_told: Cell::new(false),
        })
    }

    /// What this is a session of.
    pub fn config(&self) -> Rc<Config> {
        self.config.borrow().clone()
    }

    /// Whether `config` describes this very session.
    pub fn is_of(&self, config: &Config) -> bool {
        self.key == config.key()
    }

    /// Takes over what may differ between two descriptions of one session: the client's secret, the server's habits.
    pub fn reconfigure(&self, config: Rc<Config>) {
        self.config.replace(config);
    }

    /// Whether the session has ended for good.
    pub fn has_ended(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended)
    }

    /// What can be seen of the session; `None` when nobody is signed in.
    pub fn summary(&self) -> Option<Summary> {
        let (now, monotonic) = (self.ports.now(), self.ports.monotonic());
        self.live(|live| Summary {
            grant: live.record.grant,
            scope: live.record.scope.clone(),
            expires_at: live.record.expires_at,
            usable: live.record.refresh_token.is_some() || live.lifetime.is_good_for(0, now, monotonic),
        })
    }

    /// Looks at the store and, when the access token has expired, refreshes it. True when somebody is signed in.
    /// A passing fault of the refresh leaves them signed in.
    pub async fn restore(self: &Rc<Self>, timeout: u32) -> Result<bool, AuthError> {
        self.look().await;
        if self.summary().is_none() {
            // Another tab may be completing a sign-in right now; its session is ours, too.
            drop(self.lock_redirects(timeout).await);
        }
        match self.access_token(0, timeout).await {
            Ok(_) => Ok(true),
            Err(error) if error.retryable => Ok(true),
            Err(_) if self.summary().is_none() => Ok(false),
            Err(error) if error.code == Code::RefreshUnavailable => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Signs in with tokens that have just arrived.
    pub async fn establish(&self, grant: GrantType, tokens: TokenResponse) -> Outcome {
        let config = self.config();
        let mut record = Record::new(&config.server, &config.client, grant, tokens, &config.scope, self.ports.now());
        if let Some(previous) = self.live(|live| live.record.generation) {
            record.generation = record.generation.max(previous.saturating_add(1));
        }
        self.store(record).await
    }

    /// Turns what a redirect brought into a session, once, however many ask: a code is sent (RFC 6749 section
    /// 4.1.3), tokens are taken as they are.
    ///
    /// `claim` is asked under the lock of the session's redirects whether the answer is still unused; another tab
    /// may have been first.
    pub fn arrive(self: &Rc<Self>, brought: Result<Brought, AuthError>, claim: Claim, timeout: u32) {
        let flight = Rc::new(Flight::default());
        *self.arriving.borrow_mut() = Some(Arrival { flight: flight.clone(), landed_at: None });
        let engine = self.clone();
        self.ports.spawn(Box::pin(async move {
            let outcome = engine.take_in(brought, claim, timeout).await;
            let landed_at = Some(engine.ports.monotonic());
            *engine.arriving.borrow_mut() = Some(Arrival { flight: flight.clone(), landed_at });
            flight.land(outcome);
        }));
    }

    /// Waits for the outcome of a redirect that is being completed, or was a moment ago. `Ok(false)` when there is
    /// none.
    pub async fn arrived(&self) -> Result<bool, AuthError> {
        let now = self.ports.monotonic();
        let is_recent = |arrival: &&Arrival| arrival.landed_at.is_none_or(|landed| now.saturating_sub(landed) < ECHO);
        let flight = self.arriving.borrow().as_ref().filter(is_recent).map(|arrival| arrival.flight.clone());
        match flight {
            Some(flight) => flight.outcome().await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Whether a redirect is being completed right now.
    pub fn is_arriving(&self) -> bool {
        self.arriving.borrow().as_ref().is_some_and(|arrival| arrival.landed_at.is_none())
    }

    async fn lock_redirects(&self, timeout: u32) -> Result<P::Guard, AuthError> {
        self.ports.lock(&[&self.key, ":redirect"].concat(), timeout.saturating_mul(2)).await
    }

    async fn take_in(&self, brought: Result<Brought, AuthError>, claim: Claim, timeout: u32) -> Outcome {
        let _guard = self.lock_redirects(timeout).await.map_err(never_again)?;
        let is_ours = claim.await;
        let brought = brought?;
        if !is_ours {
            // Another tab was first; where the store is shared, its session is ours too.
            self.look().await;
            return self.current_token().map(drop).map_err(|_| AuthError::new(Code::StateMismatch, Phase::Redirect));
        }
        match brought {
            Brought::Code { code, redirect_uri, code_verifier } => {
                let (redirect_uri, code_verifier) = (redirect_uri.as_str(), code_verifier.as_ref());
                let grant = Grant::AuthorizationCode { code: &code, redirect_uri, code_verifier };
                let tokens = self.ask(&grant, Phase::Token, timeout).await.map_err(never_again)?;
                self.establish(GrantType::AuthorizationCode, tokens).await
            }
            Brought::Tokens(tokens) => self.establish(GrantType::Implicit, tokens).await,
        }
    }

    /// A token that is good for another `validity` milliseconds, refreshed when needed. While the one at hand has
    /// not expired, a passing fault of the refresh is no fault of this call.
    pub async fn access_token(self: &Rc<Self>, validity: u64, timeout: u32) -> Result<Secret, AuthError> {
        self.look().await;
        let (token, good, usable, refreshable) = self.judge(validity)?;
        if good || (usable && !refreshable) {
            return Ok(token);
        }
        match self.refresh(&token, timeout).await {
            Ok(()) => self.current_token(),
            Err(error) if error.retryable && usable && !self.has_ended() => Ok(token),
            Err(error) => Err(error),
        }
    }

    /// Refreshes, unless `stale` has been replaced already. All who ask while it is under way share one request.
    pub async fn refresh(self: &Rc<Self>, stale: &Secret, timeout: u32) -> Outcome {
        let running = self.refreshing.borrow().clone();
        let flight = match running {
            Some(flight) => flight,
            None if !self.current_token()?.matches(stale.expose()) => return Ok(()),
            None => self.take_off(stale.clone(), timeout),
        };
        flight.outcome().await
    }

    /// The access token as it is, good or not.
    pub fn current_token(&self) -> Result<Secret, AuthError> {
        self.live(|live| live.record.access_token.clone()).ok_or_else(not_signed_in)
    }

    /// Ends the session here and in the store, then revokes on the server what it can, without waiting for it.
    pub async fn logout(self: &Rc<Self>, timeout: u32) {
        self.look().await;
        let State::SignedIn(live) = self.state.replace(State::Ended) else { return };
        self.ports.remove(&self.key).await;
        self.ports.notify(Event::SignedOut(None));

        let (token, kind) = match &live.record.refresh_token {
            Some(token) => (token, Kind::RefreshToken),
            None => (&live.record.access_token, Kind::AccessToken),
        };
        let config = self.config();
        if let Ok(request) = revocation::revocation_request(&config.server, &config.client, token, Some(kind)) {
            let engine = self.clone();
            self.ports.spawn(Box::pin(async move {
                // The session is over whatever the server answers.
                let _ = engine.ports.send(&request, timeout).await;
            }));
        }
    }

    fn take_off(self: &Rc<Self>, stale: Secret, timeout: u32) -> Rc<Flight<Outcome>> {
        let flight = Rc::new(Flight::default());
        *self.refreshing.borrow_mut() = Some(flight.clone());
        let (engine, landing) = (self.clone(), flight.clone());
        self.ports.spawn(Box::pin(async move {
            let outcome = engine.renew(&stale, timeout).await;
            *engine.refreshing.borrow_mut() = None;
            if let Err(error) = &outcome
                && !engine.has_ended()
            {
                engine.ports.notify(Event::Error(error.clone()));
            }
            landing.land(outcome);
        }));
        flight
    }

    async fn renew(&self, stale: &Secret, timeout: u32) -> Outcome {
        // Whoever holds the lock may use up its own time and write; then it is our turn.
        let _guard = self
            .ports
            .lock(&self.key, timeout.saturating_mul(2))
            .await
            .map_err(|error| error.in_phase(Phase::Refresh))?;
        self.look().await;
        let Some(used) = self.live(|live| live.record.clone()) else { return Err(not_signed_in()) };
        if !used.access_token.matches(stale.expose()) {
            return Ok(());
        }
        let refresh_token =
            used.refresh_token.as_ref().ok_or_else(|| AuthError::new(Code::RefreshUnavailable, Phase::Refresh))?;
        let scope =
            self.config().server.is_space_like().then_some(used.scope.as_str()).filter(|scope| !scope.is_empty());
        let answer = self.ask(&Grant::RefreshToken { refresh_token, scope }, Phase::Refresh, timeout).await;

        // While the request was on its way the user may have signed out, or another tab may have been faster.
        self.look().await;
        if !self.current_token()?.matches(stale.expose()) {
            return Ok(());
        }
        match answer {
            Ok(tokens) => {
                self.store(used.renewed(tokens, self.ports.now())).await?;
                self.ports.notify(Event::Refreshed);
                Ok(())
            }
            Err(error) => {
                if is_final(&error) {
                    self.ports.remove(&self.key).await;
                    self.end(Some(error.clone()));
                }
                Err(error)
            }
        }
    }

    async fn ask(&self, grant: &Grant<'_>, phase: Phase, timeout: u32) -> Result<TokenResponse, AuthError> {
        let config = self.config();
        let request = token_request(&config.server, &config.client, grant);
        let response = self.ports.send(&request, timeout).await.map_err(|error| error.in_phase(phase))?;
        TokenResponse::from_http(&config.server, &request, &response, phase)
    }

    /// Writes first, tells afterwards. A store that refuses is made known, and the record lives in memory.
    async fn store(&self, record: Record) -> Outcome {
        let text = Secret::new(record.encode());
        let kept = self.ports.write(&self.key, text.expose()).await;
        if self.has_ended() {
            self.ports.remove(&self.key).await;
            return Err(not_signed_in());
        }
        self.adopt(Rc::new(record), text, Some(self.ports.monotonic()));
        if !self.refusal_told.replace(kept.is_err()) && kept.is_err() {
            self.ports.notify(Event::Error(AuthError::new(Code::StorageUnavailable, Phase::Storage)));
        }
        Ok(())
    }

    /// Compares with the store, and follows it: a newer record is adopted, a missing one ends the session, one that
    /// cannot be read is cleared away and counts as missing.
    pub async fn look(&self) {
        let Ok(stored) = self.ports.read(&self.key).await else { return };
        let known = self.live(|live| live.record.generation);
        let Some(text) = stored.map(Secret::new) else {
            if known.is_some() {
                self.end(None);
            }
            return;
        };
        let is_known = self.live(|live| live.text.matches(text.expose())).unwrap_or_default();
        if is_known || self.has_ended() {
            return;
        }
        let config = self.config();
        match Record::decode(text.expose(), &config.server, &config.client.id) {
            Some(record) if known.is_some_and(|known| record.generation <= known) => {}
            Some(record) => self.adopt(Rc::new(record), text, None),
            None => {
                self.ports.remove(&self.key).await;
                if known.is_some() {
                    self.end(None);
                }
            }
        }
    }

    fn adopt(&self, record: Rc<Record>, text: Secret, monotonic: Option<u64>) {
        let lifetime = Lifetime { issued_at: record.issued_at, expires_at: record.expires_at, monotonic };
        self.state.replace(State::SignedIn(Live { record, text, lifetime }));
    }

    fn end(&self, reason: Option<AuthError>) {
        self.state.replace(State::Ended);
        self.ports.notify(Event::SignedOut(reason));
    }

    fn live<T>(&self, read: impl FnOnce(&Live) -> T) -> Option<T> {
        match &*self.state.borrow() {
            State::SignedIn(live) => Some(read(live)),
            State::Open | State::Ended => None,
        }
    }

    /// The token, and whether it is good for long enough, usable at all, and can be refreshed.
    fn judge(&self, validity: u64) -> Result<(Secret, bool, bool, bool), AuthError> {
        let (now, monotonic) = (self.ports.now(), self.ports.monotonic());
        self.live(|live| {
            (
                live.record.access_token.clone(),
                live.lifetime.is_good_for(validity, now, monotonic),
                live.lifetime.is_good_for(0, now, monotonic),
                live.record.refresh_token.is_some(),
            )
        })
        .ok_or_else(not_signed_in)
    }
}

fn not_signed_in() -> AuthError {
    AuthError::new(Code::NotSignedIn, Phase::Request)
}

/// A code is sent once: what failed cannot be tried again.
fn never_again(error: AuthError) -> AuthError {
    error.never_again().in_phase(Phase::Token)
}

/// Whether the server says that the refresh token is of no use any more. Space has words of its own for it.
fn is_final(error: &AuthError) -> bool {
    const REVOKED: &str = "Refresh token associated with the access token is revoked";
    error.code.as_str() == "invalid_grant" || error.description.as_deref() == Some(REVOKED)
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
