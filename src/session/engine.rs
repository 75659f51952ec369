//! The state machine of a session: restore, use, refresh, end.
//!
//! The store is the truth that is shared with other tabs; what is held here is only the last that was seen of it.
//! No borrow is held across an await or a call to a port. What decides is written without `await`, so that the
//! asynchronous functions are no more than the order of things.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use super::expiry::Lifetime;
use super::flight::Flight;
use super::ports::{Event, Kept, Ports};
use super::record::{Owner, Record};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::id_token::{self, Expected};
use crate::protocol::secret::Secret;
use crate::protocol::sent::Sent;
use crate::protocol::token_request::{Client, request};
use crate::protocol::token_response::TokenResponse;

type Outcome = Result<(), AuthError>;

/// How often a sign-in is stored anew when something else was stored at the same time.
const TRIES: usize = 8;

/// What a session needs to know of its server and client.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose session it is.
    pub owner: Owner,
    /// How the client names itself.
    pub client: Client,
    /// Space and Hub: they answer without `token_type`, and want the scope again when refreshing.
    pub is_space_like: bool,
}

enum State {
    /// Nobody has signed in yet.
    Open,
    SignedIn(Rc<Live>),
    /// For good: a later sign-in makes another engine.
    Ended,
}

/// The record that is in use.
#[derive(Debug)]
pub struct Live {
    record: Record,
    /// The record as it is stored, to see at a glance whether the store has changed.
    text: Secret,
    /// On the monotonic clock, when the tokens were received by this very page.
    received: Option<u64>,
}

impl Deref for Live {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl Live {
    /// The access token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.tokens.access_token.expose()
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime { issued_at: self.issued_at, expires_at: self.expires_at(), monotonic: self.received }
    }
}

/// One session, shared by all who asked for it.
pub struct Engine<P> {
    /// The world around it.
    pub ports: P,
    /// The key under which it is stored.
    pub key: String,
    config: RefCell<Rc<Config>>,
    state: RefCell<State>,
    refreshing: RefCell<Option<Rc<Flight<Outcome>>>>,
    /// Whether the app has been told that the store refuses.
    refusal_told: Cell<bool>,
}

impl<P: Ports> Engine<P> {
    /// A session that nobody has signed in to yet.
    pub fn new(config: Rc<Config>, ports: P) -> Rc<Self> {
        Rc::new(Self {
            ports,
            key: config.owner.key(),
            config: RefCell::new(config),
            state: RefCell::new(State::Open),
            refreshing: RefCell::default(),
            refusal_told: Cell::new(false),
        })
    }

    /// Takes over what may differ between two descriptions of one session: the client's secret, the server's habits.
    pub fn reconfigure(&self, config: Rc<Config>) {
        self.config.replace(config);
    }

    fn config(&self) -> Rc<Config> {
        self.config.borrow().clone()
    }

