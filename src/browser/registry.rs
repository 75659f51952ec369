//! The sessions of this page: equal token endpoint, client, scope and place share one.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use super::ports::Browser;
use crate::session::engine::{Config, Engine};

type Session = Rc<Engine<Browser>>;

thread_local! {
    // Never dropped, since the module lives as long as its page.
    static SESSIONS: RefCell<ManuallyDrop<Vec<Session>>> = const { RefCell::new(ManuallyDrop::new(Vec::new())) };
}

/// The session of this configuration at this place: the one that is alive, or a new one, which `number` names.
#[must_use]
pub fn open(config: Config, place: u32, number: u32) -> Session {
    let config = Rc::new(config);
    let new = Engine::new(config.clone(), Browser { number, place });
    SESSIONS.with_borrow_mut(|sessions| {
        forget(sessions, &|session| session.has_ended());
        for session in sessions.iter() {
            if session.ports.place == place && session.key == new.key {
                session.reconfigure(config);
                return session.clone();
            }
        }
        sessions.push(new.clone());
        new
    })
}

/// The session of this number, unless it has ended and been forgotten.
#[must_use]
pub fn session(number: u32) -> Option<Session> {
    SESSIONS.with_borrow(|sessions| sessions.iter().find(|session| session.ports.number == number).cloned())
}

/// Forgets the session of this number. A refresh that is under way goes on.
pub fn close(number: u32) {
    SESSIONS.with_borrow_mut(|sessions| forget(sessions, &|session| session.ports.number == number));
}

fn forget(sessions: &mut Vec<Session>, is_gone: &dyn Fn(&Session) -> bool) {
    sessions.retain(|session| !is_gone(session));
}
