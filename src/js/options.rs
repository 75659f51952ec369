//! Reading options. JavaScript (`npm/options.js`) has checked their types and addresses and written them as a JSON
//! text, so that nothing here can fail but the reading itself.

use crate::protocol::authorization::Flow;
use crate::protocol::error::AuthError;
use crate::protocol::json::Json;
use crate::protocol::secret::Secret;
use crate::protocol::token_request::Client;
use crate::session::engine::Config;
use crate::session::record::Owner;

/// An options object.
pub struct Options(pub Json);

impl Options {
    /// Reads what JavaScript wrote.
    pub fn new(text: &str) -> Result<Self, AuthError> {
        match Json::parse(text) {
            Some(json) => Ok(Self(json)),
            None => Err(AuthError::configuration(&["The options must be well-formed texts."])),
        }
    }

    /// A string, if given.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.text_of(name)
    }

    /// A string; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// A string of one's own; empty when absent.
    #[must_use]
    pub fn owned(&self, name: &str) -> String {
        self.text(name).to_owned()
    }

    /// A secret, if given.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.given(name).map(|text| Secret::new(text.to_owned()))
    }

    /// A whole number; 0 when absent.
    #[must_use]
    pub fn number(&self, name: &str) -> u32 {
        let number = self.0.member(name).and_then(Json::integer).unwrap_or_default();
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Whether an option is true.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.is_true(name)
    }

    /// The flow.
    #[must_use]
    pub fn flow(&self) -> Flow {
        if self.text("flow") == "implicit" { Flow::Implicit } else { Flow::Code }
    }

    /// The members of an object of strings, in their order.
    #[must_use]
    pub fn pairs(&self, name: &str) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        if let Some(Json::Object(members)) = self.0.member(name) {
            for (name, value) in members {
                pairs.push((name.as_str(), value.text().unwrap_or_default()));
            }
        }
        pairs
    }

    /// The server and the client.
    #[must_use]
    pub fn config(&self) -> Config {
        let client_id = self.owned("clientId");
        let is_space_like = self.is("isSpaceLike");
        let client = Client {
            id: client_id.clone(),
            secret: self.secret("clientSecret"),
            in_body: self.is("secretInBody"),
            is_raw: is_space_like,
        };
        let owner = Owner {
            token_endpoint: self.owned("tokenEndpoint"),
            client_id,
            scope: self.owned("scope"),
            is_application: self.is("isApplication"),
        };
        Config { owner, client, is_space_like }
    }
}
