//! What JavaScript writes for the module to read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use space_auth_wasm::js::options::Options;
use space_auth_wasm::protocol::authorization::Flow;
use space_auth_wasm::protocol::json::{Json, Writer};
use space_auth_wasm::protocol::secret::Secret;

use crate::json::{is_json, text_of, value};
use crate::support::{config, members, quoted, soup, text};

fn written(describe: impl FnOnce(&mut Writer)) -> Options {
    let mut writer = Writer::default();
    describe(&mut writer);
    Options::new(&writer.finish()).unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn b18_options_of_any_json_are_read_or_refused(value in value(), choice: u64, members in members(), url in soup()) {
        for text in [
            text_of(&value, choice),
            members,
            format!("{{\"tokenEndpoint\":{0},\"clientId\":{0},\"parameters\":{0},\"timeout\":{0},\"flow\":{0}}}", text_of(&value, choice)),
            format!("{{\"tokenEndpoint\":{0},\"parameters\":{{{0}:{0},\"__proto__\":{0}}},\"isSpaceLike\":true}}", quoted(&url)),
            url,
        ] {
            let Ok(options) = Options::new(&text) else {
                prop_assert!(!is_json(&text));
                continue;
            };
            let json = Json::parse(&text).unwrap();
            let config = options.config();
            prop_assert_eq!(&config.owner.token_endpoint, json.text_of("tokenEndpoint").unwrap_or_default());
            prop_assert_eq!((&config.client.id, config.client.secret.is_none()), (&config.owner.client_id, json.text_of("clientSecret").is_none()));
            prop_assert_eq!(options.flow() == Flow::Implicit, json.text_of("flow") == Some("implicit"));
            let expected = json.member("timeout").and_then(Json::integer).unwrap_or_default();
            prop_assert_eq!(u64::from(options.number("timeout")), expected.min(u32::MAX.into()));
            let Some(Json::Object(parameters)) = json.member("parameters") else {
                prop_assert!(options.pairs("parameters").is_empty());
                continue;
            };
            prop_assert_eq!(options.pairs("parameters").len(), parameters.len());
        }
    }

    #[test]
    fn b18_options_arrive_as_they_were_written(given in text(), number in prop_oneof![any::<u64>(), 0_u64..100], flag: bool, pairs in prop::collection::btree_map(text(), text(), 0..6)) {
        let options = written(|writer| {
            writer.text("given", &given);
            writer.integer("number", number);
            writer.boolean("flag", flag);
        });
        prop_assert_eq!((options.given("given"), options.text("given"), options.owned("given")), (Some(given.as_str()), given.as_str(), given.clone()));
        prop_assert!(options.secret("given").is_some_and(|secret| secret.matches(&given)));
        let in_javascript = if number < 1 << 53 { number.min(u32::MAX.into()) } else { 0 };
        prop_assert_eq!(u64::from(options.number("number")), in_javascript);
        prop_assert_eq!(options.is("flag"), flag);
        for absent in ["", "Given", "__proto__", "constructor"] {
            prop_assert!(options.given(absent).is_none() && options.secret(absent).is_none() && !options.is(absent));
            prop_assert_eq!((options.text(absent), options.number(absent), options.owned(absent)), ("", 0, String::new()));
        }
        prop_assert!(!options.is("given") && options.given("number").is_none() && options.pairs("given").is_empty());

        let members: Vec<_> = pairs.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
        let options = Options::new(&format!("{{\"parameters\":{{{}}}}}", members.join(","))).unwrap();
        let read: BTreeMap<_, _> = options.pairs("parameters").into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn g03_the_owner_is_told_apart_by_endpoint_client_and_scope(
        [endpoint, id, scope] in [text(), text(), text()], hidden in prop::option::of(text()), in_body: bool, is_space_like: bool,
    ) {
        let config = written(|writer| {
            writer.text("tokenEndpoint", &endpoint);
            writer.text("clientId", &id);
            writer.text("scope", &scope);
            writer.optional("clientSecret", hidden.as_deref());
            writer.boolean("secretInBody", in_body);
            writer.boolean("isSpaceLike", is_space_like);
        })
        .config();
        prop_assert_eq!((&config.owner.token_endpoint, &config.owner.client_id, &config.owner.scope), (&endpoint, &id, &scope));
        prop_assert_eq!((&config.client.id, config.client.in_body, config.is_space_like), (&id, in_body, is_space_like));
        prop_assert_eq!(config.client.secret.as_ref().map(Secret::expose), hidden.as_deref());
    }
}