    /// Whether the session has ended for good.
    pub fn has_ended(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended)
    }

    /// The record that is in use; `None` when nobody is signed in.
    pub fn record(&self) -> Option<Rc<Live>> {
        match &*self.state.borrow() {
            State::SignedIn(live) => Some(live.clone()),
            State::Open | State::Ended => None,
        }
    }

    /// Whether requests can be made, if need be after a refresh.
    pub fn is_usable(&self) -> bool {
        self.record().is_some_and(|live| live.is_renewable() || self.is_good(&live, 0))
    }

    /// Looks at the store and, when the access token has expired, refreshes it. True when somebody is signed in.
    /// A passing fault of the refresh leaves them signed in.
    pub async fn restore(self: &Rc<Self>, timeout: u32) -> Result<bool, AuthError> {
        match self.access_token(0, timeout).await {
            Ok(_) => Ok(true),
            Err(error) if error.retryable => Ok(true),
            Err(error) if self.record().is_some() && !matches!(error.code, Code::RefreshUnavailable) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Signs in with tokens that have just arrived. `grant` is how they were come by; `family`, a random text, is the
    /// name that all their successors share.
    pub async fn establish(&self, grant: &str, family: &str, tokens: TokenResponse) -> Outcome {
        let record = Record::new(&self.config().owner, grant, family, tokens, self.ports.now());
        let Some(mut record) = record else { return Err(AuthError::new(Code::InternalError, Phase::Token)) };
        // Newer than all that this tab or another has seen, so that every tab follows.
        let mut newest = self.record().map_or(0, |live| live.generation);
        for _ in 0..TRIES {
            if self.has_ended() {
                break;
            }
            record.generation = record.generation.max(newest.saturating_add(1));
            match self.store(&record, None).await {
                Ok(outcome) => return outcome,
                Err(superseded_by) => newest = superseded_by,
            }
        }
        Err(if self.has_ended() { not_signed_in() } else { AuthError::new(Code::Timeout, Phase::Storage) })
    }

    /// The record whose token is good for another `validity` milliseconds, refreshed when needed. While the one at hand
    /// has not expired, a passing fault of the refresh is no fault of this call.
    pub async fn access_token(self: &Rc<Self>, validity: u64, timeout: u32) -> Result<Rc<Live>, AuthError> {
        self.look().await;
        let live = self.current()?;
        if self.is_good(&live, validity) || (self.is_good(&live, 0) && !live.is_renewable()) {
            return Ok(live);
        }
        let outcome = self.refresh(None, timeout).await;
        if outcome.as_ref().is_err_and(|error| error.retryable) {
            // Not the token from before: meanwhile the session may have ended, or be another user's.
            self.look().await;
            if let Some(live) = self.record().filter(|live| self.is_good(live, 0)) {
                return Ok(live);
            }
        }
        outcome
    }

    /// Refreshes, unless the access token is no longer the `stale` one. All who ask while it is under way share one
    /// request. Gives the record that is in use then.
    pub async fn refresh(self: &Rc<Self>, stale: Option<&str>, timeout: u32) -> Result<Rc<Live>, AuthError> {
        let live = self.current()?;
        if stale.is_some_and(|stale| !live.tokens.access_token.matches(stale)) {
            return Ok(live);
        }
        let running = self.refreshing.borrow().clone();
        running.unwrap_or_else(|| self.take_off(live, timeout)).outcome().await?;
        self.current()
    }

    /// The record in use, its token good or not.
    pub fn current(&self) -> Result<Rc<Live>, AuthError> {
        self.record().ok_or_else(not_signed_in)
    }

    /// Ends the session here and in the store. The record that was in use: its tokens can be revoked.
    pub async fn logout(&self) -> Option<Rc<Live>> {
        self.look().await;
        if self.has_ended() {
            // What is stored by now is the session of a later sign-in.
            return None;
        }
        let record = self.record();
        self.state.replace(State::Ended);
        // Even if the store could not be read just now.
        self.ports.remove(&self.key, None).await;
        if record.is_some() {
            self.ports.notify(Event::SignedOut(None));
        }
        record
    }

    fn take_off(self: &Rc<Self>, stale: Rc<Live>, timeout: u32) -> Rc<Flight<Outcome>> {
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

    async fn renew(&self, stale: &Live, timeout: u32) -> Outcome {
        let turn = self.ports.turn(&self.key, timeout).await?;
        if !self.look_in(Some(&turn)).await {
            // It cannot be told whether another tab has used the refresh token already.
            return Err(AuthError::new(Code::Timeout, Phase::Refresh));
        }
        let Some(used) = self.unless_replaced(stale)? else { return Ok(()) };
        let request = self.refresh_request(&used)?;
        let response = self.ports.send(&request, timeout).await;

        // While the request was on its way the user may have signed out, or another tab may have been faster.
        self.look().await;
        if self.unless_replaced(stale)?.is_none() {
            return Ok(());
        }
        let failure = match self.read_answer(&request.sent, response, &used) {
            Ok(tokens) => match self.store(&used.renewed(tokens, self.ports.now()), Some(&turn)).await {
                Ok(outcome) => {
                    outcome?;
                    self.ports.notify(Event::Refreshed);
                    return Ok(());
                }
                // Somebody has changed what is stored: that counts, not what was brought.
                Err(_) => AuthError::new(Code::Timeout, Phase::Refresh),
            },
            Err(error) => error,
        };
        // Whoever had no turn, or lost it, may have been faster all the same.
        self.look_in(Some(&turn)).await;
        if let Some(live) = self.unless_replaced(stale)?
            && is_final(&failure)
        {
            // Not what another sign-in stores meanwhile.
            self.ports.remove(&self.key, Some(live.text.expose())).await;
            match self.unless_replaced(stale) {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => self.end(Some(failure.clone())),
                Err(_) => {}
            }
        }
        Err(failure)
    }

    /// The record in use, if its access token is still the `stale` one.
    fn unless_replaced(&self, stale: &Live) -> Result<Option<Rc<Live>>, AuthError> {
        Ok(Some(self.current()?).filter(|live| live.tokens.access_token.matches(stale.token())))
    }

    fn refresh_request(&self, used: &Record) -> Result<HttpRequest, AuthError> {
        let config = self.config();
        let parameters = used.renewal(&config.owner, config.is_space_like);
        let parameters = parameters.ok_or_else(|| AuthError::new(Code::RefreshUnavailable, Phase::Refresh))?;
        Ok(request(&config.owner.token_endpoint, &config.client, &parameters))
    }

    fn read_answer(
        &self,
        sent: &Sent,
        response: Result<HttpResponse, AuthError>,
        used: &Record,
    ) -> Result<TokenResponse, AuthError> {
        let response = response.map_err(|error| error.in_phase(Phase::Refresh))?;
        let lenient = self.config().is_space_like;
        let mut tokens = TokenResponse::from_http(sent, &response, Phase::Refresh, lenient)?;
        if let Some(before) = &used.tokens.id_token
            && let Some(renewed) = &tokens.id_token
        {
            let expected = Expected {
                issuer: "",
                client_id: &self.config().client.id,
                nonce: None,
                access_token: tokens.access_token.expose(),
                is_front_channel: false,
                now: self.ports.now(),
            };
            id_token::check_renewed(renewed.expose(), before.expose(), expected)?;
        } else {
            // Without one that was checked when the user signed in there is nothing to compare with.
            tokens.id_token = None;
        }
        Ok(tokens)
    }

    /// Writes first, tells afterwards. A store that refuses is made known, and the record lives in memory. `Err` when
    /// it came too late: the generation that is stored instead.
    async fn store(&self, record: &Record, turn: Option<&P::Turn>) -> Result<Outcome, u64> {
        let text = Secret::new(record.encode(&self.config().owner));
        let kept = self.ports.write(&self.key, text.expose(), turn).await;
        if self.has_ended() {
            // What was signed out here must not be found there.
            self.ports.remove(&self.key, Some(text.expose())).await;
            return Ok(Err(not_signed_in()));
        }
        if let Kept::Superseded(by) = kept {
            return Err(by);
        }
        // Unless this page has slept since, and seen a newer one.
        self.follow(&text, false, Some(self.ports.monotonic()));
        let is_refused = kept == Kept::InMemory;
        if !self.refusal_told.replace(is_refused) && is_refused {
            self.ports.notify(Event::Error(AuthError::new(Code::StorageUnavailable, Phase::Storage)));
        }
        // The page may have slept since it was written: it may be gone, or replaced.
        self.look().await;
        Ok(self.current().map(drop))
    }

    /// Compares with the store, and follows it: a newer record is adopted, a missing one ends the session, one that
    /// cannot be read is cleared away and counts as missing.
    pub async fn look(&self) {
        self.look_in(None).await;
    }

    /// False when the store cannot be read now, or the turn is lost.
    async fn look_in(&self, turn: Option<&P::Turn>) -> bool {
        let before = self.record();
        let Ok(stored) = self.ports.read(&self.key, turn).await else { return false };
        if let Some(text) = stored.map(Secret::new) {
            if self.follow(&text, turn.is_some(), None) {
                return true;
            }
            self.ports.remove(&self.key, Some(text.expose())).await;
        }
        // Whoever has signed in here meanwhile is not in what was read.
        if let Some(before) = before
            && self.record().is_some_and(|now| Rc::ptr_eq(&before, &now))
        {
            self.end(None);
        }
        true
    }

    /// False when the text is no record of this session. What is read with a turn is the truth: then another sign-in
    /// counts, whatever its generation. `received` is when its tokens came, if they came to this very page.
    fn follow(&self, text: &Secret, has_turn: bool, received: Option<u64>) -> bool {
        let known = self.record();
        if self.has_ended() || known.as_ref().is_some_and(|live| live.text.matches(text.expose())) {
            return true;
        }
        let Some(record) = Record::decode(text.expose(), &self.config().owner) else { return false };
        let is_news =
            |live: Rc<Live>| record.generation > live.generation || (has_turn && record.family != live.family);
        if known.is_none_or(is_news) {
            self.state.replace(State::SignedIn(Rc::new(Live { record, text: text.clone(), received })));
        }
        true
    }

    fn end(&self, reason: Option<AuthError>) {
        self.state.replace(State::Ended);
        self.ports.notify(Event::SignedOut(reason));
    }

    fn is_good(&self, live: &Live, validity: u64) -> bool {
        live.lifetime().is_good_for(validity, self.ports.now(), self.ports.monotonic())
    }
}

fn not_signed_in() -> AuthError {
    AuthError::new(Code::NotSignedIn, Phase::Request)
}

/// Whether the server says that the refresh token is of no use any more. Space has words of its own for it, and
/// `ProcessMaker` 4 answers 401 with another code.
fn is_final(error: &AuthError) -> bool {
    const REVOKED: &str = "Refresh token associated with the access token is revoked";
    match error.code.as_str() {
        "invalid_grant" => true,
        "invalid_request" => error.status == Some(401),
        _ => error.description.as_deref() == Some(REVOKED),
    }
}

#[cfg(test)]
mod tests;
