//! The browser as the session sees it: each port is an effect that JavaScript performs (`npm/host`).

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use super::machine::{self, effect, emit};
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::protocol::json::Json;
use crate::protocol::secret::Secret;
use crate::session::pending::{PREFIX, PendingStore};
use crate::session::ports::{Clock, Event, Http, Lock, Observer, Refused, Spawn, Store};

/// All ports of one session.
pub struct Browser {
    /// Names the session to JavaScript.
    pub number: u32,
    /// Names the place where its record lives.
    pub place: u32,
    /// What the app gave to the sign-in that this page completed: JSON text.
    pub app_state: RefCell<Option<String>>,
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
    async fn stored(&self, kind: &str, key: &str, text: &str) -> Option<String> {
        effect(kind, &|writer| {
            writer.integer("place", self.place.into());
            writer.text("key", key);
            writer.text("text", text);
        })
        .await
    }
}

impl Store for Browser {
    /// JavaScript answers with the text behind a letter, so that an absent one differs from a refusal.
    async fn read(&self, key: &str) -> Result<Option<String>, Refused> {
        let mut answer = self.stored("read", key, "").await.ok_or(Refused)?;
        if answer.is_empty() {
            return Ok(None);
        }
        answer.remove(0);
        Ok(Some(answer))
    }

    async fn write(&self, key: &str, text: &str) -> Result<(), Refused> {
        self.stored("write", key, text).await.map(drop).ok_or(Refused)
    }

    async fn remove(&self, key: &str) {
        self.stored("remove", key, "").await;
    }
}

/// A held lock, by the number of the effect that got it; released when dropped.
pub struct Guard(String);

impl Drop for Guard {
    fn drop(&mut self) {
        emit("unlock", &|writer| writer.text("lock", &self.0));
    }
}

impl Lock for Browser {
    type Guard = Guard;

    async fn lock(&self, name: &str, wait: u32) -> Result<Guard, AuthError> {
        let lock = effect("lock", &|writer| {
            writer.text("name", name);
            writer.integer("wait", wait.into());
        })
        .await;
        lock.map(Guard).ok_or_else(|| AuthError::new(Code::Timeout, Phase::Refresh))
    }
}

impl Http for Browser {
    async fn send(&self, request: &HttpRequest, timeout: u32) -> Result<HttpResponse, AuthError> {
        send(request, timeout).await
    }
}

/// Sends by JavaScript, which answers `{ status, contentType, body }`, with `timeout`, or not at all.
pub async fn send(request: &HttpRequest, timeout: u32) -> Result<HttpResponse, AuthError> {
    let answer = effect("send", &|writer| {
        writer.text("url", &request.url);
        writer.optional("authorization", request.authorization.as_ref().map(Secret::expose));
        writer.text("body", request.body.expose());
        writer.boolean("keepalive", request.keepalive);
        writer.integer("timeout", timeout.into());
    })
    .await;
    let Some(json) = answer.as_deref().and_then(Json::parse) else {
        let code = if answer.is_some() { Code::Timeout } else { Code::Network };
        return Err(AuthError::new(code, Phase::Token));
    };
    let status = json.member("status").and_then(Json::integer).unwrap_or_default();
    Ok(HttpResponse {
        status: u16::try_from(status).unwrap_or_default(),
        content_type: json.text_of("contentType").unwrap_or_default().to_owned(),
        body: json.text_of("body").unwrap_or_default().to_owned(),
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

/// Where authorization requests wait.
pub struct Pending;

async fn pending(kind: &str, key: &str, text: &str) -> Option<String> {
    effect(kind, &|writer| {
        writer.text("key", key);
        writer.text("text", text);
    })
    .await
}

impl PendingStore for Pending {
    async fn all(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        if let Some(Json::Object(members)) =
            pending("pendingAll", PREFIX, "").await.as_deref().and_then(Json::parse).as_ref()
        {
            for (key, text) in members {
                all.push((key.clone(), text.text().unwrap_or_default().to_owned()));
            }
        }
        all
    }

    async fn get(&self, key: &str) -> Option<String> {
        pending("pendingGet", key, "").await
    }

    async fn set(&self, key: &str, text: &str) -> bool {
        pending("pendingSet", key, text).await.is_some()
    }

    async fn take(&self, key: &str) -> bool {
        pending("pendingTake", key, "").await.is_some()
    }
}
