//! Reading the options that describe a server, a client and where tokens may go.

use std::rc::Rc;

use js_sys::JSON;
use wasm_bindgen::prelude::*;

use super::options::Options;
use crate::browser::authorized_fetch::Api;
use crate::browser::global::method;
use crate::browser::login::{Login, RequestOptions};
use crate::browser::storage::Place;
use crate::browser::{page, url};
use crate::protocol::authorization::Flow;
use crate::protocol::error::{AuthError, Code, Phase};
use crate::protocol::scope;
use crate::protocol::secret::Secret;
use crate::protocol::server::{ClientAuthentication, Offline, Server};
use crate::protocol::token_request::Client;
use crate::protocol::url::Rules;
use crate::session::allow_list::AllowList;
use crate::session::engine::Config;

const TIMEOUT: u32 = 10_000;

/// The rules for URLs that may receive a secret.
pub fn rules(options: &Options<'_>) -> Result<Rules, AuthError> {
    Ok(Rules { parse: url::parse, allow_http: options.boolean("allowHttp", false)? })
}

/// A `Server` of the contract, unchecked.
pub fn server(value: &JsValue) -> Result<Server, AuthError> {
    let server =
        Options::new(value).map_err(|_| AuthError::configuration(&["`server` must be a URL or an object."]))?;
    let offline = [
        ("access_type", Offline::AccessType),
        ("offline_access", Offline::Scope),
        ("always", Offline::Unasked),
        ("never", Offline::Unasked),
    ];
    let authentication = [("basic", ClientAuthentication::Basic), ("body", ClientAuthentication::Body)];
    Ok(Server {
        issuer: server.text("issuer")?,
        authorization_endpoint: server.text("authorizationEndpoint")?,
        token_endpoint: server.required("tokenEndpoint")?,
        revocation_endpoint: server.text("revocationEndpoint")?,
        end_session_endpoint: server.text("endSessionEndpoint")?,
        api_base: server.text("apiBase")?,
        default_scope: server.text("defaultScope")?,
        client_authentication: server.word("clientAuthentication", &authentication, ClientAuthentication::Basic)?,
        pkce: server.boolean("pkce", true)?,
        offline: server.word("offline", &offline, Offline::Unasked)?,
        iss_parameter: server.boolean("issParameter", false)?,
    })
}

/// The client of the options.
pub fn client(options: &Options<'_>) -> Result<Client, AuthError> {
    let secret = options.text("clientSecret")?.filter(|secret| !secret.is_empty()).map(Secret::new);
    Ok(Client { id: options.required("clientId")?, secret })
}

/// Milliseconds for one request to the authorization server.
pub fn timeout(options: &Options<'_>) -> Result<u32, AuthError> {
    options.milliseconds("timeout", 1.0, TIMEOUT)
}

/// Everything that `login` takes.
pub fn login(options: &Options<'_>, server_value: &JsValue) -> Result<Login, AuthError> {
    let rules = rules(options)?;
    let server = server(server_value)?.checked(rules)?;
    let scope = options.words("scope")?.or_else(|| server.default_scope.clone()).unwrap_or_default();
    let app_state = match options.get("appState") {
        Some(value) => match JSON::stringify(&value) {
            Ok(text) => text.as_string(),
            Err(_) => return Err(AuthError::configuration(&["`appState` must be a JSON value."])),
        },
        None => None,
    };
    let credentials = ["default", "required", "skip", "silent"].map(|word| (word, word));
    let request = RequestOptions {
        redirect_uri: options.text("redirectUri")?,
        flow: options.word("flow", &[("code", Flow::Code), ("implicit", Flow::Implicit)], Flow::Code)?,
        offline: options.word("accessType", &[("online", false), ("offline", true)], true)?,
        request_credentials: match options.get("requestCredentials") {
            Some(_) => Some(options.word("requestCredentials", &credentials, "default")?.to_owned()),
            None => None,
        },
        parameters: options.entries("parameters")?,
        app_state,
        state: options.text("state")?,
        nonce: options.text("nonce")?,
        code_verifier: options.text("codeVerifier")?,
    };
    let api = api(options, &server, rules)?;
    let config = Config { server, client: client(options)?, scope: scope::normalise(&scope) };
    Ok(Login { config: Rc::new(config), place: place(options)?, api, timeout: timeout(options)?, request })
}

fn api(options: &Options<'_>, server: &Server, rules: Rules) -> Result<Api, AuthError> {
    let given = options.address("baseUrl")?.or_else(|| server.api_base.clone());
    let base = match &given {
        Some(base) => with_slash(rules.endpoint(base, "baseUrl")?.href),
        None => page::origin().unwrap_or_default(),
    };
    let allowed = match options.addresses("api")? {
        Some(entries) => AllowList::new(entries.iter().map(String::as_str), rules)?,
        None => {
            let origin = url::parse(&base, None).map(|base| base.origin);
            // The page's own origin may be a plain-http one: then no token goes there.
            AllowList::new(origin.as_deref(), rules)
                .or_else(|error| if given.is_some() { Err(error) } else { Ok(AllowList::default()) })?
        }
    };
    Ok(Api { base, allowed })
}

/// A base is a folder: without its last slash, resolving would drop its last segment.
fn with_slash(mut base: String) -> String {
    if !base.ends_with('/') && !base.contains('?') {
        base.push('/');
    }
    base
}

fn place(options: &Options<'_>) -> Result<Place, AuthError> {
    let unknown = || {
        AuthError::configuration(&[
            "`storage` must be \"session\", \"local\", \"memory\", \"encrypted\", or an object with getItem, setItem and removeItem.",
        ])
    };
    let Some(value) = options.get("storage") else { return Ok(Place::Session) };
    match value.as_string().as_deref() {
        Some("session") => Ok(Place::Session),
        Some("local") => Ok(Place::Local),
        Some("memory") => Ok(Place::memory()),
        Some("encrypted") => Err(AuthError::new(Code::Unsupported, Phase::Configure)
            .with_hint("`storage: \"encrypted\"` is not available in this version.")),
        Some(_) => Err(unknown()),
        None => {
            let complete = ["getItem", "setItem", "removeItem"].iter().all(|name| method(&value, name).is_some());
            if complete { Ok(Place::Custom(value)) } else { Err(unknown()) }
        }
    }
}
