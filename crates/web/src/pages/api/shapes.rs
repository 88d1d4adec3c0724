//! The shapes that the API's document names, as people read them.

use serde_json::Value;

use super::{Part, prose, text};

/// What something is: a few words, of which some name a shape.
pub(super) struct Kind(pub(super) Vec<Word>);

/// A word of it; the name of a shape leads there.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_shape: bool,
}

/// A shape with its fields.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) description: Vec<Part>,
    /// What it is where it has no fields.
    pub(super) kind: Kind,
    pub(super) fields: Vec<Field>,
}

/// A field of a shape.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    pub(super) description: Vec<Part>,
}

impl Kind {
    /// Words that name no shape.
    pub(super) fn plain(text: &str) -> Self {
        Self(vec![Word { text: text.to_owned(), is_shape: false }])
    }
}

/// All shapes, by name.
pub(super) fn all(schemas: &Value) -> Vec<Shape> {
    let schemas = schemas.as_object().into_iter().flatten();
    schemas
        .map(|(name, schema)| Shape {
            name: name.clone(),
            description: prose(&text(&schema["description"])),
            kind: kind_of(schema),
            fields: fields_of(schema),
        })
        .collect()
}

/// The fields of an object, also where it is put together of several.
fn fields_of(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, field)| Field {
        name: name.clone(),
        kind: kind_of(field),
        is_required: required.contains(&name.as_str()),
        description: prose(&text(&field["description"])),
    });
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.chain(parts.flat_map(fields_of)).collect()
}

/// What a schema says, in a few words.
pub(super) fn kind_of(schema: &Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return Kind(vec![Word { text: name.to_owned(), is_shape: true }]);
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[key].as_array().filter(|_| schema["properties"].is_null()) {
            let joint = if key == "allOf" { " with " } else { " or " };
            return joined(choices.iter().map(kind_of), joint);
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return Kind::plain(&words.join(", "));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    joined(types.into_iter().map(|kind| of_type(kind, schema)), " or ")
}

fn of_type(kind: &str, schema: &Value) -> Kind {
    match kind {
        "array" => {
            let mut words = Kind::plain("list of ").0;
            words.extend(kind_of(&schema["items"]).0);
            Kind(words)
        }
        "integer" => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => Kind::plain(&format!("number, {least} to {most}")),
            _ => Kind::plain("number"),
        },
        "string" => match schema["format"].as_str() {
            Some("date-time") => Kind::plain("time, RFC 3339"),
            Some(format) => Kind::plain(&format!("text ({format})")),
            None => Kind::plain("text"),
        },
        "boolean" => Kind::plain("true or false"),
        other => Kind::plain(other),
    }
}

fn joined(kinds: impl Iterator<Item = Kind>, joint: &str) -> Kind {
    let mut words: Vec<Word> = Vec::new();
    for kind in kinds {
        if !words.is_empty() {
            words.extend(Kind::plain(joint).0);
        }
        words.extend(kind.0);
    }
    Kind(words)
}
