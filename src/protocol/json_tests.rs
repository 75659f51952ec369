#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail by panicking.

use super::*;

#[test]
fn values_of_every_kind_are_read() {
    let value = Json::parse(r#" {"a":[1,-2.5e3,true,false,null],"b":{"c":"\u00e9\ud83d\ude00\n\/"}} "#).unwrap();
    assert_eq!(value.member("b").unwrap().member("c").unwrap().text(), Some("é😀\n/"));
    assert!(value.member("missing").is_none());
    let Some(Json::List(items)) = value.member("a") else { panic!("a list") };
    assert!(items.get(1).is_some_and(|item| *item == Json::Number("-2.5e3".into())));
}

#[test]
fn d02_what_is_not_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[",
        "nul",
        "NaN",
        "Infinity",
        "-",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "'a'",
        "{a:1}",
        "{\"a\":1,}",
        "[1,]",
        "{\"a\" 1}",
        "\"a",
        "\"\u{1}\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\\u12\"",
        "{}{}",
        "{}\n{}",
        "\u{feff}{}",
        "callback({})",
        "<html>",
        "// {}",
        "\"\\u+123\"",
    ] {
        assert!(Json::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn d02_deep_nesting_is_refused_without_overflow() {
    assert!(Json::parse(&"[".repeat(10_000)).is_none());
    let nested = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
    assert!(Json::parse(&nested(33)).is_some());
    assert!(Json::parse(&nested(34)).is_none());
}

#[test]
fn d03_repeated_members_are_refused() {
    assert!(Json::parse(r#"{"a":1,"a":1}"#).is_none());
    assert!(Json::parse(r#"{"a":1,"\u0061":1}"#).is_none());
    assert!(Json::parse(r#"{"a":{"b":1},"c":{"b":1}}"#).is_some());
}

#[test]
fn d03_very_wide_objects_are_refused_quickly() {
    let members: Vec<_> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
    assert!(Json::parse(&format!("{{{}}}", members.join(","))).is_none());
}

#[test]
fn integers_are_small_digits_only() {
    for (text, value) in [
        ("0", Some(0)),
        ("9007199254740991", Some((1 << 53) - 1)),
        ("9007199254740992", None),
        ("-1", None),
        ("1.0", None),
        ("1e3", None),
        ("10000000000000000", None),
        ("18446744073709551617", None),
    ] {
        assert_eq!(Json::parse(text).unwrap().integer(), value, "{text}");
    }
    assert_eq!(Json::Text("1".to_owned()).integer(), None);
}

#[test]
fn d05_natural_numbers_are_one_to_sixteen_digits() {
    for (text, value) in [
        ("0", Some(0)),
        ("0060", Some(60)),
        ("9999999999999999", Some(9_999_999_999_999_999)),
        ("0000000000000001", Some(1)),
        ("00000000000000001", None),
        ("18446744073709551617", None),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(natural(text), value, "{text}");
    }
    for text in ["", "-1", "+1", " 1", "1 ", "1.0", "0x1", "٣", "1\0"] {
        assert_eq!(natural(text), None, "{text:?}");
    }
}

#[test]
fn what_is_written_reads_back() {
    let mut writer = Writer::default();
    writer.text("quote\"", "a\\b\u{1f}\u{7f}é");
    writer.integer("number", 1_234_567_890_123);
    writer.optional("absent", None);
    let text = writer.finish();
    let value = Json::parse(&text).unwrap();
    assert_eq!(value.member("quote\"").unwrap().text(), Some("a\\b\u{1f}\u{7f}é"));
    assert_eq!(value.member("number").unwrap().integer(), Some(1_234_567_890_123));
    assert_eq!(Writer::default().finish(), "{}");
}
