//! The sessions of this page: equal token endpoint, client, scope and place share one.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::host::Host;
use super::ports::Browser;
use crate::session::engine::{Config, Engine};

#[derive(Default)]
struct Registry {
    engines: Vec<Weak<Engine<Browser>>>,
    made: u32,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::default();
}

/// The session of this configuration at this place: the one that is alive, or a new one.
pub fn session(config: &Rc<Config>, host: &Host) -> Rc<Engine<Browser>> {
    REGISTRY.with_borrow_mut(|registry| {
        registry.engines.retain(|engine| engine.upgrade().is_some_and(|engine| !engine.has_ended()));
        for engine in &registry.engines {
            if let Some(engine) = engine.upgrade().filter(|engine| engine.ports.host == *host && engine.is_of(config)) {
                engine.reconfigure(config.clone());
                return engine;
            }
        }
        registry.made = registry.made.wrapping_add(1);
        let ports = Browser { host: host.clone(), number: registry.made, app_state: RefCell::default() };
        let engine = Engine::new(config.clone(), ports);
        registry.engines.push(Rc::downgrade(&engine));
        engine
    })
}
