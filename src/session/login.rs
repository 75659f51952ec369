//! What a sign-in is made from: the checked options of one caller.

use std::rc::Rc;

use super::allow_list::AllowList;
use super::engine::Config;
use crate::protocol::authorization::Flow;

/// Everything that `login` takes.
pub struct Login {
    /// What the session is a session of.
    pub config: Rc<Config>,
    /// Relative API URLs resolve against this.
    pub base: String,
    /// What may receive the token.
    pub allowed: AllowList,
    /// Milliseconds for one request to the authorization server.
    pub timeout: u32,
    /// What the authorization request is made from.
    pub request: RequestOptions,
}

/// The options that only an authorization request needs.
pub struct RequestOptions {
    /// Default: this page, without query and fragment.
    pub redirect_uri: Option<String>,
    /// Which grant.
    pub flow: Flow,
    /// Whether to ask for a refresh token.
    pub offline: bool,
    /// Space and Hub.
    pub request_credentials: Option<String>,
    /// Further parameters.
    pub parameters: Vec<(String, String)>,
    /// JSON text.
    pub app_state: Option<String>,
    /// For tests.
    pub state: Option<String>,
    /// For tests.
    pub nonce: Option<String>,
    /// For tests.
    pub code_verifier: Option<String>,
}
