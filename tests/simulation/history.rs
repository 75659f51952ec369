//! What has happened so far, as far as the invariants ask for it.

use std::collections::BTreeMap;

use crate::store::Mark;

/// A refresh token that was sent.
pub struct Post {
    pub family: usize,
    pub number: u64,
    pub tab: usize,
    pub key: usize,
    pub turn: u64,
    pub sent: u64,
    /// Whether good tokens came back; `None` while it is on its way.
    pub is_good: Option<bool>,
}

pub struct Held {
    pub tab: usize,
    pub since: u64,
    pub is_over: bool,
    /// Somebody else has taken it.
    pub is_overtaken: bool,
}

/// A record that was stored, or is kept in memory.
pub struct Landed {
    pub family: usize,
    pub number: u64,
    pub is_stored: bool,
    pub time: u64,
}

/// A call that has not returned yet.
#[derive(Clone)]
pub struct Call {
    pub number: u64,
    pub tab: usize,
    pub key: usize,
    pub name: &'static str,
    pub started: u64,
    /// How long its tab had been frozen before.
    pub frozen: u64,
    pub limit: u64,
}

#[derive(Default)]
pub struct History {
    pub posts: Vec<Post>,
    pub turns: BTreeMap<u64, Held>,
    pub landed: Vec<Landed>,
    pub calls: Vec<Call>,
    /// By key: the family that is signed in, as the transactions of the ledger say.
    pub signed_in: Vec<Option<usize>>,
    /// By key: the record of the last transaction.
    pub newest: Vec<Option<Mark>>,
    /// By key: who wrote it, and when.
    pub writer: Vec<(usize, u64)>,
    /// By key: when a record was last removed.
    pub removed: Vec<Option<u64>>,
    /// When the store was last cleared.
    pub cleared: Option<u64>,
    ends: BTreeMap<usize, (End, u64)>,
}

/// Why a session may end; the later ones weigh more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A logout has begun, and may not come to its end.
    LoggingOut,
    /// The user has cleared the store.
    Cleared,
    /// The only ones that had it in memory are gone, or frozen.
    Lost,
    /// The server has said so.
    Refused,
    /// Another sign-in.
    Replaced,
    LoggedOut,
}

impl History {
    pub fn new(keys: usize) -> Self {
        Self {
            signed_in: vec![None; keys],
            newest: vec![None; keys],
            writer: vec![(0, 0); keys],
            removed: vec![None; keys],
            ..Self::default()
        }
    }

    pub fn began(&mut self, turn: u64, tab: usize, since: u64) {
        self.turns.insert(turn, Held { tab, since, is_over: false, is_overtaken: false });
    }

    /// True when somebody had the turn, and sent nothing in it.
    pub fn over(&mut self, turn: u64) -> bool {
        let Some(held) = self.turns.get_mut(&turn) else { return false };
        held.is_over = true;
        !self.posts.iter().rev().any(|post| post.turn == turn)
    }

    pub fn answered(&mut self, post: usize, is_good: bool) {
        self.posts[post].is_good = Some(is_good);
    }

    pub fn landed(&mut self, mark: Mark, is_stored: bool, time: u64) {
        self.landed.push(Landed { family: mark.family, number: mark.number, is_stored, time });
    }

    /// From now on the session of this family may end.
    pub fn end(&mut self, family: usize, time: u64, reason: End) {
        let known = self.ends.entry(family).or_insert((reason, time));
        if known.0 < reason {
            *known = (reason, time);
        }
    }

    /// The ledger has forgotten all that it knew.
    pub fn clear(&mut self, time: u64) {
        self.cleared = Some(time);
        for (reason, ended) in self.ends.values_mut() {
            (*reason, *ended) = (End::Cleared, time);
        }
    }

    pub fn end_of(&self, family: usize) -> Option<(End, u64)> {
        self.ends.get(&family).copied()
    }

    pub fn has_landed(&self, family: usize) -> bool {
        self.landed.iter().any(|landed| landed.family == family)
    }

    pub fn has_turn(&self, tab: usize) -> bool {
        self.turns.values().any(|held| held.tab == tab && !held.is_over)
    }

    pub fn is_logging_out(&self, tab: usize, key: usize) -> bool {
        self.calls.iter().any(|call| (call.tab, call.key, call.name) == (tab, key, "logout"))
    }

    pub fn is_refreshing(&self, key: usize) -> bool {
        self.posts.iter().any(|post| post.key == key && post.is_good.is_none())
    }

    pub fn was_cleared_since(&self, time: u64) -> bool {
        self.cleared.is_some_and(|cleared| cleared >= time)
    }
}
