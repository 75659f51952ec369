//! Signatures against those of other implementations, keys that can be used, and times at their limits.

use super::*;
use crate::apps::structured::text_of;

const DAY: u64 = 24 * 3_600_000;
const BODY: &[u8] = br#"{"className":"InitPayload"}"#;
// openssl dgst -sha256 -hmac Jefe
const SIGNATURE: &str = "0db2d7981a786445b69a5ca367b1288e3cfdac234d0b1e4d24dd0de78110d75a";

fn hexadecimals(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_code_is_that_of_rfc_4231() {
    for (key, data, code) in [
        ("\u{b}".repeat(20), "Hi There".to_owned(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            "Jefe".to_owned(),
            "what do ya want for nothing?".to_owned(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ] {
        let mut mac = mac(&key).unwrap();
        mac.update(data.as_bytes());
        assert_eq!(hexadecimals(&mac.finalize().into_bytes()), code);
    }
}

#[test]
fn a_signature_is_over_timestamp_colon_and_the_very_bytes() {
    let long = "k".repeat(131);
    for (key, timestamp, body, signature) in [
        ("Jefe", "1632844347462", BODY, SIGNATURE),
        ("Jefe", "0", b"", "6dd30e9287997dfaaa7a009bfd988c4390e61f094d010b24d7f768b3915f0ddb"),
        (
            "schlüssel",
            "1594131269767",
            &[0, 255, 128, 10],
            "ebb14e05a27035c31bc3a1330a05c1c52ac97e4623258dc8a5786b2082d69b29",
        ),
        (&long, "1632844347462", &[b'x'; 200], "57018f1fb2ce543c24d730d53cc4eccfec5ca7b153ed88c195d9d3c9c611a816"),
    ] {
        assert!(is_signed(key, timestamp, body, signature), "{timestamp}");
    }
    for (key, timestamp, body) in [
        ("jefe", "1632844347462", BODY),
        ("", "1632844347462", BODY),
        ("Jefe ", "1632844347462", BODY),
        ("Jefe", "1632844347463", BODY),
        ("Jefe", "01632844347462", BODY),
        ("Jefe", "", BODY),
        ("Jefe", "1632844347462", br#"{"className": "InitPayload"}"#),
        ("Jefe", "1632844347462", b""),
        // The colon stands between them, not in one of them.
        ("Jefe", "1632844347462:{", br#""className":"InitPayload"}"#),
    ] {
        assert!(!is_signed(key, timestamp, body, SIGNATURE), "{key} {timestamp}");
    }
}

#[test]
fn a_signature_is_written_in_one_way() {
    let is_taken = |signature: &str| is_signed("Jefe", "1632844347462", BODY, signature);
    assert!(is_taken(SIGNATURE));
    for signature in [
        String::new(),
        SIGNATURE.to_uppercase(),
        SIGNATURE.replace('d', "D"),
        SIGNATURE[..62].to_owned(),
        SIGNATURE[..63].to_owned(),
        SIGNATURE[..2].to_owned(),
        format!("{SIGNATURE}00"),
        format!("{SIGNATURE}{SIGNATURE}"),
        format!(" {SIGNATURE}"),
        format!("{SIGNATURE}\n"),
        format!("0x{SIGNATURE}"),
        format!("sha256={SIGNATURE}"),
        SIGNATURE.replace('0', "g"),
        SIGNATURE.replace('0', "٠"),
        "é".repeat(32),
    ] {
        assert!(!is_taken(&signature), "{signature}");
    }
    for place in 0..64 {
        let mut wrong = SIGNATURE.to_owned();
        let digit = if wrong.as_bytes()[place] == b'0' { "1" } else { "0" };
        wrong.replace_range(place..=place, digit);
        assert!(!is_taken(&wrong), "{place}");
    }
}

#[test]
fn a_time_is_near_in_both_directions() {
    const NOW: u64 = 1_632_844_347_462;
    for (timestamp, now, tolerance, expected) in [
        ("1632844347462", NOW, 0, true),
        ("1632844347461", NOW, 0, false),
        ("1632844347463", NOW, 0, false),
        ("1632844047462", NOW, 300_000, true),
        ("1632844047461", NOW, 300_000, false),
        ("1632844647462", NOW, 300_000, true),
        ("1632844647463", NOW, 300_000, false),
        ("0", 0, 0, true),
        ("0", u64::MAX, DAY, false),
        ("9999999999999999", 0, DAY, false),
        ("9999999999999999", u64::MAX, DAY, false),
        ("9999999999999999", 0, u64::MAX, true),
        ("0", u64::MAX, u64::MAX, true),
        ("0", u64::MAX, u64::MAX - 1, false),
    ] {
        assert_eq!(is_timely(timestamp, now, tolerance), expected, "{timestamp} {now} {tolerance}");
    }
    for timestamp in [
        "",
        " 5",
        "5 ",
        "+5",
        "-5",
        "5.0",
        "5e0",
        "0x5",
        "٥",
        "18446744073709551615",
        "00000000000000005",
        "NaN",
        "5\n",
    ] {
        assert!(!is_timely(timestamp, 5, u64::MAX), "{timestamp}");
    }
}

#[test]
fn a_token_is_compared_whole() {
    let has = |token: &str, text: &str| has_token(token, text.as_bytes());
    for text in [
        r#"{"className":"X","verificationToken":"t0ken"}"#,
        r#"{"verificationToken":"\u00740ken","x":[1]}"#,
        "\n{ \"verificationToken\" : \"t0ken\" }",
    ] {
        assert!(has("t0ken", text), "{text}");
    }
    for text in [
        "",
        "{}",
        "null",
        r#""t0ken""#,
        r#"{"verificationToken":"t0ke"}"#,
        r#"{"verificationToken":"t0kenn"}"#,
        r#"{"verificationToken":"T0ken"}"#,
        r#"{"verificationToken":"t0ken\u0000"}"#,
        r#"{"verificationToken":["t0ken"]}"#,
        r#"{"verificationToken":null}"#,
        r#"{"x":{"verificationToken":"t0ken"}}"#,
        r#"{"verificationToken":"x","verificationToken":"t0ken"}"#,
        r#"{"verificationToken":"t0ken"} {"#,
    ] {
        assert!(!has("t0ken", text), "{text}");
    }
    assert!(!has_token("t0ken", b"{\"verificationToken\":\"t0ken\xff\"}"));
    assert!(!has("t", r#"{"verificationToken":""}"#));
    // Longer than a block of the hash, and beyond ASCII.
    let long = "é".repeat(100);
    assert!(has(&long, &format!(r#"{{"verificationToken":"{long}"}}"#)));
    assert!(!has(&long, &format!(r#"{{"verificationToken":"{long}é"}}"#)));
}

#[test]
fn a_payload_is_an_object_with_a_class() {
    let text = r#"{"className":"SomethingNew","x":{"y":[1,null]}}"#;
    assert_eq!(payload(text.as_bytes()).map(|payload| text_of(&payload)).as_deref(), Ok(text));
    for body in [
        b"" as &[u8],
        b"null",
        b"[]",
        b"{}",
        br#"{"className":""}"#,
        br#"{"className":5}"#,
        br#"{"className":"A","className":"B"}"#,
        b"\xef\xbb\xbf{\"className\":\"A\"}",
        b"{\"className\":\"A\xff\"}",
        br#"{"className":"A"}}"#,
    ] {
        let error = payload(body).unwrap_err();
        assert_eq!((error.code.as_str(), error.phase), ("invalid_request", Phase::Request));
    }
}

fn how(text: &str) -> Result<String, AuthError> {
    verification(&Json::parse(text).unwrap()).map(|how| text_of(&how))
}

#[test]
fn one_way_to_verify_is_given() {
    for (given, checked) in [
        (r#"{"signingKey":"k"}"#, r#"{"tolerance":300000,"signingKey":"k"}"#),
        (r#"{"verificationToken":"t","tolerance":0}"#, r#"{"tolerance":0,"verificationToken":"t"}"#),
        (r#"{"signingKey":"k","publicKeys":null,"x":1}"#, r#"{"tolerance":300000,"signingKey":"k"}"#),
        (r#"{"signingKey":"k","tolerance":86400000}"#, r#"{"tolerance":86400000,"signingKey":"k"}"#),
    ] {
        assert_eq!(how(given).as_deref(), Ok(checked), "{given}");
    }
    for (given, name) in [
        ("null", "signingKey"),
        ("{}", "signingKey"),
        (r#""k""#, "signingKey"),
        (r#"{"signingKey":"k","verificationToken":"t"}"#, "signingKey"),
        (r#"{"signingKey":"k","publicKeys":{"keys":[]}}"#, "publicKeys"),
        (r#"{"signingKey":""}"#, "signingKey"),
        (r#"{"signingKey":5}"#, "signingKey"),
        (r#"{"verificationToken":""}"#, "verificationToken"),
        (r#"{"verificationToken":["t"]}"#, "verificationToken"),
        (r#"{"publicKeys":[]}"#, "publicKeys"),
        (r#"{"publicKeys":"x"}"#, "publicKeys"),
        (r#"{"publicKeys":{"keys":[]}}"#, "publicKeys"),
        (r#"{"signingKey":"k","tolerance":86400001}"#, "tolerance"),
        (r#"{"signingKey":"k","tolerance":-1}"#, "tolerance"),
        (r#"{"signingKey":"k","tolerance":1.5}"#, "tolerance"),
        (r#"{"signingKey":"k","tolerance":"5"}"#, "tolerance"),
        (r#"{"signingKey":"k","tolerance":9007199254740992}"#, "tolerance"),
    ] {
        let error = how(given).unwrap_err();
        assert_eq!((&error.code, error.phase), (&Code::InvalidConfiguration, Phase::Configure));
        assert!(error.hint.contains(&format!("`{name}`")), "{given}: {}", error.hint);
    }
}

/// A modulus of so many bytes, as base64.
fn modulus(length: usize, first: u8, last: u8) -> String {
    let mut bytes = vec![0x55; length];
    (bytes[0], bytes[length - 1]) = (first, last);
    base64::url_safe(&bytes)
}

fn is_usable(members: &str) -> bool {
    how(&format!(r#"{{"publicKeys":{{"keys":[{{{members}}}]}}}}"#)).is_ok()
}

#[test]
fn keys_that_can_be_used_are_kept_with_what_is_needed() {
    let n = modulus(256, 0x80, 1);
    let private = format!(r#"{{"kty":"RSA","use":"sig","alg":"RS512","kid":"1","n":"{n}","e":"AQAB","d":"sentinel"}}"#);
    let others = r#"{"kty":"EC","crv":"P-256","x":"a","y":"b"},5,null,{"kty":"RSA"},{}"#;
    let checked = format!(r#"{{"tolerance":300000,"publicKeys":[{{"kty":"RSA","n":"{n}","e":"AQAB"}}]}}"#);
    assert_eq!(how(&format!(r#"{{"publicKeys":{{"keys":[{others},{private}]}}}}"#)).as_ref(), Ok(&checked));
    let mut text = String::new();
    json::push_string(&mut text, &format!(r#"{{"keys":[{private}]}}"#));
    assert_eq!(how(&format!(r#"{{"publicKeys":{text}}}"#)).as_ref(), Ok(&checked));
}

#[test]
fn weak_and_odd_keys_are_left_out() {
    let good = modulus(256, 0x80, 1);
    assert!(is_usable(&format!(r#""kty":"RSA","n":"{good}","e":"AQAB""#)));
    for (first, rest) in [("EC", ""), ("rsa", ""), ("RSA", r#","use":"enc""#), ("RSA", r#","alg":"RS256""#)] {
        assert!(!is_usable(&format!(r#""kty":"{first}"{rest},"n":"{good}","e":"AQAB""#)), "{first}{rest}");
    }
    for (n, expected, about) in [
        (modulus(255, 0xff, 1), false, "2040 bits"),
        (modulus(256, 0x7f, 1), false, "2047 bits"),
        (modulus(256, 0x80, 2), false, "even"),
        (modulus(257, 0x00, 1), false, "2047 bits behind a zero"),
        (modulus(257, 0x01, 1), true, "2049 bits"),
        (modulus(512, 0xff, 1), true, "4096 bits"),
        (modulus(2048, 0xff, 1), true, "16384 bits"),
        (modulus(2049, 0x01, 1), false, "more than 16384 bits"),
        (modulus(100_000, 0xff, 1), false, "far more"),
        (String::new(), false, "nothing"),
        (modulus(256, 0, 0).replace(char::is_alphanumeric, "A"), false, "zero"),
        (good.replace('V', "+"), false, "the other alphabet"),
        (format!("{good}=="), false, "padding"),
    ] {
        assert_eq!(is_usable(&format!(r#""kty":"RSA","n":"{n}","e":"AQAB""#)), expected, "{about}");
    }
    for (e, expected) in [
        ("Aw", true),
        ("AAAD", true),
        ("AQ", false),
        ("AAE", false),
        ("Ag", false),
        ("AA", false),
        ("", false),
        ("//8", false),
        ("_________w", true),
        ("__________8", true),
        ("____________8", false),
    ] {
        assert_eq!(is_usable(&format!(r#""kty":"RSA","n":"{good}","e":"{e}""#)), expected, "{e}");
    }
    assert!(!is_usable(&format!(r#""kty":"RSA","n":"{good}""#)));
    assert!(!is_usable(&format!(r#""kty":"RSA","n":"{good}","e":65537"#)));
}
