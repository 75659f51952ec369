//! localStorage: each process sees its own writes at once, and those of the others later. All writes pass through one
//! place, which puts them in order; a process that has a write on its way there ignores the others' meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::place::Place;
use crate::world::World;

/// How long a write takes to that place, and from it to each process, at most, in milliseconds.
pub const SPREAD: u64 = 80;

struct View {
    texts: Vec<Option<String>>,
    /// By key: own writes on their way.
    unconfirmed: Vec<u64>,
    /// When the last message to, and from, the central place arrives.
    upward: u64,
    downward: u64,
}

pub struct Store {
    views: RefCell<Vec<View>>,
    central: RefCell<Vec<Option<String>>>,
    pub is_full: Cell<bool>,
    /// How often it was cleared: what was on its way before is gone, too.
    clearings: Cell<u64>,
}

impl Store {
    pub fn new(processes: usize, keys: usize) -> Self {
        let texts = vec![None; keys];
        let view = || View { texts: texts.clone(), unconfirmed: vec![0; keys], upward: 0, downward: 0 };
        Self {
            views: RefCell::new((0..processes).map(|_| view()).collect()),
            central: RefCell::new(texts.clone()),
            is_full: Cell::new(false),
            clearings: Cell::new(0),
        }
    }

    pub fn get(&self, process: usize, key: usize) -> Option<String> {
        self.views.borrow()[process].texts[key].clone()
    }

    pub fn central(&self, key: usize) -> Option<String> {
        self.central.borrow()[key].clone()
    }

    /// Sets or removes a text. The other tabs of this process are told by an event, as those of others will be.
    pub fn set(&self, world: &Rc<World>, tab: usize, key: usize, text: Option<String>) {
        let process = world.tab(tab).process;
        let due = {
            let mut views = self.views.borrow_mut();
            let view = &mut views[process];
            if view.texts[key] == text {
                return;
            }
            view.texts[key].clone_from(&text);
            view.unconfirmed[key] += 1;
            view.upward = (world.time() + world.random.below(SPREAD)).max(view.upward + 1);
            view.upward
        };
        self.tell(world, process, key, Some(tab));
        let clearings = self.clearings.get();
        world.at(None, false, due, 0, "a write reaches the common store", move |world| {
            if world.store.clearings.get() == clearings {
                world.store.arrive(world, process, key, text);
            }
        });
    }

    fn arrive(&self, world: &Rc<World>, writer: usize, key: usize, text: Option<String>) {
        self.central.borrow_mut()[key].clone_from(&text);
        for process in 0..world.setting.processes {
            let due = {
                let view = &mut self.views.borrow_mut()[process];
                view.downward = (world.time() + world.random.below(SPREAD)).max(view.downward + 1);
                view.downward
            };
            let text = text.clone();
            let clearings = self.clearings.get();
            world.at(None, false, due, 0, "a write reaches a process", move |world| {
                if world.store.clearings.get() != clearings {
                    return;
                }
                let is_changed = {
                    let view = &mut world.store.views.borrow_mut()[process];
                    if process == writer {
                        view.unconfirmed[key] = view.unconfirmed[key].saturating_sub(1);
                        false
                    } else {
                        let is_changed = view.unconfirmed[key] == 0 && view.texts[key] != text;
                        if is_changed {
                            view.texts[key] = text;
                        }
                        is_changed
                    }
                };
                if is_changed {
                    world.store.tell(world, process, key, None);
                }
            });
        }
    }

    /// The `storage` event.
    fn tell(&self, world: &Rc<World>, process: usize, key: usize, but: Option<usize>) {
        for tab in world.numbers_of_tabs(|tab| tab.is_alive.get() && tab.process == process) {
            if Some(tab) != but {
                let delay = world.random.below(20);
                world.later(Some(tab), true, delay, "storage event", move |world| {
                    Place { world: world.clone(), tab, key }.notice();
                });
            }
        }
    }

    /// The user clears the site's data.
    pub fn clear(&self, world: &Rc<World>) {
        self.clearings.set(self.clearings.get() + 1);
        for central in self.central.borrow_mut().iter_mut() {
            *central = None;
        }
        for process in 0..world.setting.processes {
            for key in 0..world.setting.keys {
                let view = &mut self.views.borrow_mut()[process];
                (view.texts[key], view.unconfirmed[key]) = (None, 0);
            }
            for key in 0..world.setting.keys {
                self.tell(world, process, key, None);
            }
        }
    }
}

/// What a stored text says of itself: its generation, its family, and the number of its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub generation: u64,
    pub family: usize,
    pub number: u64,
}

pub fn mark(text: &str) -> Mark {
    let after = |name: &str| text.split_once(name).map_or("", |(_, rest)| rest);
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let (family, number) = after("\"refresh_token\":\"r-").split_once('-').unwrap_or(("", ""));
    Mark {
        generation: digits(after("\"generation\":")).parse().unwrap_or(0),
        family: family.parse().unwrap_or(usize::MAX),
        number: digits(number).parse().unwrap_or(0),
    }
}
