//! What is generated, and what stands in for an oracle, in more than one place.

use std::collections::BTreeMap;

use form_urlencoded::{Serializer, byte_serialize, parse as oracle_pairs};
use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::session::record::Owner;

/// No files are left behind.
pub fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Any text: letters of all scripts, control characters, NUL, marks of URLs.
pub fn text() -> impl Strategy<Value = String> {
    let characters = prop_oneof![
        4 => any::<char>(),
        2 => select("&=+%#?;/\\\"' \t\n\0aZ09~\u{7f}\u{feff}\u{202e}é漢😀".chars().collect::<Vec<_>>()),
    ];
    prop_oneof![
        3 => prop::collection::vec(characters, 0..24).prop_map(|all| all.into_iter().collect::<String>()),
        1 => any::<String>(),
    ]
}

/// What a redirect is made of, in any order: parameters, escapes whole and broken, marks.
pub fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "%",
        "%2",
        "%zz",
        "%00",
        "%ff",
        "%E0%A4%A",
        "%C0%AF",
        "%25",
        "%2525",
        "%26",
        "%3D",
        "%23",
        "%3F",
        "%u0041",
        "+",
        "&",
        "&&",
        "=",
        "==",
        "#",
        "?",
        "/",
        "\\",
        ";",
        "state",
        "code",
        "error",
        "access_token",
        "token_type",
        "iss",
        "id_token",
        "expires_in",
        "scope",
        "error_description",
        "bearer",
        "s1",
        "st%61te",
        "c%6Fde",
        "state=s1",
        "code=c",
        "https://a",
        "é",
        "😀",
        "\0",
        "\n",
        "__proto__",
        "state[]",
        "[state]",
    ]);
    prop::collection::vec(prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => text()], 0..24)
        .prop_map(|pieces| pieces.concat())
}

/// Printable ASCII without spaces: a token, code or state.
pub fn token() -> impl Strategy<Value = String> {
    "[!-~]{1,40}"
}

/// `text` in one of its many well-formed encodings: each bit of `choice` decides for one byte.
pub fn encoded(text: &str, choice: u64) -> String {
    let mut result = String::new();
    for (index, byte) in text.bytes().enumerate() {
        let escape = choice >> (index % 61) & 1 == 1 || !byte.is_ascii_graphic() || b"&=+%#?".contains(&byte);
        match byte {
            b' ' if choice & 2 == 0 => result.push('+'),
            _ if escape && choice & 4 == 0 => result.push_str(&format!("%{byte:02x}")),
            _ if escape => result.push_str(&format!("%{byte:02X}")),
            _ => result.push(byte.into()),
        }
    }
    result
}

pub fn host() -> impl Strategy<Value = &'static str> {
    select(vec![
        "as.example",
        "AS.Example",
        "bücher.example",
        "a-b.co.uk",
        "10.1.2.3",
        "0x7f.1",
        "127.0.0.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[2001:db8::1]",
        "localhost",
        "x.localhost",
        "localhost.evil.example",
        "127.evil.example",
        "127.0.0.1.evil.example",
        "as.example.",
    ])
}

pub fn port() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", ":443", ":80", ":8443", ":"])
}

pub fn path() -> impl Strategy<Value = String> {
    let segment = select(vec!["a", "b", "api", "apiary", "API", "..", ".", "%2e%2e", "%2F", "é", "x y", ";v=1", "a:b"]);
    prop::collection::vec(segment, 0..5).prop_flat_map(|segments| {
        let path = segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
        any::<bool>().prop_map(move |slash| if slash { format!("{path}/") } else { path.clone() })
    })
}

pub fn address() -> impl Strategy<Value = String> {
    let scheme =
        select(vec!["https://", "https://", "http://", "HTTPS://", "https:\\\\", "https:", "ftp://", "wss://"]);
    (scheme, host(), port(), path()).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

pub fn is_reserved(name: &str) -> bool {
    let reserved = [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "access_type",
        "request_credentials",
    ];
    reserved.contains(&name)
}

/// Names of the caller's own, each once, with any values.
pub fn own_parameters() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name =
        prop_oneof![text(), select(vec!["prompt", "tenant", "__proto__", "State", "a[]"]).prop_map(str::to_owned)];
    prop::collection::btree_map(name.prop_filter("of the protocol", |name| !is_reserved(name)), text(), 0..6)
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn pairs_of(query: &str) -> Vec<(String, String)> {
    oracle_pairs(query.as_bytes()).into_owned().collect()
}

pub fn query_of(pairs: impl IntoIterator<Item = (String, String)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn members() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => prop_oneof![token(), text()].prop_map(|text| quoted(&text)),
        2 => select(vec!["\"bearer\"", "\"Bearer\"", "3600", "\"3600\"", "-1", "0", "1e3", "1.5", "null", "true", "[]", "{}", "\"\"", "99999999999"])
            .prop_map(str::to_owned),
    ];
    let name = select(vec![
        "access_token",
        "access_token",
        "token_type",
        "token_type",
        "expires_in",
        "refresh_token",
        "id_token",
        "scope",
        "error",
        "error_description",
        "__proto__",
        "own",
    ]);
    prop::collection::vec((name, value), 0..7).prop_map(|members| {
        format!(
            "{{{}}}",
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",")
        )
    })
}

/// A JSON string, by rules of our own.
pub fn quoted(text: &str) -> String {
    let mut result = "\"".to_owned();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\' => result.push(byte.into()),
            _ => result.push_str(&format!("\\u{unit:04X}")),
        }
    }
    result + "\""
}

/// One value as a form holds it, by the oracle.
pub fn form_text(value: &str) -> String {
    byte_serialize(value.as_bytes()).collect()
}

pub fn owner(token_endpoint: &str, client_id: &str, scope: &str) -> Owner {
    Owner {
        token_endpoint: token_endpoint.to_owned(),
        client_id: client_id.to_owned(),
        scope: scope.to_owned(),
        is_application: false,
    }
}

/// The owner of most sessions here.
pub fn spa() -> Owner {
    owner("https://as.example/token", "spa", "a b")
}
