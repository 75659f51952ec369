//! What must hold whatever happens. The numbers are those of the security requirements: I1 to I10 of the model, and
//! the requirements that each of them is about.

use std::rc::Rc;

use space_auth_wasm::protocol::error::{AuthError, Code};
use space_auth_wasm::protocol::http::HttpRequest;

use crate::history::{Call, End, Post};
use crate::place::Place;
use crate::ports::TOKEN_ENDPOINT;
use crate::server;
use crate::store::{Mark, mark};
use crate::world::World;

macro_rules! invariants {
    ($($variant:ident: $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Invariant { $($variant,)* }

        impl Invariant {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

invariants! {
    Destination: "invariant_1_e04_a_refresh_goes_to_the_token_endpoint_with_one_token_of_its_own_client",
    PostedOnce: "invariant_2_e02_e03_e06_j08_a_refresh_token_is_posted_once",
    FromStore: "invariant_3_e03_what_is_posted_is_the_newest_that_was_stored",
    LoggedOut: "invariant_4_e13_e18_logged_out_stays_logged_out",
    LawfulEnd: "invariant_5_e08_e09_e15_g09_only_a_lawful_reason_ends_a_session",
    Deadline: "invariant_6_e05_j03_every_call_settles_in_time",
    Newest: "invariant_7_e07_g05_what_is_stored_is_the_newest",
    OneInFlight: "invariant_8_e02_e05_e10_one_refresh_is_in_flight",
    NoSecret: "invariant_9_h01_no_error_holds_a_token",
    NoCrossing: "invariant_10_e04_j04_results_never_cross_sessions",
    NotOverwritten: "e14_j07_a_later_sign_in_is_never_overwritten",
    Retryable: "e08_j02_a_passing_fault_can_be_retried",
    Agreement: "e18_j05_j07_all_tabs_agree_in_the_end",
}

/// How long after its end a session may still be seen in a tab that is awake, in milliseconds: for messages, and for
/// one look that waits for a record.
const SPREAD: u64 = 4_000;

/// How long it takes at most until the writer of a record has heard what became of it, in milliseconds.
pub const HEALING: u64 = 300;

/// The family and number of the refresh token that is sent.
pub fn check_request(world: &World, key: usize, request: &HttpRequest) -> (usize, u64) {
    let body = request.body.expose();
    let value = |name: &str| {
        let mut values = body.split('&').filter_map(|pair| pair.split_once('=')).filter(|(found, _)| *found == name);
        values.next().map(|(_, value)| value).filter(|_| values.next().is_none()).unwrap_or_default()
    };
    let (family, number) = server::parse(value("refresh_token")).unwrap_or((usize::MAX, 0));
    let is_right = request.url == TOKEN_ENDPOINT
        && value("grant_type") == "refresh_token"
        && value("client_id") == format!("client-{key}")
        && !request.keepalive
        && world.server.borrow().families.get(family).is_some_and(|family| family.key == key);
    world.demand(is_right, Invariant::Destination, || format!("key {key} sends to {}: {body}", request.url));
    (family, number)
}

/// A refresh token is posted a second time only if what came of the first time is lost.
pub fn check_post(world: &World, place: &Place, turn: u64, family: usize, number: u64) -> usize {
    let mut history = world.history.borrow_mut();
    let now = world.time();
    world.log(|| format!("tab {} posts r-{family}-{number}", place.tab));
    let is_overtaken = |turn: u64| history.turns.get(&turn).is_none_or(|held| held.is_overtaken);

    let is_cleared =
        |post: &Post| history.was_cleared_since(history.turns.get(&post.turn).map_or(post.sent, |held| held.since));
    let in_flight = history.posts.iter().find(|post| {
        post.key == place.key
            && post.is_good.is_none()
            && world.tab(post.tab).is_alive.get()
            && !is_overtaken(post.turn)
            && !is_cleared(post)
    });
    world.demand(in_flight.is_none(), Invariant::OneInFlight, || {
        format!("tab {} posts r-{family}-{number} while another refresh of this key is under way", place.tab)
    });

    let is_stored = history.landed.iter().any(|landed| (landed.family, landed.number) == (family, number));
    world.demand(is_stored, Invariant::FromStore, || format!("r-{family}-{number} was never stored"));

    let mut before = history.posts.iter().filter(|post| (post.family, post.number) == (family, number)).peekable();
    let is_again = before.peek().is_some();
    let is_lost = |post: &Post| {
        !world.tab(post.tab).is_alive.get()
            || is_overtaken(post.turn)
            || post.is_good == Some(false)
            || is_cleared(post)
    };
    let is_excused = before.all(is_lost);
    let mut newer = history.landed.iter().filter(|landed| landed.family == family && landed.number > number);
    let is_kept_awake = || {
        let tabs = world.numbers_of_tabs(|tab| {
            let memory = tab.memory.borrow();
            tab.is_awake()
                && memory[place.key]
                    .as_deref()
                    .map(mark)
                    .is_some_and(|kept| kept.family == family && kept.number > number)
        });
        !tabs.is_empty()
    };
    let is_newest =
        newer.all(|landed| history.was_cleared_since(landed.time) || (!landed.is_stored && !is_kept_awake()));
    world.demand(is_newest, Invariant::FromStore, || format!("there is a newer one than r-{family}-{number}"));
    world.demand(!is_again || is_excused, Invariant::PostedOnce, || {
        format!("tab {} posts r-{family}-{number} a second time", place.tab)
    });
    if is_again {
        world.coverage.borrow_mut().lawful_repetitions += 1;
    }
    let (tab, key) = (place.tab, place.key);
    history.posts.push(Post { family, number, tab, key, turn, sent: now, is_good: None });
    history.posts.len() - 1
}

/// Somebody takes the turn of `holder`: its time must be over, and it must have an excuse for that.
pub fn check_overtaking(world: &World, holder: u64) {
    let mut history = world.history.borrow_mut();
    let Some(held) = history.turns.get_mut(&holder) else { return };
    if held.is_over || !world.tab(held.tab).is_alive.get() {
        return;
    }
    held.is_overtaken = true;
    let is_excused = world.was_frozen_since(held.tab, held.since) || world.clock_set.get() >= held.since;
    let (tab, since) = (held.tab, held.since);
    world.log(|| format!("the turn {holder} of tab {tab} is taken from it"));
    world.coverage.borrow_mut().steals += 1;
    world.demand(is_excused, Invariant::OneInFlight, || {
        format!("the turn of tab {tab}, which is awake and has had it since {since} ms, is taken from it")
    });
}

/// A transaction says that this record is the newest.
pub fn check_write(world: &World, place: &Place, written: Mark, is_sign_in: bool) {
    let mut history = world.history.borrow_mut();
    let key = place.key;
    let before = history.signed_in[key];
    world.log(|| format!("tab {}: the newest is {written:?}", place.tab));
    if is_sign_in {
        if let Some(before) = before.filter(|before| *before != written.family) {
            history.end(before, u64::MAX, End::Replaced);
        }
    } else {
        let is_void = history.end_of(written.family).is_some_and(|(reason, _)| reason >= End::Replaced);
        let invariant = if before.is_none() { Invariant::LoggedOut } else { Invariant::NotOverwritten };
        // What was cleared may come back from memory.
        let is_lost = |family| history.end_of(family).is_some_and(|(reason, _)| reason == End::Lost);
        let is_current = before.is_none_or(|before| before == written.family || is_lost(before));
        let is_current = is_current && (!is_void || before == Some(written.family) || before.is_some_and(is_lost));
        world.demand(is_current, invariant, || format!("a refresh of {written:?} overwrites family {before:?}"));
        let grows =
            history.newest[key].is_none_or(|newest| newest.family != written.family || newest.number < written.number);
        world.demand(grows, Invariant::Newest, || format!("{written:?} is not newer than {:?}", history.newest[key]));
    }
    // localStorage may put a removal after what was stored right after it; who is to say which was meant?
    if history.removed[key].is_some_and(|removed| world.time() < removed + HEALING) {
        history.end(written.family, world.time(), End::Lost);
    }
    history.signed_in[key] = Some(written.family);
    history.newest[key] = Some(written);
    history.writer[key] = (place.tab, world.time());
}

/// A removal begins. True when the user has asked for it.
pub fn check_removal(world: &World, place: &Place, family: Option<usize>, only: Option<&str>) -> bool {
    let mut history = world.history.borrow_mut();
    let by_logout = history.is_logging_out(place.tab, place.key);
    world.log(|| format!("tab {} removes the record of family {family:?}; logout: {by_logout}", place.tab));
    // A sign-in that is called off, since its engine has ended meanwhile.
    let is_signing_in = |call: &Call| (call.tab, call.key, call.name) == (place.tab, place.key, "establish");
    if let Some(own) = only.map(mark).filter(|_| history.calls.iter().any(is_signing_in)) {
        history.end(own.family, world.time(), End::LoggingOut);
    }
    let by_logout = by_logout && only.is_none();
    if by_logout {
        let signed_in = history.signed_in[place.key];
        for family in [family, signed_in].into_iter().flatten() {
            history.end(family, world.time(), End::LoggingOut);
        }
    }
    by_logout
}

/// A transaction says that the record is removed.
pub fn check_removed(world: &World, place: &Place, family: Option<usize>, by_logout: bool) {
    let mut history = world.history.borrow_mut();
    if let Some(signed_in) = history.signed_in[place.key].take() {
        let is_lawful = by_logout || history.end_of(signed_in).is_some();
        world.demand(is_lawful, Invariant::LawfulEnd, || {
            format!("tab {}, of family {family:?}, removes the record of family {signed_in}", place.tab)
        });
        history.end(signed_in, world.time(), End::LoggedOut);
    }
    world.log(|| format!("tab {}: the record is removed", place.tab));
    history.newest[place.key] = None;
    history.removed[place.key] = Some(world.time());
}

/// H01, and E08: which errors can be retried.
pub fn check_error(world: &World, error: &AuthError) {
    let text = format!("{error:?} {}", error.to_json());
    let holds_token = ["a-", "r-"]
        .iter()
        .any(|kind| text.split(kind).skip(1).any(|rest| rest.starts_with(|first: char| first.is_ascii_digit())));
    world.demand(!holds_token, Invariant::NoSecret, || text.clone());
    let is_passing = matches!(
        error.code,
        Code::Network | Code::Timeout | Code::RateLimited | Code::ServerError | Code::InvalidResponse
    );
    world.demand(!is_passing || error.retryable, Invariant::Retryable, || text);
}

/// A token that a call has given.
pub fn check_token(world: &World, call: &Call, token: &str, family: Option<usize>) {
    let found = server::parse(token).map(|(family, _)| family);
    let is_of_key = found.is_some_and(|found| world.server.borrow().families[found].key == call.key);
    world.demand(found == family && is_of_key, Invariant::NoCrossing, || {
        format!("{} of tab {} key {} gives {token}, but family {family:?} is signed in", call.name, call.tab, call.key)
    });
    let is_kept =
        world.history.borrow().landed.iter().any(|landed| server::parse(token) == Some((landed.family, landed.number)));
    world.demand(is_kept, Invariant::Newest, || format!("tab {} is given {token}, which is not stored yet", call.tab));
    let ended = found.and_then(|found| world.history.borrow().end_of(found));
    let tab = world.tab(call.tab);
    // What is stored is up to date when a tab awakes. What is in memory is so when it has heard the others.
    let is_in_memory = tab.memory.borrow()[call.key].is_some();
    let (started, thawed) = (call.started, tab.thawed.get());
    let has_heard = !is_in_memory || world.time() > thawed + SPREAD;
    let awake = if has_heard { thawed } else { 0 };
    let spread = if is_in_memory { SPREAD } else { HEALING };
    let is_ended =
        ended.is_some_and(|(reason, time)| reason >= End::Replaced && time.saturating_add(spread) < awake.max(started));
    world.demand(!is_ended, Invariant::LoggedOut, || format!("tab {} is given {token} after its end", call.tab));
}

/// What is checked after every step.
pub fn check_step(world: &Rc<World>) {
    let now = world.time();
    let history = world.history.borrow();
    for call in &history.calls {
        let tab = world.tab(call.tab);
        if tab.is_awake() {
            let taken = now - call.started - (world.frozen(call.tab) - call.frozen);
            world.demand(taken <= call.limit, Invariant::Deadline, || {
                format!("{} of tab {} has taken {taken} ms", call.name, call.tab)
            });
        }
    }
    for (number, tab) in world.tabs.borrow().iter().enumerate().filter(|(_, tab)| tab.is_awake()) {
        for engine in tab.engines.borrow().iter() {
            let Some(family) = engine.record().and(engine.ports.family.get()) else { continue };
            let Some((reason, ended)) = history.end_of(family).filter(|(reason, _)| *reason >= End::Replaced) else {
                continue;
            };
            world.demand(now <= ended.max(tab.thawed.get()).saturating_add(SPREAD), Invariant::LoggedOut, || {
                format!("tab {number} is still in family {family}, which has ended at {ended} ms: {reason:?}")
            });
        }
    }
}

/// When everything is quiet: all tabs agree with each other, and with the store.
pub fn check_quiet(world: &Rc<World>) {
    let history = world.history.borrow();
    world.demand(history.calls.is_empty(), Invariant::Deadline, || "a call never returns".to_owned());
    for key in 0..world.setting.keys {
        let awake: Vec<_> = world.tabs.borrow().iter().filter(|tab| tab.is_awake()).cloned().collect();
        let mut held: Vec<(usize, u64)> = Vec::new();
        let mut is_memory = false;
        for tab in &awake {
            let engine = tab.engines.borrow()[key].clone();
            let token = engine.record().and_then(|record| server::parse(record.tokens.access_token.expose()));
            // Where the ledger was cleared, too, the generations may begin anew, and lower: such a tab goes on until its
            // next turn.
            let is_cleared = |family| history.cleared.is_some() && history.end_of(family).is_some();
            held.extend(token.filter(|(family, _)| !is_cleared(*family)));
            is_memory |= tab.memory.borrow()[key].is_some();
        }
        held.dedup();
        let is_lost = |family| history.end_of(family).is_some_and(|(reason, _)| reason == End::Lost);
        let is_agreed = held.len() <= 1 || history.signed_in[key].is_some_and(is_lost);
        world.demand(is_agreed, Invariant::Agreement, || format!("key {key}: the tabs hold {held:?}"));
        let stored = world.store.central(key);
        for process in 0..world.setting.processes {
            let seen = world.store.get(process, key);
            world.demand(seen == stored, Invariant::Agreement, || format!("process {process} sees another record"));
        }
        let stored = stored.as_deref().map(mark);
        let Some(family) = history.signed_in[key] else {
            let is_cleared = history.cleared.is_some();
            world.demand((held.is_empty() && stored.is_none()) || is_cleared, Invariant::LoggedOut, || {
                format!("key {key}: nobody is signed in, but the tabs hold {held:?} and the store {stored:?}")
            });
            continue;
        };
        if history.end_of(family).is_some() || !history.has_landed(family) {
            continue;
        }
        let newest = history.newest[key];
        let is_newest = is_memory
            || stored == newest
            || newest.is_some_and(|newest| {
                !history.landed.iter().any(|landed| (landed.family, landed.number) == (newest.family, newest.number))
            });
        world.demand(is_newest, Invariant::Newest, || format!("key {key}: stored is {stored:?}, not {newest:?}"));
        world.demand(held.iter().all(|(held, _)| *held == family), Invariant::NotOverwritten, || {
            format!("key {key}: family {family} has signed in, but the tabs hold {held:?}")
        });
        let is_held = |tab: &Rc<crate::world::Tab>| {
            let engine = tab.engines.borrow()[key].clone();
            engine.has_ended() || engine.record().is_some()
        };
        world.demand(awake.iter().all(is_held), Invariant::LawfulEnd, || {
            format!("key {key}: a tab does not find its session")
        });
    }
}
