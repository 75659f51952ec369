//! JSON, against a reader that works by other means.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use space_auth_wasm::protocol::json::{Json, Writer, natural};

use crate::support::{config, quoted, soup, text};

#[derive(Clone, Debug)]
pub enum Value {
    Word(&'static str),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        select(vec!["null", "true", "false"]).prop_map(Value::Word),
        "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?([eE][-+]?[0-9]{1,3})?".prop_map(Value::Number),
        text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Writes with spaces and escapes that `choice` decides on.
fn render(value: &Value, choice: &mut u64, out: &mut String) {
    let mut next = |count: u64| {
        *choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*choice >> 33) % count
    };
    let mut space = |out: &mut String| out.push_str(["", "", " ", "\n\t", "\r "][usize::try_from(next(5)).unwrap()]);
    space(out);
    match value {
        Value::Word(word) => out.push_str(word),
        Value::Number(number) => out.push_str(number),
        Value::Text(text) => render_text(text, choice, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                render(item, choice, out);
            }
            out.push_str(" ]");
        }
        Value::Object(members) => {
            out.push_str("{ ");
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { " , " } else { "" });
                render_text(name, choice, out);
                out.push_str(if index % 2 == 0 { " :" } else { ":" });
                render(value, choice, out);
            }
            out.push('}');
        }
    }
    out.push_str(if out.len().is_multiple_of(3) { "\n" } else { "" });
}

fn render_text(text: &str, choice: &mut u64, out: &mut String) {
    *choice = choice.rotate_left(7) ^ 0x9e37;
    if *choice & 1 == 1 {
        return out.push_str(&quoted(text));
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if *choice & 2 == 2 => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
    out.push('"');
}

pub fn text_of(value: &Value, choice: u64) -> String {
    let mut out = String::new();
    render(value, &mut choice.clone(), &mut out);
    out
}

fn is_same(value: &Value, read: &Json) -> bool {
    match (value, read) {
        (Value::Word("null"), Json::Null) => true,
        (Value::Word(word), Json::Boolean(read)) => *word == read.to_string(),
        (Value::Number(number), Json::Number(read)) => number == read,
        (Value::Text(text), Json::Text(read)) => text == read,
        (Value::List(items), Json::List(read)) => {
            items.len() == read.len() && items.iter().zip(read).all(|(item, read)| is_same(item, read))
        }
        (Value::Object(members), Json::Object(read)) => {
            let same =
                |((name, value), (key, read)): (&(String, Value), &(String, Json))| name == key && is_same(value, read);
            members.len() == read.len() && members.iter().zip(read).all(same)
        }
        _ => false,
    }
}

/// Whether a text is JSON without repeated members and lone surrogates: tokens first, then a stack of them.
pub fn is_json(text: &str) -> bool {
    #[derive(PartialEq)]
    enum Token {
        Mark(u8),
        Name(Vec<u16>),
        Value,
    }
    let bytes = text.as_bytes();
    let (mut stack, mut at): (Vec<Token>, usize) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'"' => {
                let Some((units, length)) = units_of(rest) else { return false };
                stack.push(Token::Name(units));
                at += length;
            }
            mark @ (b'[' | b'{' | b',' | b':') => {
                stack.push(Token::Mark(mark));
                at += 1;
            }
            close @ (b']' | b'}') => {
                let open = close - 2;
                let Some(start) = stack.iter().rposition(|token| matches!(token, Token::Mark(b'[' | b'{'))) else {
                    return false;
                };
                let inside = stack.split_off(start);
                let is_value = |token: &Token| !matches!(token, Token::Mark(_));
                let inner = &inside[1..];
                let groups: Vec<&[Token]> = inner.split(|token| *token == Token::Mark(b',')).collect();
                let good = inside[0] == Token::Mark(open)
                    && (inner.is_empty()
                        || groups.iter().all(|group| match (open, group) {
                            (b'[', [value]) => is_value(value),
                            (b'{', [Token::Name(_), Token::Mark(b':'), value]) => is_value(value),
                            _ => false,
                        }));
                let names: Vec<_> = groups
                    .iter()
                    .filter_map(|group| match group {
                        [Token::Name(name), _, _] => Some(name),
                        _ => None,
                    })
                    .collect();
                if !good || names.iter().collect::<BTreeSet<_>>().len() != names.len() {
                    return false;
                }
                stack.push(Token::Value);
                at += 1;
            }
            _ => {
                let length = rest
                    .find(|character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character))
                    .unwrap_or(rest.len());
                if length == 0 || !(["null", "true", "false"].contains(&&rest[..length]) || is_number(&rest[..length]))
                {
                    return false;
                }
                stack.push(Token::Value);
                at += length;
            }
        }
    }
    matches!(stack[..], [Token::Value | Token::Name(_)])
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// The UTF-16 units of the JSON string that `text` begins with, and its length in bytes.
fn units_of(text: &str) -> Option<(Vec<u16>, usize)> {
    let mut units = Vec::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return String::from_utf16(&units).is_ok().then_some((units, at + 1)),
            '\\' => match characters.next()?.1 {
                'u' => {
                    let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let hexadecimal = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| hexadecimal)?);
                }
                escape => units.push(u16::from("\u{8}\u{c}\n\r\t\"\\/".as_bytes()["bfnrt\"\\/".find(escape)?])),
            },
            '\0'..='\u{1f}' => return None,
            other => units.extend(other.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    None
}

