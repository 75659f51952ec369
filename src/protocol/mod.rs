//! OAuth 2.0 as values: what to send, and what an answer means. No browser, no clock, no I/O.

pub mod authorization;
pub mod base64;
pub mod error;
pub mod form;
pub mod http;
pub mod id_token;
pub mod json;
pub mod pkce;
pub mod redirect;
pub mod secret;
pub mod sent;
pub mod sha256;
pub mod token_request;
pub mod token_response;
pub mod url;
pub mod utf8;
