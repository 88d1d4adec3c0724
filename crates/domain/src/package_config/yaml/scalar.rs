//! What a plain scalar means.
//!
//! Packit reads its files with PyYAML, whose implicit types are those of YAML 1.1: `yes` is a
//! truth value, `0o14` and `1e3` are text, `1:30` is ninety and a date is a date.

use std::sync::LazyLock;

use regex::Regex;

use super::Value;

static INTEGER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)$")
});

static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?",
        r"|\.[0-9][0-9_]*([eE][-+][0-9]+)?",
        r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*",
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
    ))
});

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^([0-9]{4}-[0-9]{2}-[0-9]{2}",
        r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?",
        r"([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)$",
    ))
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file compile")
}

/// The value of a plain scalar without a tag. `None` for `<<` and `=`, which are no values.
pub(super) fn resolve(text: &str) -> Option<Value> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "<<" | "=" => return None,
        _ => {
            if let Some(truth) = boolean(text) {
                Value::Bool(truth)
            } else if INTEGER.is_match(text) {
                integer(text)
            } else if FLOAT.is_match(text) {
                float(text)
            } else if DATE.is_match(text) {
                Value::Unsupported("a date")
            } else {
                Value::Text(text.to_owned())
            }
        }
    };
    Some(value)
}

/// The value of a scalar with an explicit tag of YAML's own, given by the tag's last part.
/// `None` if the tag is unknown or does not fit the text.
pub(super) fn tagged(tag: &str, text: &str) -> Option<Value> {
    match tag {
        "str" => Some(Value::Text(text.to_owned())),
        "null" => Some(Value::Null),
        "bool" => boolean(text).map(Value::Bool),
        "int" => INTEGER.is_match(text).then(|| integer(text)),
        "float" if FLOAT.is_match(text) => Some(float(text)),
        "float" => INTEGER.is_match(text).then(|| float(text)),
        "binary" => Some(Value::Unsupported("binary data")),
        "timestamp" => Some(Value::Unsupported("a date")),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn integer(text: &str) -> Value {
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let magnitude = if let Some(binary) = digits.strip_prefix("0b") {
        i64::from_str_radix(binary, 2).ok()
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        i64::from_str_radix(hexadecimal, 16).ok()
    } else if digits.contains(':') {
        sexagesimal(digits)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()
    } else {
        digits.parse().ok()
    };
    match magnitude {
        Some(number) if negative => Value::Integer(-number),
        Some(number) => Value::Integer(number),
        None => Value::Unsupported("a number that does not fit into 64 bits"),
    }
}

fn sexagesimal(digits: &str) -> Option<i64> {
    digits.split(':').try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))
}

fn float(text: &str) -> Value {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let magnitude = match digits {
        ".inf" | ".nan" => None,
        _ => digits
            .split(':')
            .try_fold(0.0, |sum, part| part.parse::<f64>().ok().map(|number| sum * 60.0 + number)),
    };
    match magnitude {
        Some(number) if number.is_finite() => Value::Float(sign * number),
        _ => Value::Unsupported("a number that is not finite"),
    }
}
