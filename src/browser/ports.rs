//! The browser as the session sees it: each port is an effect that JavaScript performs (`npm/host`).

use std::future::Future;
use std::pin::Pin;

use super::machine::{self, Answer, Effect, effect, emit};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::json::{Json, Writer, natural};
use crate::protocol::secret::Secret;
use crate::session::ports::{Clock, Event, Http, Kept, Observer, Refused, Spawn, Store};

/// All ports of one session.
pub struct Browser {
    /// Names the session to JavaScript.
    pub number: u32,
    /// Names the place where its record lives.
    pub place: u32,
}

impl Clock for Browser {
    fn now(&self) -> u64 {
        machine::now()
    }

    fn monotonic(&self) -> u64 {
        machine::monotonic()
    }
}

impl Browser {
    fn stored<T>(&self, kind: &str, key: &str, turn: Option<&Turn>, text: &str, read: fn(Answer) -> T) -> Effect<T> {
        let describe = |writer: &mut Writer| {
            writer.integer("place", self.place.into());
            writer.text("key", key);
            writer.text("text", text);
            writer.optional("turn", turn.map(|turn| turn.0.as_str()));
        };
        effect(kind, &describe, read)
    }
}

/// A turn by the name that JavaScript gave it.
pub struct Turn(String);

impl Drop for Turn {
    fn drop(&mut self) {
        emit("giveBack", &|writer| writer.text("turn", &self.0));
    }
}

impl Store for Browser {
    type Turn = Turn;

    fn turn(&self, key: &str, timeout: u32) -> impl Future<Output = Result<Turn, AuthError>> {
        let describe = |writer: &mut Writer| {
            writer.integer("place", self.place.into());
            writer.text("key", key);
            writer.integer("timeout", timeout.into());
        };
        effect("turn", &describe, |answer| {
            answer.map(Turn).ok_or_else(|| AuthError::new(Code::Timeout, Phase::Refresh))
        })
    }

    /// JavaScript answers with the text behind a letter, so that an absent one differs from a refusal.
    fn read(&self, key: &str, turn: Option<&Turn>) -> impl Future<Output = Result<Option<String>, Refused>> {
        self.stored("read", key, turn, "", |answer| {
            let text = answer.ok_or(Refused)?;
            Ok(text.get(1..).map(str::to_owned))
        })
    }

    /// JavaScript answers with nothing, or with the generation that is in the way.
    fn write(&self, key: &str, text: &str, turn: Option<&Turn>) -> impl Future<Output = Kept> {
        self.stored("write", key, turn, text, |answer| match answer.as_deref() {
            None => Kept::InMemory,
            Some("") => Kept::Stored,
            Some(newest) => Kept::Superseded(natural(newest).unwrap_or_default()),
        })
    }

    /// An empty text stands for whatever is stored.
    fn remove(&self, key: &str, text: Option<&str>) -> impl Future<Output = ()> {
        self.stored("remove", key, None, text.unwrap_or_default(), drop)
    }
}

impl Http for Browser {
    fn send(&self, request: &HttpRequest, timeout: u32) -> impl Future<Output = Result<HttpResponse, AuthError>> {
        send(request, timeout)
    }
}

/// Sends by JavaScript, which answers `{ status, contentType, body }`, with `timeout`, or not at all.
#[must_use]
pub fn send(request: &HttpRequest, timeout: u32) -> Effect<Result<HttpResponse, AuthError>> {
    let describe = |writer: &mut Writer| {
        writer.text("url", &request.url);
        writer.optional("authorization", request.authorization.as_ref().map(Secret::expose));
        writer.text("body", request.body.expose());
        writer.boolean("keepalive", request.keepalive);
        writer.boolean("isRepeatable", request.is_repeatable);
        writer.integer("timeout", timeout.into());
    };
    effect("send", &describe, |answer| {
        let Some(json) = answer.as_deref().and_then(Json::parse) else {
            let code = if answer.is_some() { Code::Timeout } else { Code::Network };
            return Err(AuthError::new(code, Phase::Token));
        };
        let text = |name| json.text_of(name).unwrap_or_default().to_owned();
        let status = json.member("status").and_then(Json::integer).unwrap_or_default();
        let status = u16::try_from(status).unwrap_or_default();
        Ok(HttpResponse { status, content_type: text("contentType"), body: text("body") })
    })
}

impl Spawn for Browser {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        machine::spawn(task);
    }
}

impl Observer for Browser {
    fn notify(&self, event: Event) {
        let (name, error) = match &event {
            Event::Refreshed => ("refreshed", None),
            Event::SignedOut(reason) => ("signedout", reason.as_ref()),
            Event::Error(error) => ("error", Some(error)),
        };
        let error = error.map(AuthError::to_json);
        emit("notify", &|writer| {
            writer.integer("session", self.number.into());
            writer.text("event", name);
            writer.optional("error", error.as_deref());
        });
    }
}
