//! A host for sessions: it performs all that they ask for.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::rc::Rc;

use space_auth_wasm::browser::machine;
use space_auth_wasm::browser::ports::Browser;
use space_auth_wasm::protocol::json::{Json, Writer};
use space_auth_wasm::session::engine::Engine;

use crate::support::{asked, noting};

pub type Session = Rc<Engine<Browser>>;

pub const TIMEOUT: u32 = 10_000;

/// An answer of the server as the host hands it over.
pub fn response(status: u16, body: &str) -> String {
    let mut writer = Writer::default();
    writer.integer("status", status.into());
    writer.text("contentType", "application/json");
    writer.text("body", body);
    writer.finish()
}

/// A host whose places are maps, and whose server answers as it is told.
#[derive(Default)]
pub struct Host {
    pub store: BTreeMap<(u64, String), String>,
    /// What a place that refuses has kept in memory.
    pub memory: BTreeMap<(u64, String), String>,
    pub refuses_to_store: bool,
    pub refuses_turns: bool,
    pub held: Vec<String>,
    pub turns: Vec<(String, u64)>,
    /// Each request: its address, its header and its body.
    pub sent: Vec<(String, Option<String>, String)>,
    pub answers: VecDeque<(u16, String)>,
    pub told: Vec<(u64, String, Option<String>)>,
}

impl Host {
    /// Performs all that is asked for until there is nothing more; gives the effects of the kind `except`, which it
    /// leaves unanswered.
    pub fn perform_all_but(&mut self, except: &str) -> Vec<u32> {
        let mut left_out = Vec::new();
        let mut effects = VecDeque::from(asked(&machine::run()));
        while let Some((kind, number, effect)) = effects.pop_front() {
            if kind == except {
                left_out.push(number);
            } else if let Some(answer) = self.perform_one(&kind, number, &effect) {
                // One answer at a time, and each is taken in before the next.
                machine::answer(number, answer);
                effects.extend(asked(&machine::run()));
            }
        }
        left_out
    }

    pub fn perform(&mut self) {
        self.perform_all_but("");
        assert!(self.held.is_empty(), "a turn is still held");
    }

    /// The outer option: whether there is an answer at all.
    fn perform_one(&mut self, kind: &str, number: u32, effect: &Json) -> Option<machine::Answer> {
        let text = |name: &str| effect.text_of(name).unwrap_or_default().to_owned();
        let integer = |name: &str| effect.member(name).and_then(Json::integer).unwrap();
        let done = || Some("done".to_owned());
        match kind {
            "read" => {
                let key = (integer("place"), text("key"));
                let found = self.memory.get(&key).or_else(|| self.store.get(&key));
                Some(Some(found.map(|text| ["=", text].concat()).unwrap_or_default()))
            }
            "write" if self.refuses_to_store => {
                let key = (integer("place"), text("key"));
                self.store.remove(&key);
                self.memory.insert(key, text("text"));
                Some(None)
            }
            "write" => {
                self.store.insert((integer("place"), text("key")), text("text"));
                Some(Some(String::new()))
            }
            "remove" => {
                let key = (integer("place"), text("key"));
                self.memory.remove(&key);
                self.store.remove(&key);
                Some(done())
            }
            "turn" if self.refuses_turns => Some(None),
            "turn" => {
                self.turns.push((text("key"), integer("timeout")));
                self.held.push(number.to_string());
                Some(Some(number.to_string()))
            }
            "giveBack" => {
                let at = self.held.iter().position(|ticket| *ticket == text("turn")).expect("a turn that is held");
                self.held.remove(at);
                None
            }
            "send" => {
                self.sent.push((text("url"), effect.text_of("authorization").map(str::to_owned), text("body")));
                assert!(!self.held.is_empty(), "only who has the turn refreshes");
                Some(self.answers.pop_front().map(|(status, body)| response(status, &body)))
            }
            "notify" => {
                let error = effect.text_of("error").map(|error| Json::parse(error).unwrap());
                let code = error.and_then(|error| error.text_of("code").map(str::to_owned));
                self.told.push((integer("session"), text("event"), code));
                None
            }
            other => panic!("an unknown effect: {other}"),
        }
    }

    /// What the work comes to.
    pub fn run<T: 'static>(&mut self, work: impl Future<Output = T> + 'static) -> T {
        let outcome = noting(work);
        self.perform();
        outcome.take().expect("the work is done")
    }

    pub fn answer(&mut self, status: u16, body: &str) {
        self.answers.push_back((status, body.to_owned()));
    }

    pub fn answer_tokens(&mut self, access: &str, refresh: &str) {
        self.answer(
            200,
            &format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":600,"refresh_token":"{refresh}"}}"#
            ),
        );
    }

    pub fn events(&self) -> Vec<&str> {
        self.told.iter().map(|(_, event, _)| event.as_str()).collect()
    }

    pub fn stored(&self, session: &Session) -> Option<&String> {
        self.store.get(&(session.ports.place.into(), session.key.clone()))
    }

    /// Puts a record into the store, as another page would have left it.
    pub fn plant(&mut self, session: &Session, access: &str, refresh: Option<&str>, issued_at: u64) {
        let mut writer = Writer::default();
        writer.integer("v", 1);
        writer.integer("generation", issued_at);
        writer.text("family", "f");
        writer.text("token_endpoint", "https://as.example/token");
        writer.text("client_id", "spa");
        writer.text("grant", "authorization_code");
        writer.integer("issued_at", issued_at);
        writer.text("access_token", access);
        writer.optional("refresh_token", refresh);
        writer.text("scope", "a b");
        writer.integer("expires_in", 600);
        self.store.insert((session.ports.place.into(), session.key.clone()), writer.finish());
    }

    pub fn token(&mut self, session: &Session) -> Result<String, String> {
        let session = session.clone();
        self.run(async move {
            let live = session.access_token(30_000, TIMEOUT).await;
            live.map(|live| live.token().to_owned()).map_err(|error| error.code.as_str().to_owned())
        })
    }

    pub fn restore(&mut self, session: &Session) -> Result<bool, String> {
        let session = session.clone();
        self.run(async move { session.restore(TIMEOUT).await.map_err(|error| error.code.as_str().to_owned()) })
    }
}
