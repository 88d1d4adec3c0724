//! Small readings of single values, shared by the check and the model.

use std::sync::LazyLock;

use regex::Regex;

use super::yaml::{Node, Value};

/// A truth value as Packit reads it: besides YAML's own some words and the numbers 0 and 1.
pub(super) fn flag(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(truth) => Some(*truth),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        Value::Float(number) if *number == 0.0 => Some(false),
        Value::Float(number) if *number == 1.0 => Some(true),
        Value::Text(text) => match text.as_str() {
            "t" | "T" | "true" | "True" | "TRUE" | "on" | "On" | "ON" | "y" | "Y" | "yes" | "Yes" | "YES"
            | "1" => Some(true),
            "f" | "F" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" | "n" | "N" | "no" | "No"
            | "NO" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number, also written as text; the fraction of a number is cut off.
pub(super) fn integer(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Integer(number) => Some(*number),
        // The cast saturates; a number of seconds that large means the same.
        Value::Float(number) => Some(*number as i64),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The triggers of a job: one as it is written, or several between `|`.
pub(super) fn triggers(text: &str) -> Vec<&str> {
    if text.contains('|') { text.split('|').map(str::trim).collect() } else { vec![text] }
}

/// One version specifier of PEP 440.
static SPECIFIER: LazyLock<Regex> = LazyLock::new(|| {
    const EPOCH_AND_RELEASE: &str = r"v?([0-9]+!)?[0-9]+(\.[0-9]+)*";
    const SUFFIXES: &str = concat!(
        r"([-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?",
        r"((-[0-9]+)|([-_.]?(post|rev|r)[-_.]?[0-9]*))?",
        r"([-_.]?dev[-_.]?[0-9]*)?",
    );
    const LOCAL: &str = r"(\+[a-z0-9]+([-_.][a-z0-9]+)*)?";
    let pattern = format!(
        r"(?i)^\s*((==|!=)\s*{EPOCH_AND_RELEASE}(\.\*|{SUFFIXES}{LOCAL})|(<=|>=|<|>)\s*{EPOCH_AND_RELEASE}{SUFFIXES}|~=\s*v?([0-9]+!)?[0-9]+(\.[0-9]+)+{SUFFIXES}|===\s*[^\s,;)]+)\s*$"
    );
    Regex::new(&pattern).expect("the pattern of this file compiles")
});

/// Whether a text is a set of version specifiers (PEP 440), divided by commas.
pub(super) fn are_version_specifiers(text: &str) -> bool {
    text.split(',').filter(|part| !part.trim().is_empty()).all(|part| SPECIFIER.is_match(part))
}
