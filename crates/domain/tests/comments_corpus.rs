//! Recorded comments with what Packit's own parser makes of them.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod corpus;

use domain::comments::{Parsed, parse};
use serde_json::{Value, json};

#[test]
fn every_comment_is_read_as_packit_reads_it() {
    let Some(folder) = corpus::folder("comments") else { return };
    let text = std::fs::read_to_string(folder.join("commands.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 42);
    for case in cases {
        let (prefix, comment) = (case["prefix"].as_str().unwrap(), case["comment"].as_str().unwrap());
        let (result, words, args) = match parse(prefix, comment) {
            Parsed::NoCommand => ("no-command", Vec::new(), Value::Null),
            Parsed::Command { words, command } => ("ok", words, serde_json::to_value(command).unwrap()),
            Parsed::SyntaxError { words, .. } => ("syntax-error", words, Value::Null),
        };
        assert_eq!(case["result"], result, "{comment}");
        assert_eq!(case["words"], json!(words), "{comment}");
        assert_eq!(case.get("args").cloned().unwrap_or(Value::Null), args, "{comment}");
    }
}
