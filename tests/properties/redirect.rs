//! What an address that the user comes back on means, and what is left of it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::protocol::authorization::Flow;
use space_auth_wasm::protocol::error::{AuthError, Phase};
use space_auth_wasm::protocol::form;
use space_auth_wasm::protocol::json::Json;
use space_auth_wasm::protocol::redirect::{self, Answer, Expected, Part};
use space_auth_wasm::protocol::sent::Sent;
use space_auth_wasm::protocol::url::split;

use crate::support::{config, encoded, form_text, pairs_of, query_of, secret, soup, text, token};

/// What a redirect means, by the oracle's reading of it: a code, a token, or the code of the error.
fn meaning(flow: Flow, text: &str, expected_state: &str) -> Result<String, String> {
    let answers: Vec<_> = pairs_of(text).into_iter().filter(|(name, _)| redirect::is_parameter(name)).collect();
    let map: BTreeMap<_, _> = answers.iter().cloned().collect();
    let get = |name: &str| map.get(name).map(String::as_str);
    let printable = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let invalid = Err("invalid_response".to_owned());
    if map.len() != answers.len() {
        return invalid;
    }
    if get("state") != Some(expected_state) {
        return Err("state_mismatch".to_owned());
    }
    if get("iss").is_some_and(|iss| iss != "https://as.example") {
        return Err("issuer_mismatch".to_owned());
    }
    if let Some(error) = get("error") {
        let plausible = !error.is_empty() && error.len() <= 128 && error.bytes().all(|byte| (32..127).contains(&byte));
        return if plausible { Err(error.to_owned()) } else { invalid };
    }
    let (wanted, forbidden) = match flow {
        Flow::Code => ("code", ["access_token", "id_token"]),
        Flow::Implicit => ("access_token", ["code", "code"]),
    };
    let lifetime = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let type_is_right = flow == Flow::Code || get("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let lifetime_is_right = flow == Flow::Code || get("expires_in").is_none_or(lifetime);
    // They are not used, but what is malformed is no answer.
    let others_are_right = flow == Flow::Code
        || ["refresh_token", "id_token"].into_iter().filter_map(get).all(|text| text.is_empty() || printable(&text));
    match get(wanted).filter(printable) {
        Some(value)
            if type_is_right
                && lifetime_is_right
                && others_are_right
                && forbidden.iter().all(|name| get(name).is_none()) =>
        {
            Ok(value.to_owned())
        }
        _ => invalid,
    }
}

fn read(url: &str, flow: Flow, state: &str) -> Result<String, String> {
    let state = secret(state);
    let expected = Expected { flow, state: &state, issuer: Some("https://as.example"), iss_required: false };
    match redirect::read(url, expected) {
        Ok(Answer::Code(code)) => Ok(code.expose().to_owned()),
        Ok(Answer::Token(tokens)) => {
            assert!(tokens.refresh_token.is_none() && tokens.id_token.is_none(), "neither has a place there");
            Ok(tokens.access_token.expose().to_owned())
        }
        Err(error) => Err(error.code.as_str().to_owned()),
    }
}

/// Parameters of an answer, mostly right ones, with some of the app's own between them, well-formed.
fn answer() -> impl Strategy<Value = String> {
    let any_of = |values: Vec<&'static str>| prop_oneof![9 => select(values).prop_map(str::to_owned), 1 => text()];
    let pair = prop_oneof![
        4 => any_of(vec!["s1"]).prop_map(|value| ("state", value)),
        3 => prop_oneof![token(), text()].prop_map(|value| ("code", value)),
        3 => prop_oneof![token(), text()].prop_map(|value| ("access_token", value)),
        3 => any_of(vec!["bearer", "Bearer", "mac"]).prop_map(|value| ("token_type", value)),
        1 => any_of(vec!["https://as.example", "https://as.example/"]).prop_map(|value| ("iss", value)),
        1 => any_of(vec!["3600", "0", "-1", "1e3", "99999999999"]).prop_map(|value| ("expires_in", value)),
        1 => any_of(vec!["access_denied"]).prop_map(|value| ("error", value)),
        1 => (select(vec!["scope", "id_token", "refresh_token", "error_description", "session_state"]), text()),
        2 => (select(vec!["own", "__proto__", "State", "code[]", ""]), text()),
    ];
    prop::collection::vec((pair, any::<u64>(), select(vec!["&", "&", "&", "&&"])), 0..7).prop_map(|pairs| {
        let mut text = String::new();
        for ((name, value), choice, and) in pairs {
            text.push_str(&format!("{}={}{and}", encoded(name, choice), encoded(&value, choice)));
        }
        text
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn b05_well_formed_answers_mean_what_the_oracle_reads(text in answer(), implicit: bool) {
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let url = format!("https://app.example/cb{mark}{text}");
        prop_assert_eq!(read(&url, flow, "s1"), meaning(flow, &text, "s1"), "{}", url);
    }

    #[test]
    fn b05_a_complete_answer_is_read_whole(
        value in token(), state in token(), own in text(), choices in any::<[u64; 3]>(), implicit: bool, order in 0_usize..3,
    ) {
        let name = if implicit { "access_token" } else { "code" };
        let mut pairs = [
            format!("{name}={}", encoded(&value, choices[0])),
            format!("state={}", encoded(&state, choices[1])),
            format!("own={}&token_type=Bearer", encoded(&own, choices[2])),
        ];
        pairs.rotate_left(order);
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let url = format!("https://app.example/cb{mark}{}", pairs.join("&"));
        prop_assert_eq!(read(&url, flow, &state), Ok(value));
        let part = redirect::part(&url, flow).unwrap();
        prop_assert!(redirect::state(part.1).unwrap().matches(&state));
    }

    #[test]
    fn b06_no_text_makes_the_reader_panic(url in prop_oneof![soup(), text()], state in token(), implicit: bool) {
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        let _ = read(&url, flow, &state);
        if let Some((_, text)) = redirect::part(&url, flow) {
            prop_assert!(url.contains(text));
            let _ = redirect::state(text);
        }
        for part in [Part::Query, Part::Fragment] {
            let cleaned = redirect::clean(&url, part);
            prop_assert!(cleaned.len() <= url.len());
            prop_assert_eq!(redirect::clean(&cleaned, part), cleaned, "clean stays clean");
        }
        let (path, query, fragment) = split(&url);
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
        prop_assert_eq!([path, &query, &fragment].concat(), &url[..]);
    }

    #[test]
    fn b13_an_answer_is_found_and_leaves_nothing_behind(text in answer(), other in soup(), state in token(), choices in any::<[u64; 2]>(), implicit: bool) {
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        let other = other.replace(['?', '#'], "");
        let sent = format!("state={}&{text}", encoded(&state, choices[0]));
        let (url, mark) = match flow {
            Flow::Code => (format!("https://app.example/cb?{sent}#{other}"), Part::Query),
            Flow::Implicit => (format!("https://app.example/cb?{other}#{sent}"), Part::Fragment),
        };
        let (part, found) = redirect::part(&url, flow).unwrap();
        prop_assert_eq!((part, found), (mark, &sent[..]));
        prop_assert!(redirect::state(found).unwrap().matches(&state), "the first one");

        let cleaned = redirect::clean(&url, part);
        prop_assert!(read(&cleaned, flow, &state).is_err(), "it is read once: {}", cleaned);
        let left = redirect::part(&cleaned, flow).filter(|(left, _)| *left == part);
        prop_assert!(left.is_none_or(|(_, text)| redirect::state(text).is_none()), "{}", cleaned);
    }

    #[test]
    fn b08_without_a_state_there_is_no_answer(url in prop_oneof![soup(), answer().prop_map(|text| format!("https://app.example/?{text}#{text}"))], implicit: bool) {
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        let state = redirect::part(&url, flow).and_then(|(_, text)| redirect::state(text));
        if let Some(state) = state {
            prop_assert_ne!(read(&url, flow, state.expose()), Err("state_mismatch".to_owned()), "{}", url);
        } else {
            prop_assert!(read(&url, flow, "s1").is_err(), "{}", url);
        }
    }

    #[test]
    fn b06_decoding_agrees_with_the_oracle_or_refuses(text in soup()) {
        let part = text.split(['&', '=']).next().unwrap();
        let bytes: Vec<u8> = form_urlencoded::parse(part.as_bytes()).map(|(name, _)| name.into_owned().into_bytes()).next().unwrap_or_default();
        match form::decode(part) {
            Some(decoded) => prop_assert_eq!(decoded.into_bytes(), bytes),
            None => prop_assert!(part.contains('%'), "only escapes can be malformed"),
        }
    }

    #[test]
    fn b06_what_is_encoded_decodes(text in text(), choice: u64) {
        let mut form = "=".to_owned();
        form::encode(&mut form, &text);
        prop_assert_eq!(&form[1..], form_text(&text));
        prop_assert_eq!(form::decode(&form[1..]), Some(text.clone()));
        prop_assert_eq!(form::decode(&encoded(&text, choice)), Some(text));
    }

    #[test]
    fn b01_a_wrong_state_never_gives_an_answer(
        value in token(), right in token(), wrong in prop_oneof![token(), text()], how in 0_u8..6, choice: u64, implicit: bool,
    ) {
        let wrong = match how {
            0 => String::new(),
            1 => right.to_uppercase(),
            2 => right.to_lowercase(),
            3 => format!("{right}\0"),
            4 => right[..right.len() - 1].to_owned(),
            _ => wrong,
        };
        prop_assume!(wrong != right);
        let (flow, mark, name) = if implicit { (Flow::Implicit, '#', "access_token") } else { (Flow::Code, '?', "code") };
        let url = format!("https://app.example/{mark}{name}={}&token_type=bearer&state={}", encoded(&value, choice), encoded(&wrong, choice));
        prop_assert_eq!(read(&url, flow, &right), Err("state_mismatch".to_owned()));
    }

    #[test]
    fn b04_a_repeated_parameter_is_refused(
        name in select(vec!["state", "iss", "error", "error_description", "error_uri", "code", "access_token", "token_type",
            "expires_in", "scope", "id_token", "refresh_token", "session_state"]),
        one in text(), other in text(), choices in any::<[u64; 2]>(), implicit: bool, same: bool,
    ) {
        let other = if same { &one } else { &other };
        let pair = |value: &str, choice| format!("{}={}", encoded(name, choice), encoded(value, choice));
        let (flow, mark) = if implicit { (Flow::Implicit, '#') } else { (Flow::Code, '?') };
        let rest = if name == "state" { "" } else { "&state=s1" };
        let url = format!("https://app/{mark}{}{rest}&{}", pair(&one, choices[0]), pair(other, choices[1]));
        prop_assert_eq!(read(&url, flow, "s1"), Err("invalid_response".to_owned()), "{}", url);
    }

    #[test]
    fn b08_the_other_namespace_never_gives_the_answer(value in token(), other in soup(), implicit: bool) {
        let name = if implicit { "access_token" } else { "code" };
        let full = format!("{name}={}&token_type=bearer&state=s1", form_text(&value));
        let other = other.replace(['?', '#'], "");
        let url = if implicit { format!("https://app/?{full}#{other}") } else { format!("https://app/?{other}#{full}") };
        let flow = if implicit { Flow::Implicit } else { Flow::Code };
        // Whatever `other` holds itself, the value of the wrong place is not it.
        if let Ok(read) = read(&url, flow, "s1") {
            prop_assert_ne!(read, value);
        }
    }

    #[test]
    fn b13_cleaning_removes_the_answer_and_nothing_else(
        pairs in prop::collection::vec(prop_oneof![
            (select(vec!["state", "code", "st%61te", "%63ode", "iss", "error", "access_token", "scope", "error%5Fdescription"]), soup()),
            (select(vec!["own", "State", "%", "%zz", "code[]", "", "codec", "xstate", "state%00", "utm_source"]), soup()),
        ], 0..10),
        before in "[a-z/.]{0,10}", other in soup(), in_query: bool,
    ) {
        let plain = |text: &str| text.replace(['?', '#', '&'], "");
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| match plain(value) {
            value if value.is_empty() => (*name).to_owned(),
            value => format!("{name}={value}"),
        }).collect();
        let is_answer = |pair: &&String| pairs_of(pair).first().is_some_and(|(name, _)| redirect::is_parameter(name));
        let kept: Vec<_> = pairs.iter().filter(|pair| !is_answer(pair)).map(String::as_str).collect();
        let (all, kept, other) = (pairs.join("&"), kept.join("&"), other.replace('#', ""));
        let with = |mark: &str, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
        let base = format!("https://app.example/{before}");
        let (url, expected, part) = if in_query {
            (format!("{base}?{all}#{other}"), format!("{base}{}#{other}", with("?", &kept)), Part::Query)
        } else {
            let other = other.replace('?', "");
            (format!("{base}?{other}#{all}"), format!("{base}?{other}{}", with("#", &kept)), Part::Fragment)
        };
        prop_assert_eq!(redirect::clean(&url, part), expected, "{}", url);
    }

    #[test]
    fn b12_texts_of_the_server_are_inert(error in "[ -~]{1,128}", description in text(), marks in prop::collection::vec(
        select(vec!['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{1b}', '\0', '\u{85}', '\u{feff}']), 0..4),
    ) {
        let description = marks.into_iter().chain(description.chars()).collect::<String>();
        let uri = format!("https://{description}");
        let error = AuthError::from_server(&error, Some(&description), Some(&uri), Phase::Redirect, &Sent::default());
        for text in [error.description.as_deref().unwrap(), error.uri.as_deref().unwrap()] {
            prop_assert!(text.chars().count() <= 512);
            // The control characters, and all that have the Unicode property Bidi_Control.
            let bad = |character: char| character.is_control()
                || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!text.chars().any(bad), "{:?}", text);
        }
        let json = Json::parse(&error.to_json()).unwrap();
        prop_assert_eq!(json.text_of("code"), Some(error.code.as_str()));
        prop_assert_eq!(json.text_of("description"), error.description.as_deref());
    }

    #[test]
    fn h01_an_error_of_a_redirect_does_not_repeat_its_state(state in "[!-~]{16,40}", before in text()) {
        let description = format!("{before} {state} is not known");
        let query = query_of([("error", "access_denied"), ("error_description", &description), ("state", &state)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())));
        let state = secret(&state);
        let expected = Expected { flow: Flow::Code, state: &state, issuer: None, iss_required: false };
        let error = redirect::read(&format!("https://app/?{query}"), expected).unwrap_err();
        prop_assert!(!error.description.as_deref().unwrap_or_default().contains(state.expose()));
    }
}
