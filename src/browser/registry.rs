//! The sessions of this page: equal token endpoint, client, scope and place share one.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::ports::Browser;
use crate::session::engine::{Config, Engine};

thread_local! {
    static ENGINES: RefCell<Vec<Weak<Engine<Browser>>>> = const { RefCell::new(Vec::new()) };
}

/// The session of this configuration at this place: the one that is alive, or a new one, which `number` names.
#[must_use]
pub fn session(config: &Rc<Config>, place: u32, number: u32) -> Rc<Engine<Browser>> {
    ENGINES.with_borrow_mut(|engines| {
        engines.retain(|engine| engine.upgrade().is_some_and(|engine| !engine.has_ended()));
        for engine in engines.iter() {
            if let Some(engine) = engine.upgrade()
                && engine.ports.place == place
                && engine.is_of(config)
            {
                engine.reconfigure(config.clone());
                return engine;
            }
        }
        let engine = Engine::new(config.clone(), Browser { number, place, app_state: RefCell::default() });
        engines.push(Rc::downgrade(&engine));
        engine
    })
}
