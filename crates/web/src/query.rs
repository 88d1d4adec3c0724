//! An address's query, read into what a handler can be asked for.
//!
//! A program that sends what is not known is told so: it believes that it asked for something. A page passes over it, since
//! those who hand on an address add to it what their own tools count by.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use url::form_urlencoded;

use crate::problem::Problem;

/// Reads a query each of whose parameters has to be known.
pub(crate) fn all<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    read(query, false)
}

/// Reads what is known of a query.
pub(crate) fn known<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    read(query, true)
}

fn read<T: DeserializeOwned>(query: &str, passes_over: bool) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes()).collect();
    T::deserialize(Asked { pairs, passes_over })
        .map_err(|fault| Problem::bad_parameter(fault.field, fault.detail))
}

type Pair<'de> = (Cow<'de, str>, Cow<'de, str>);

/// A query as it was sent. The type that it is read into says what is known.
struct Asked<'de> {
    pairs: Vec<Pair<'de>>,
    passes_over: bool,
}

impl<'de> Deserializer<'de> for Asked<'de> {
    type Error = Fault;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut known: Vec<(&'static str, Text<'de>)> = Vec::new();
        for (name, value) in self.pairs {
            let Some(field) = fields.iter().find(|field| **field == name) else {
                if self.passes_over {
                    continue;
                }
                return Err(de::Error::unknown_field(&name, fields));
            };
            if known.iter().any(|(name, _)| name == field) {
                return Err(de::Error::duplicate_field(field));
            }
            known.push((field, Text(value)));
        }
        visitor.visit_map(MapDeserializer::new(known.into_iter()))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_struct("", &[], visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// A parameter's value: text until it was looked at.
struct Text<'de>(Cow<'de, str>);

impl<'de> IntoDeserializer<'de, Fault> for Text<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.0.into_owned())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// What is wrong with a query.
#[derive(Debug)]
struct Fault {
    field: String,
    detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(detail: T) -> Self {
        Self { field: "query".to_owned(), detail: detail.to_string() }
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let detail = format!("There is no parameter `{field}` here; known are {}.", known.join(", "));
        Self { field: field.to_owned(), detail }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self { field: field.to_owned(), detail: format!("`{field}` is given twice.") }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { field: field.to_owned(), detail: format!("`{field}` has to be given.") }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Words {
        q: String,
        limit: Option<String>,
    }

    #[test]
    fn pages_pass_over_what_programs_are_told_of() {
        let words = Words { q: "a b".to_owned(), limit: None };
        assert_eq!(known::<Words>("utm_source=x&q=a+b&utm_source=y").unwrap(), words);
        let refused = |query: &str| all::<Words>(query).unwrap_err().detail;
        assert_eq!(refused("q=a&utm=x"), "There is no parameter `utm` here; known are `q`, `limit`.");
        assert_eq!(refused("limit=3&q=a&limit=4"), "`limit` is given twice.");
        assert_eq!(refused("limit=3"), "`q` has to be given.");
        assert_eq!(known::<Words>("q=a&q=a").unwrap_err().detail, "`q` is given twice.");
    }
}
