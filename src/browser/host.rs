//! What the package's JavaScript (`npm/host`) does for the module. None of these throws; promises reject only where
//! it is said.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The browser, with one place where session records live.
    #[derive(Clone, PartialEq)]
    pub type Host;

    /// `Date.now()`.
    #[wasm_bindgen(method)]
    pub fn now(this: &Host) -> f64;

    /// `performance.now()`.
    #[wasm_bindgen(method)]
    pub fn monotonic(this: &Host) -> f64;

    /// The stored text or null; rejects when the place cannot be read.
    #[wasm_bindgen(method)]
    pub fn read(this: &Host, key: &str) -> Promise;

    /// Stores a text; rejects when it is kept in memory only.
    #[wasm_bindgen(method)]
    pub fn write(this: &Host, key: &str, text: &str) -> Promise;

    /// Removes a text; never rejects.
    #[wasm_bindgen(method)]
    pub fn remove(this: &Host, key: &str) -> Promise;

    /// Waits for a lock, at most so many milliseconds; gives the function that releases it, or null where nothing
    /// can be locked; rejects when the time is over.
    #[wasm_bindgen(method)]
    pub fn lock(this: &Host, name: &str, wait: u32) -> Promise;

    /// Sends a form by `POST`; gives `[status, content type, body]`, the body null when it is too large; rejects
    /// with true when the time is over and with false for every other failure.
    #[wasm_bindgen(method)]
    pub fn send(
        this: &Host,
        url: &str,
        authorization: Option<&str>,
        body: &str,
        keepalive: bool,
        timeout: u32,
    ) -> Promise;

    /// Tells the listeners of session `number`.
    #[wasm_bindgen(method)]
    pub fn notify(this: &Host, number: u32, event: &str, error: Option<String>);

    /// The address in the address bar; nothing where there is no page.
    #[wasm_bindgen(method)]
    pub fn address(this: &Host) -> Option<String>;

    /// Puts an address into the address bar, in place of the present entry, keeping `history.state`.
    #[wasm_bindgen(method, js_name = replaceAddress)]
    pub fn replace_address(this: &Host, address: &str);

    /// Leaves for an address; false where there is no page to leave.
    #[wasm_bindgen(method, js_name = leaveFor)]
    pub fn leave_for(this: &Host, address: &str) -> bool;

    /// The keys that begin with `prefix`, a line each.
    #[wasm_bindgen(method, js_name = pendingKeys)]
    pub fn pending_keys(this: &Host, prefix: &str) -> String;

    /// The text of a waiting request.
    #[wasm_bindgen(method, js_name = pendingGet)]
    pub fn pending_get(this: &Host, key: &str) -> Option<String>;

    /// Stores a waiting request; false when it cannot.
    #[wasm_bindgen(method, js_name = pendingSet)]
    pub fn pending_set(this: &Host, key: &str, text: &str) -> bool;

    /// Removes a waiting request.
    #[wasm_bindgen(method, js_name = pendingRemove)]
    pub fn pending_remove(this: &Host, key: &str);
}
