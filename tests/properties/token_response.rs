//! What the token endpoint answers, and what of it is shown.

use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::protocol::error::{AuthError, Code, Phase};
use space_auth_wasm::protocol::http::HttpResponse;
use space_auth_wasm::protocol::json::{Json, Writer};
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::sent::Sent;
use space_auth_wasm::protocol::token_request::{Client, request};
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::record::Record;

use crate::json::is_json;
use crate::session::tokens;
use crate::support::{config, members, quoted, secret, soup, spa, text, token};

fn answer_of(sent: &Sent, status: u16, content_type: &str, body: &str) -> Result<TokenResponse, AuthError> {
    let response = HttpResponse { status, content_type: content_type.to_owned(), body: body.to_owned() };
    TokenResponse::from_http(sent, &response, Phase::Token, false)
}

/// Whether an error does not show the secret `sent` as `name`, though the server repeats it in `member`.
fn is_kept_back(sent: &str, name: &str, in_body: bool, around: &[String; 2], member: &str, status: u16) -> bool {
    let is_of_client = name == "client_secret";
    let client = Client { id: "spa".into(), secret: is_of_client.then(|| secret(sent)), in_body, is_raw: false };
    let parameter = if is_of_client { ("code", "otherwise") } else { (name, sent) };
    let request = request("https://as.example/token", &client, &[("grant_type", "otherwise"), parameter]);
    let echo = quoted(&[&around[0], sent, &around[1]].concat());
    let body = match member {
        "error" => format!("{{\"error\":{echo}}}"),
        _ => format!("{{\"error\":\"invalid_grant\",\"{member}\":{echo}}}"),
    };
    let error = answer_of(&request.sent, status, "application/json", &body).unwrap_err();
    ![format!("{error:?}"), error.to_json(), format!("{request:?}")].iter().any(|shown| shown.contains(sent))
        && error.description.as_ref().is_none_or(|text| !text.contains(sent))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d01_success_is_2xx_json_with_a_printable_token(
        body in prop_oneof![4 => members(), 1 => soup(), 1 => text()],
        status in prop_oneof![4 => Just(200_u16), 2 => 199_u16..600, 1 => any::<u16>()],
        content_type in prop_oneof![4 => Just("application/json; charset=utf-8".to_owned()), 1 => text(), 1 => Just("text/html".to_owned())],
        lenient: bool,
    ) {
        let response = HttpResponse { status, content_type, body };
        match TokenResponse::from_http(&Sent::default(), &response, Phase::Token, lenient) {
            Ok(tokens) => {
                prop_assert!((200..300).contains(&status));
                let json = Json::parse(&response.body).unwrap();
                prop_assert_eq!(json.text_of("access_token"), Some(tokens.access_token.expose()));
                let printable = |secret: &Secret| !secret.expose().is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(printable(&tokens.access_token));
                prop_assert!([&tokens.refresh_token, &tokens.id_token].into_iter().flatten().all(printable));
                prop_assert!(tokens.expires_in.is_none_or(|seconds| (1..=0x7fff_ffff).contains(&seconds)));
                prop_assert!(json.member("error").and_then(Json::text).is_none(), "an error is no success");
                let kind = json.member("token_type").map(|kind| kind.text().unwrap());
                prop_assert!(kind.map_or(lenient, |kind| kind.eq_ignore_ascii_case("bearer")));
                prop_assert_eq!(tokens.scope.as_deref(), json.text_of("scope"), "as it was sent");
                let record = Record::new(&spa(), "implicit", "f", tokens, 1).unwrap();
                prop_assert!(Record::decode(&record.encode(&spa()), &spa()).is_some(), "what is accepted can be stored");
            }
            Err(error) => prop_assert_eq!((error.status, error.phase), (Some(status), Phase::Token)),
        }
    }

    #[test]
    fn d01_a_full_answer_is_read_whole(access in token(), refresh in prop::option::of(token()), seconds in prop::option::of(1_u32..0x7fff_ffff), words in prop::option::of(prop_oneof!["[a-z*]{1,5}( [a-z:]{1,5}){0,3}", text()]), id in prop::option::of(token())) {
        let mut body = format!("{{\"access_token\":{},\"token_type\":\"bEARER\"", quoted(&access));
        if let Some(id) = &id { body += &format!(",\"id_token\":{}", quoted(id)); }
        if let Some(refresh) = &refresh { body += &format!(",\"refresh_token\":{}", quoted(refresh)); }
        if let Some(seconds) = seconds { body += &format!(",\"expires_in\":{seconds}"); }
        if let Some(words) = &words { body += &format!(",\"scope\":{}", quoted(words)); }
        body += "}";
        let tokens = answer_of(&Sent::default(), 200, "application/json", &body).unwrap();
        prop_assert_eq!(tokens.access_token.expose(), access);
        prop_assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), refresh.as_deref());
        prop_assert_eq!(tokens.expires_in, seconds);
        prop_assert_eq!(tokens.id_token.as_ref().map(Secret::expose), id.as_deref());
        prop_assert_eq!(tokens.scope, words, "as it was sent");
    }

    #[test]
    fn d08_what_is_written_reads_back(tokens in tokens()) {
        let mut writer = Writer::default();
        tokens.write(&mut writer);
        let text = writer.finish();
        prop_assert!(is_json(&text));
        let json = Json::parse(&text).unwrap();
        prop_assert!(TokenResponse::from_json(&json, false).is_none(), "the type is not written");
        let read = TokenResponse::from_json(&json, true).unwrap();
        prop_assert!(read.access_token.matches(tokens.access_token.expose()));
        let optional = |tokens: &TokenResponse| [&tokens.refresh_token, &tokens.id_token].map(|token| token.as_ref().map(|token| token.expose().to_owned()));
        prop_assert_eq!(optional(&read), optional(&tokens));
        prop_assert_eq!((read.scope, read.expires_in), (tokens.scope, tokens.expires_in));
    }

    #[test]
    fn d05_a_lifetime_is_digits_or_unknown_or_refused(text in prop_oneof!["-?[0-9]{1,12}", "[-+0-9eE.sx ]{0,8}", text()], as_number: bool) {
        let text = if as_number { text.trim().to_owned() } else { text };
        let value = if as_number { text.clone() } else { quoted(&text) };
        let body = format!("{{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":{value}}}");
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let well_formed = (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let expected = text.parse::<u32>().ok().filter(|seconds| well_formed && (1..=0x7fff_ffff).contains(seconds));
        match answer_of(&Sent::default(), 200, "application/json", &body) {
            Ok(tokens) => { prop_assert!(well_formed); prop_assert_eq!(tokens.expires_in, expected); }
            Err(error) => {
                prop_assert_eq!(&error.code, &Code::InvalidResponse);
                prop_assert!(!well_formed || as_number && digits.len() > 1 && digits.starts_with('0'), "{}", text);
            }
        }
    }

    #[test]
    fn h01_an_error_never_carries_a_sent_secret_back(
        sent in "[!-~]{12,40}", name in select(vec!["code", "code_verifier", "refresh_token", "password", "token", "client_secret"]),
        around in [text(), text()], member in select(vec!["error", "error_description", "error_uri"]), status in select(vec![200_u16, 400, 401, 500]),
    ) {
        prop_assert!(is_kept_back(&sent, name, true, &around, member, status));
    }

    #[test]
    fn h01_nor_does_it_carry_the_secret_of_http_basic(
        sent in "[!-~]{12,40}", around in [text(), text()], member in select(vec!["error", "error_description", "error_uri"]),
    ) {
        prop_assert!(is_kept_back(&sent, "client_secret", false, &around, member, 401));
    }

    #[test]
    fn h01_removing_control_characters_does_not_bring_a_secret_together(sent in "[!-~]{12,40}", at in 1_usize..11, mark in select(vec!['\0', '\u{7f}', '\u{200b}', '\u{feff}'])) {
        let (one, other) = sent.split_at(at);
        let body = format!("{{\"error\":\"invalid_grant\",\"error_description\":{}}}", quoted(&format!("{one}{mark}{other}")));
        let mut secrets = Sent::default();
        secrets.add(&sent);
        let error = answer_of(&secrets, 400, "application/json", &body).unwrap_err();
        prop_assert!(!error.description.as_deref().unwrap_or_default().contains(&sent));
    }
}
