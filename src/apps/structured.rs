//! JSON values as serde knows them, so that structured documents cross over to JavaScript and back; and as text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::protocol::json::{self, Json};

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Number(digits) => serializer.serialize_f64(numbers::parse(digits)),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                // The glue assigns members, and this one would become the object's prototype.
                for (name, value) in members.iter().filter(|(name, _)| name != "__proto__") {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    #[allow(clippy::cast_precision_loss)] // It was a number of JavaScript.
    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        if value.is_finite() { Ok(Json::Number(numbers::write(value))) } else { Ok(Json::Null) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

/// JavaScript reads and writes its own numbers: what Rust's library does it with would cost 10 KB.
#[cfg(target_arch = "wasm32")]
mod numbers {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = Number)]
        pub fn parse(text: &str) -> f64;
        #[wasm_bindgen(js_name = String)]
        pub fn write(value: f64) -> String;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod numbers {
    pub fn parse(text: &str) -> f64 {
        text.parse().unwrap_or(f64::NAN)
    }

    pub fn write(value: f64) -> String {
        value.to_string()
    }
}

/// The JSON text of a value.
#[must_use]
pub fn text_of(value: &Json) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Json) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Boolean(true) => text.push_str("true"),
        Json::Boolean(false) => text.push_str("false"),
        Json::Number(digits) => text.push_str(digits),
        Json::Text(value) => json::push_string(text, value),
        Json::List(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                separate(text, place);
                write(text, item);
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (place, (name, value)) in members.iter().enumerate() {
                separate(text, place);
                json::push_string(text, name);
                text.push(':');
                write(text, value);
            }
            text.push('}');
        }
    }
}

fn separate(text: &mut String, place: usize) {
    if place > 0 {
        text.push(',');
    }
}

/// An object of these members.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_it_was_read() {
        for text in [
            "null",
            "[]",
            "{}",
            r#"{"a":[1,-2.5e3,true,false,null,"\u0007\"\\é"],"":{"b":[[]]}}"#,
            "123456789012345678901234567890",
        ] {
            assert_eq!(text_of(&Json::parse(text).unwrap()), text);
        }
    }
}
