//! Requests to the token and revocation endpoints, read back by the oracle.

use proptest::prelude::*;
use space_auth_wasm::protocol::base64;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::token_request::{Client, request};

use crate::support::{config, form_text, pairs_of, secret, text};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn c08_requests_carry_each_value_exactly_once(
        parameters in prop::collection::vec((text(), text()), 0..6), id in text(), client_secret in prop::option::of(text()),
        in_body: bool, revokes: bool,
    ) {
        let url = if revokes { "https://as.example/revoke?tenant=1" } else { "https://as.example/token" };
        let client = Client { id: id.clone(), secret: client_secret.as_deref().map(secret), in_body, is_raw: false };
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = request(url, &client, &parameters);

        let mut expected = parameters;
        match (&client_secret, in_body) {
            (Some(secret), true) => expected.extend([("client_id", id.as_str()), ("client_secret", secret)]),
            (Some(_), false) => {}
            (None, _) => expected.push(("client_id", &id)),
        }
        let sent = pairs_of(request.body.expose());
        prop_assert_eq!(sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        prop_assert_eq!(&request.url, url);
        prop_assert!(!request.keepalive);
        let secret = client_secret.as_deref().unwrap_or_default();
        prop_assert_eq!(request.sent.is_repeated_in(&format!("x{secret}x")), !secret.is_empty());
        let pair = client_secret.filter(|_| !in_body).map(|secret| format!("{}:{}", form_text(&id), form_text(&secret)));
        let header = pair.map(|pair| format!("Basic {}", base64::standard(pair.as_bytes())));
        prop_assert_eq!(request.authorization.as_ref().map(Secret::expose), header.as_deref());
    }

    #[test]
    fn c01_nothing_that_is_sent_is_shown(sent in "[!-~]{12,40}", name in "[a-z_]{1,12}", in_body: bool) {
        let client = Client { id: "spa".into(), secret: Some(secret(&sent)), in_body, is_raw: false };
        let request = request("https://as.example/token", &client, &[(&name, &sent)]);
        let shown = format!("{} {request:?} {client:?}", request.url);
        prop_assert!(!shown.contains(&sent), "{}", shown);
    }
}
