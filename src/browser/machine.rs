//! One call in, a list of effects out: how this crate talks to JavaScript.
//!
//! The session engine is asynchronous Rust. Each port it calls becomes an *effect*, a small JSON object that
//! `npm/machine.js` performs; its answer comes back with a later call, which polls the waiting work. So the module
//! needs no promises, closures or callbacks of its own: JavaScript has better ones.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::protocol::error::AuthError;
use crate::protocol::json::Writer;

type Task = Pin<Box<dyn Future<Output = ()>>>;
/// What JavaScript answers to an effect; `None` when it refused or failed.
pub type Answer = Option<String>;

#[derive(Default)]
struct Machine {
    now: Cell<u64>,
    monotonic: Cell<u64>,
    effects: Cell<u32>,
    outbox: RefCell<String>,
    answers: RefCell<Vec<(u32, Answer)>>,
    tasks: RefCell<Vec<Task>>,
}

thread_local! {
    static MACHINE: Machine = Machine::default();
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
    MACHINE.with(|machine| machine.answers.borrow_mut().push((effect, answer)));
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

/// Asks JavaScript for an effect and waits for its answer.
pub async fn effect(kind: &str, describe: &dyn Fn(&mut Writer)) -> Answer {
    let number = emit(kind, describe);
    poll_fn(|_| {
        MACHINE.with(|machine| {
            let mut answers = machine.answers.borrow_mut();
            match answers.iter().position(|(effect, _)| *effect == number) {
                Some(place) => Poll::Ready(answers.swap_remove(place).1),
                None => Poll::Pending,
            }
        })
    })
    .await
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
    loop {
        let mut progressed = false;
        let mut waiting = Vec::new();
        for mut task in MACHINE.with(|machine| take(&mut *machine.tasks.borrow_mut())) {
            if task.as_mut().poll(&mut context).is_pending() {
                waiting.push(task);
            } else {
                progressed = true;
            }
        }
        let all_waited = MACHINE.with(|machine| {
            let mut tasks = machine.tasks.borrow_mut();
            let none_new = tasks.is_empty();
            tasks.append(&mut waiting);
            none_new
        });
        if all_waited && !progressed {
            break;
        }
    }
    MACHINE.with(|machine| {
        let mut effects = take(&mut *machine.outbox.borrow_mut());
        effects.push_str(if effects.is_empty() { "[]" } else { "]" });
        effects
    })
}
