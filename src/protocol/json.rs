//! A small strict JSON reader and writer (RFC 8259).
//!
//! Stricter than most: a repeated member, a lone surrogate, more than 32 levels or more than 512 members in one
//! object are refused. (`serde_json` would add 20 KB to the module and keep the last of two equal members.)

const MAX_DEPTH: u32 = 32;
const MAX_MEMBERS: usize = 512;

/// A JSON value.
#[derive(PartialEq)]
#[cfg_attr(feature = "apps", derive(Clone, Debug, Eq))]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// The number as it was written; whoever needs a value converts it by rules of its own.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, its members in their order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one JSON value that fills the whole text. `None` when it is not valid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, position: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        (reader.position == text.len()).then_some(value)
    }

    /// The member `name` of an object, unless absent or null.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        for (key, value) in members {
            if key == name {
                return if matches!(value, Self::Null) { None } else { Some(value) };
            }
        }
        None
    }

    /// The text of the member `name`, if it is a string.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.member(name)?.text()
    }

    /// Whether the member `name` is `true`.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.member(name), Some(Self::Boolean(true)))
    }

    /// A string's text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A non-negative integer below 2^53, as this library writes its times.
    #[must_use]
    pub fn integer(&self) -> Option<u64> {
        let Self::Number(digits) = self else { return None };
        natural(digits).filter(|&number| number < 1 << 53)
    }
}

/// The number that one to sixteen `digits` write; `None` when something else stands there.
#[must_use]
pub fn natural(digits: &str) -> Option<u64> {
    let mut number = 0_u64;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
    }
    (1..=16).contains(&digits.len()).then_some(number)
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl Reader<'_> {
    /// The next byte; at the end 0, which is valid nowhere.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.position).copied().unwrap_or_default()
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        (self.peek() == expected).then(|| self.position += 1)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.position += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.peek() {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b't' => self.word("true", Json::Boolean(true)),
            b'f' => self.word("false", Json::Boolean(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        for byte in word.bytes() {
            self.take(byte)?;
        }
        Some(value)
    }

    fn list(&mut self, depth: u32) -> Option<Json> {
        let mut items = Vec::new();
        self.items(b']', &mut |reader| {
            items.push(reader.value(depth + 1)?);
            Some(())
        })?;
        Some(Json::List(items))
    }

    fn object(&mut self, depth: u32) -> Option<Json> {
        let mut members: Vec<(String, Json)> = Vec::new();
        self.items(b'}', &mut |reader| {
            let name = reader.string()?;
            if members.len() == MAX_MEMBERS || members.iter().any(|(present, _)| *present == name) {
                return None;
            }
            reader.skip_space();
            reader.take(b':')?;
            members.push((name, reader.value(depth + 1)?));
            Some(())
        })?;
        Some(Json::Object(members))
    }

    /// Reads from a bracket to the one that closes it, with commas between the items.
    fn items(&mut self, close: u8, item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.position += 1;
        self.skip_space();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            self.skip_space();
            item(self)?;
            self.skip_space();
            if self.take(b',').is_none() {
                return self.take(close);
            }
        }
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.position;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.position += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.position += 1;
            }
            self.digits()?;
        }
        self.text.get(start..self.position).map(|digits| Json::Number(digits.to_owned()))
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.position;
        while self.peek().is_ascii_digit() {
            self.position += 1;
        }
        (self.position > start).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut text = String::new();
        loop {
            let start = self.position;
            let mark = loop {
                let byte = self.peek();
                if matches!(byte, b'"' | b'\\' | ..b' ') {
                    break byte;
                }
                self.position += 1;
            };
            text.push_str(self.text.get(start..self.position)?);
            self.position += 1;
            match mark {
                b'"' => return Some(text),
                b'\\' => text.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = self.peek();
        self.position += 1;
        Some(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return None,
        })
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.four_digits()?;
        let low = (0xdc00..0xe000).contains(&second).then_some(second)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number << 4 | char::from(self.peek()).to_digit(16)?;
            self.position += 1;
        }
        Some(number)
    }
}

/// Writes one JSON object, member by member.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        push_string(&mut self.0, name);
        self.0.push(':');
    }

    /// Adds a string.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_string(&mut self.0, value);
    }

    /// Adds a string, unless there is none.
    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Adds `true` or `false`.
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.name(name);
        self.0.push_str(if value { "true" } else { "false" });
    }

    /// Adds an integer.
    pub fn integer(&mut self, name: &str, value: u64) {
        self.name(name);
        push_integer(&mut self.0, value);
    }

    /// The finished object.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// Decimal digits; the standard formatter would cost 5 KB.
fn push_integer(text: &mut String, value: u64) {
    if value >= 10 {
        push_integer(text, value / 10);
    }
    text.push(char::from(b'0' + u8::try_from(value % 10).unwrap_or_default()));
}

/// Two hexadecimal digits in upper case.
pub fn push_hex(text: &mut String, byte: u8) {
    for &digit in &[byte >> 4, byte & 15] {
        text.push(char::from(if digit < 10 { b'0' + digit } else { b'A' - 10 + digit }));
    }
}

/// A string with its quotes.
pub fn push_string(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        if character < ' ' {
            text.push_str("\\u00");
            push_hex(text, u8::try_from(character).unwrap_or_default());
        } else {
            text.push(character);
        }
    }
    text.push('"');
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
