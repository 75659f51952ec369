//! A session as JavaScript holds it; the package's `Session` class stands before it.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exports::{promise, thrown};
use super::options::{self, Options};
use super::values;
use crate::browser::host::Host;
use crate::browser::login::View;
use crate::browser::url;
use crate::protocol::error::AuthError;
use crate::protocol::secret::Secret;

/// One caller's view of a session.
#[wasm_bindgen]
pub struct Handle(Rc<View>);

#[wasm_bindgen]
impl Handle {
    /// Checks the options of `login`. `origin` is the page's own.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, origin: &str, host: &Host) -> Result<Self, JsValue> {
        let login =
            Options::new(options).and_then(|options| options::login(&options, url::parse, origin)).map_err(thrown)?;
        Ok(Self(Rc::new(View::new(login, host))))
    }

    /// Names the session to the host.
    pub fn number(&self) -> u32 {
        self.0.engine.ports.number
    }

    /// Throws what is wrong with the authorization request, sending nothing.
    #[wasm_bindgen(js_name = checkRequest)]
    pub fn check_request(&self) -> Result<(), JsValue> {
        self.0.check_request().map_err(thrown)
    }

    /// True when somebody is signed in.
    pub fn resume(&self) -> Promise {
        let view = self.0.clone();
        promise(async move { Ok(view.resume().await?.into()) })
    }

    /// False when the address is no redirect of ours.
    pub fn complete(&self, address: Option<String>) -> Promise {
        let view = self.0.clone();
        promise(async move { Ok(view.complete(address).await?.into()) })
    }

    /// Leaves for the log-in page.
    pub fn leave(&self) -> Result<(), JsValue> {
        self.0.leave().map_err(thrown)
    }

    /// Ends the server's own session.
    #[wasm_bindgen(js_name = leaveSignedOut)]
    pub fn leave_signed_out(&self, return_to: Option<String>) -> Result<(), JsValue> {
        self.0.leave_signed_out(return_to).map_err(thrown)
    }

    /// What can be seen of the session, or nothing when nobody is signed in.
    pub fn summary(&self) -> Option<String> {
        self.0.engine.summary().as_ref().map(values::summary)
    }

    /// Whether the session is over for good.
    #[wasm_bindgen(js_name = hasEnded)]
    pub fn has_ended(&self) -> bool {
        self.0.engine.has_ended()
    }

    /// JSON text of what the app gave to the sign-in that this page completed.
    #[wasm_bindgen(js_name = appState)]
    pub fn app_state(&self) -> Option<String> {
        self.0.engine.ports.app_state.borrow().clone()
    }

    /// Relative API URLs resolve against this.
    pub fn base(&self) -> String {
        self.0.login.base.clone()
    }

    /// Whether a request to `address`, as the browser's own parser reads it, may carry the token.
    pub fn allows(&self, address: &str) -> bool {
        url::parse(address, None).is_some_and(|url| self.0.login.allowed.allows(&url))
    }

    /// A token good for so many milliseconds.
    #[wasm_bindgen(js_name = accessToken)]
    pub fn access_token(&self, validity: u32) -> Promise {
        let view = self.0.clone();
        promise(async move {
            let token = view.engine.access_token(validity.into(), view.login.timeout).await?;
            Ok(token.expose().into())
        })
    }

    /// Refreshes, unless `stale` has been replaced already; gives the token that is current then.
    pub fn refresh(&self, stale: Option<String>) -> Promise {
        let view = self.0.clone();
        promise(async move {
            let stale = match stale {
                Some(stale) => Secret::new(stale),
                None => view.engine.current_token()?,
            };
            view.engine.refresh(&stale, view.login.timeout).await?;
            Ok(view.engine.current_token()?.expose().into())
        })
    }

    /// Ends the session.
    pub fn logout(&self) -> Promise {
        let view = self.0.clone();
        promise(async move {
            view.engine.logout(view.login.timeout).await;
            Ok::<_, AuthError>(JsValue::UNDEFINED)
        })
    }
}
