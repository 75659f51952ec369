//! One call in, a list of effects out: how this crate talks to JavaScript.
//!
//! The session engine is asynchronous Rust. Each port it calls becomes an *effect*, a small JSON object that
//! `npm/machine.js` performs; its answer comes back with a later call, which polls the waiting work. So the module
//! needs no promises, closures or callbacks of its own: JavaScript has better ones.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::protocol::error::AuthError;
use crate::protocol::json::Writer;

type Task = Pin<Box<dyn Future<Output = ()>>>;
/// What JavaScript answers to an effect; `None` when it refused or failed.
pub type Answer = Option<String>;

struct Machine {
    now: Cell<u64>,
    monotonic: Cell<u64>,
    effects: Cell<u32>,
    outbox: RefCell<String>,
    answer: RefCell<Option<(u32, Answer)>>,
    tasks: RefCell<Vec<Task>>,
}

thread_local! {
    // Never dropped, since the module lives as long as its page.
    static MACHINE: ManuallyDrop<Machine> = const {
        ManuallyDrop::new(Machine {
            now: Cell::new(0),
            monotonic: Cell::new(0),
            effects: Cell::new(0),
            outbox: RefCell::new(String::new()),
            answer: RefCell::new(None),
            tasks: RefCell::new(Vec::new()),
        })
    };
}

/// Milliseconds since the Unix epoch, as of this call.
#[must_use]
pub fn now() -> u64 {
    MACHINE.with(|machine| machine.now.get())
}

/// Milliseconds on a clock that never goes back, as of this call.
#[must_use]
pub fn monotonic() -> u64 {
    MACHINE.with(|machine| machine.monotonic.get())
}

/// Sets the clocks for this call.
pub fn tick(now: u64, monotonic: u64) {
    MACHINE.with(|machine| {
        machine.now.set(now);
        machine.monotonic.set(monotonic);
    });
}

/// Starts work.
pub fn spawn(task: Task) {
    MACHINE.with(|machine| machine.tasks.borrow_mut().push(task));
}

/// Takes in the answer to an effect.
pub fn answer(effect: u32, answer: Answer) {
    MACHINE.with(|machine| machine.answer.replace(Some((effect, answer))));
}

/// Asks JavaScript for an effect, and does not wait for its answer.
pub fn emit(kind: &str, describe: &dyn Fn(&mut Writer)) -> u32 {
    MACHINE.with(|machine| {
        let number = machine.effects.get().wrapping_add(1);
        machine.effects.set(number);
        let mut writer = Writer::default();
        writer.text("kind", kind);
        writer.integer("effect", number.into());
        describe(&mut writer);
        let mut outbox = machine.outbox.borrow_mut();
        let mark = if outbox.is_empty() { '[' } else { ',' };
        outbox.push(mark);
        outbox.push_str(&writer.finish());
        number
    })
}

/// An effect that JavaScript was asked for, and what its answer means.
pub struct Effect<T> {
    number: u32,
    read: fn(Answer) -> T,
}

impl<T> Future for Effect<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        take_answer(self.number).map_or(Poll::Pending, |answer| Poll::Ready((self.read)(answer)))
    }
}

fn take_answer(effect: u32) -> Option<Answer> {
    MACHINE
        .with(|machine| machine.answer.borrow_mut().take_if(|(number, _)| *number == effect))
        .map(|(_, answer)| answer)
}

/// Asks JavaScript for an effect whose answer can be waited for.
pub fn effect<T>(kind: &str, describe: &dyn Fn(&mut Writer), read: fn(Answer) -> T) -> Effect<T> {
    Effect { number: emit(kind, describe), read }
}

/// Tells JavaScript the outcome of its call.
pub fn settle(call: u32, outcome: Result<String, AuthError>) {
    let (kind, text) = match outcome {
        Ok(text) => ("resolve", text),
        Err(error) => ("reject", error.to_json()),
    };
    emit(kind, &|writer| {
        writer.integer("call", call.into());
        writer.text("text", &text);
    });
}

/// Polls all work until none of it gets further, and gives the effects that it asked for: a JSON list.
#[must_use]
pub fn run() -> String {
    let mut context = Context::from_waker(Waker::noop());
    let mut is_done = false;
    while !is_done {
        let tasks = MACHINE.with(|machine| machine.tasks.take());
        let before = tasks.len();
        let mut waiting = 0;
        for mut task in tasks {
            if task.as_mut().poll(&mut context).is_pending() {
                waiting += 1;
                spawn(task);
            }
        }
        // Unless one has come to its end, or has spawned another.
        is_done = waiting == before && MACHINE.with(|machine| machine.tasks.borrow().len()) == before;
    }
    MACHINE.with(|machine| {
        let mut effects = machine.outbox.take();
        effects.push_str(if effects.is_empty() { "[]" } else { "]" });
        effects
    })
}