/// `text` with one character removed, replaced, doubled or put in.
pub fn mutated(text: &str, at: prop::sample::Index, with: char, how: u8) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len().max(1));
    match how {
        0 if at < characters.len() => drop(characters.remove(at)),
        1 if at < characters.len() => characters[at] = with,
        2 if at < characters.len() => characters.insert(at, characters[at]),
        3 => characters.truncate(at),
        _ => characters.insert(at, with),
    }
    characters.into_iter().collect()
}

pub fn mark() -> impl Strategy<Value = char> {
    prop_oneof![4 => select("{}[],:\"\\/0123456789-+.eEuntfb \n\u{feff}\0".chars().collect::<Vec<_>>()), 1 => any::<char>()]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d02_json_is_read_as_it_was_meant(value in value(), choice: u64) {
        let text = text_of(&value, choice);
        prop_assert!(is_json(&text), "the oracle: {}", text);
        let read = Json::parse(&text);
        prop_assert!(read.is_some_and(|read| is_same(&value, &read)), "{}", text);
    }

    #[test]
    fn d02_what_is_not_json_is_refused(value in value(), choice: u64, changes in prop::collection::vec((any::<prop::sample::Index>(), mark(), 0_u8..5), 1..4)) {
        let text = changes.into_iter().fold(text_of(&value, choice), |text, (at, with, how)| mutated(&text, at, with, how));
        prop_assert_eq!(Json::parse(&text).is_some(), is_json(&text), "{}", text);
    }

    #[test]
    fn d02_no_text_makes_the_reader_panic(text in prop_oneof![text(), soup(), "[\\[\\]{}:,\"\\\\u0-9a-f. eE+-]{0,40}"]) {
        prop_assert_eq!(Json::parse(&text).is_some(), is_json(&text), "{}", text);
    }

    #[test]
    fn d03_a_repeated_member_is_refused(name in text(), one in value(), other in value(), choice: u64) {
        let member = |choice: u64| { let mut out = String::new(); render_text(&name, &mut choice.clone(), &mut out); out };
        let text = format!("{{{}:{},{}:{}}}", member(choice), text_of(&one, choice), member(!choice), text_of(&other, choice));
        prop_assert!(Json::parse(&text).is_none());
    }

    #[test]
    fn d02_what_is_written_reads_back(members in prop::collection::btree_map(text(), (text(), any::<u64>(), 0_u8..4), 0..12)) {
        let mut writer = Writer::default();
        for (name, (text, number, kind)) in &members {
            match kind {
                0 => writer.text(name, text),
                1 => writer.integer(name, *number),
                2 => writer.boolean(name, number % 2 == 0),
                _ => writer.optional(name, Some(text).filter(|_| number % 2 == 0).map(String::as_str)),
            }
        }
        let written = writer.finish();
        prop_assert!(is_json(&written));
        let json = Json::parse(&written).unwrap();
        for (name, (text, number, kind)) in &members {
            match kind {
                0 => prop_assert_eq!(json.text_of(name), Some(text.as_str())),
                1 => {
                    prop_assert!(json.member(name) == Some(&Json::Number(number.to_string())));
                    prop_assert_eq!(json.member(name).unwrap().integer(), Some(*number).filter(|number| *number < 1 << 53));
                }
                2 => prop_assert_eq!(json.is_true(name), number % 2 == 0),
                _ => prop_assert_eq!(json.text_of(name), Some(text.as_str()).filter(|_| number % 2 == 0)),
            }
        }
    }

    #[test]
    fn d05_natural_numbers_are_one_to_sixteen_digits(text in prop_oneof!["[0-9]{0,25}", "[-+0-9. e]{0,8}", text()]) {
        let is_digits = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        prop_assert_eq!(natural(&text), text.parse().ok().filter(|_| is_digits));
    }
}
