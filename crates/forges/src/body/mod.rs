//! Bodies of deliveries as text and JSON: nothing here trusts them. Text is checked as it is read, and what cannot be read is
//! refused with the place.

pub(crate) mod checked;

use serde::de::DeserializeOwned;

use crate::text::one_line;

/// How deep a body may nest. Those of forges nest less than ten levels deep.
const DEEPEST: usize = 128;

/// The body as text, unless what reads it further on could choke on it.
pub(crate) fn sound_text(body: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("the body is not UTF-8 after byte {}", error.valid_up_to()))?;
    if nests_deeper_than(DEEPEST, text) {
        return Err(format!("the body nests deeper than {DEEPEST} levels"));
    }
    Ok(text)
}

/// Whether JSON text nests deeper than this. What the parser skips is under no limit of its own.
fn nests_deeper_than(limit: usize, text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// Reads the modelled part of a payload, or says what is wrong and at which key.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let payload = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let what = one_line(&error.inner().to_string(), 300);
        match error.path().to_string().as_str() {
            "." => format!("the body cannot be read: {what}"),
            key => format!("{}: {what}", one_line(key, 200)),
        }
    })?;
    reader.end().map_err(|error| format!("the body cannot be read: {error}"))?;
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::nests_deeper_than;

    #[test]
    fn brackets_in_text_do_not_nest() {
        assert!(!nests_deeper_than(1, r#"{"a": "[[[\"[[{{", "b": 1}"#));
        assert!(nests_deeper_than(1, r#"{"a\\": [1]}"#));
        assert!(!nests_deeper_than(2, r#"[[], [], {"a": 1}]"#));
        assert!(nests_deeper_than(2, r#"[[[]]]"#));
    }
}
