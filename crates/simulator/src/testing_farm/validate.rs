//! What is wrong with a request, said per field as Testing Farm does.

use serde_json::{Map, Value, json};

const ARCHES: [&str; 2] = ["x86_64", "aarch64"];

/// The errors of a request, nested as its fields are; none if it is good.
pub(super) fn errors(asked: &Value) -> Option<Value> {
    let mut errors = Map::new();
    let kinds = ["tmt", "fmf", "sti"].map(|kind| &asked["test"][kind]);
    match kinds.into_iter().find(|kind| kind.is_object()) {
        None => {
            errors.insert("test".to_owned(), json!("one of tmt, fmf and sti is required"));
        }
        Some(test) if test["url"].as_str().is_none_or(|url| !url.starts_with("http")) => {
            errors.insert("test".to_owned(), json!({"tmt": {"url": "a web address is required"}}));
        }
        Some(_) => {}
    }
    let mut environments = Map::new();
    for (at, environment) in asked["environments"].as_array().into_iter().flatten().enumerate() {
        let arch = environment["arch"].as_str().unwrap_or_default();
        if !ARCHES.contains(&arch) {
            let reason = format!("Unsupported architecture {arch}; supported are: {}", ARCHES.join(", "));
            environments.insert(at.to_string(), json!({"arch": reason}));
        }
    }
    if !environments.is_empty() {
        errors.insert("environments".to_owned(), Value::Object(environments));
    }
    (!errors.is_empty()).then_some(Value::Object(errors))
}
