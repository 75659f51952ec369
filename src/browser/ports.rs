//! The browser as the session sees it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;

use super::host::Host;
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::session::pending::PendingStore;
use crate::session::ports::{Clock, Event, Http, Lock, Observer, Refused, Spawn, Store};

/// All ports of one session.
pub struct Browser {
    /// What does the work.
    pub host: Host,
    /// Names the session to the host.
    pub number: u32,
    /// What the app gave to the sign-in that this page completed: JSON text.
    pub app_state: RefCell<Option<String>>,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and NaN is 0.
const fn whole(milliseconds: f64) -> u64 {
    milliseconds as u64
}

impl Clock for Host {
    fn now(&self) -> u64 {
        whole(Self::now(self))
    }

    fn monotonic(&self) -> u64 {
        whole(Self::monotonic(self))
    }
}

impl Clock for Browser {
    fn now(&self) -> u64 {
        Clock::now(&self.host)
    }

    fn monotonic(&self) -> u64 {
        Clock::monotonic(&self.host)
    }
}

impl Store for Browser {
    async fn read(&self, key: &str) -> Result<Option<String>, Refused> {
        self.host.read(key).await.map(|text| text.as_string()).map_err(|_| Refused)
    }

    async fn write(&self, key: &str, text: &str) -> Result<(), Refused> {
        self.host.write(key, text).await.map(drop).map_err(|_| Refused)
    }

    async fn remove(&self, key: &str) {
        let _ = self.host.remove(key).await;
    }
}

/// A held lock; released when dropped.
pub struct Guard(JsValue);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(release) = self.0.dyn_ref::<Function>() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Lock for Browser {
    type Guard = Guard;

    async fn lock(&self, name: &str, wait: u32) -> Result<Guard, AuthError> {
        self.host.lock(name, wait).await.map(Guard).map_err(|_| AuthError::new(Code::Timeout, Phase::Refresh))
    }
}

impl Http for Browser {
    async fn send(&self, request: &HttpRequest, timeout: u32) -> Result<HttpResponse, AuthError> {
        send(&self.host, request, timeout).await
    }
}

/// Sends by the host.
pub async fn send(host: &Host, request: &HttpRequest, timeout: u32) -> Result<HttpResponse, AuthError> {
    let authorization = request.authorization.as_ref().map(crate::protocol::secret::Secret::expose);
    let sent = host.send(&request.url, authorization, request.body.expose(), request.keepalive, timeout);
    let answer: Array = match sent.await {
        Ok(answer) => answer.unchecked_into(),
        Err(timed_out) => {
            let code = if timed_out.is_truthy() { Code::Timeout } else { Code::Network };
            return Err(AuthError::new(code, Phase::Token));
        }
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A status, and `as` saturates.
    let status = answer.get(0).as_f64().unwrap_or_default() as u16;
    let body = answer.get(2);
    if body.is_null() {
        return Err(AuthError::invalid_response(Phase::Token).with_status(status));
    }
    let content_type = answer.get(1).as_string().unwrap_or_default();
    Ok(HttpResponse { status, content_type, body: body.unchecked_into::<Uint8Array>().to_vec() })
}

impl Spawn for Browser {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        js_sys::futures::spawn_local(task);
    }
}

impl Observer for Browser {
    fn notify(&self, event: Event) {
        let (name, error) = match &event {
            Event::Refreshed => ("refreshed", None),
            Event::SignedOut(reason) => ("signedout", reason.as_ref()),
            Event::Error(error) => ("error", Some(error)),
        };
        self.host.notify(self.number, name, error.map(AuthError::to_json));
    }
}

impl PendingStore for Host {
    fn keys(&self, prefix: &str) -> Vec<String> {
        self.pending_keys(prefix).lines().map(str::to_owned).collect()
    }

    fn get(&self, key: &str) -> Option<String> {
        self.pending_get(key)
    }

    fn set(&self, key: &str, text: &str) -> bool {
        self.pending_set(key, text)
    }

    fn remove(&self, key: &str) {
        self.pending_remove(key);
    }
}
