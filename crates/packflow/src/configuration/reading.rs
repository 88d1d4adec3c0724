//! From the file and the environment to a configuration, and what of them cannot be read.

use std::path::Path;

use figment::error::{Actual, Kind};
use figment::providers::{Env, Serialized};
use figment::value::{Dict, Value};
use figment::{Figment, Profile, Provider};

use super::{Configuration, Faults, secret};

/// How far a word may be from a known one to be taken for a slip of it (1 is the same word).
const NEAR: f64 = 0.75;

/// Reads a configuration: the file if one is named, then the environment. What is faulty is left out of the result, so that
/// the rest can be looked at too.
pub(super) fn read(file: Option<&Path>) -> (Configuration, Faults) {
    let mut faults = Faults::default();
    let mut figment = Figment::new();
    if let Some(file) = file
        && let Some(table) = faults.take(&file.display().to_string(), table(file))
    {
        figment = figment.merge(Serialized::defaults(table));
    }
    let read = figment.merge(environment()).data().unwrap_or_default();
    let mut value = Value::from(read.get(&Profile::Default).cloned().unwrap_or_default());
    loop {
        match value.deserialize::<Configuration>() {
            Ok(configuration) => return (configuration, faults),
            Err(error) => {
                faults.add(&dotted(&error.path), describe(&error.kind) + &origin(&error.path, &error.kind));
                if !remove(&mut value, &error.path) {
                    return (Configuration::default(), faults);
                }
            }
        }
    }
}

fn table(file: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    text.parse().map_err(|error: toml::de::Error| {
        // The error's own text would repeat the line, which may hold a password.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}

/// `PACKFLOW_INSTANCE`, and variables with two underscores: `PACKFLOW_SERVER__LISTEN`. Others that begin so are no keys; they
/// steer the command line or the tests, or come from a container's surroundings.
fn environment() -> Env {
    Env::prefixed("PACKFLOW_")
        .filter(|key| {
            let key = key.as_str().to_ascii_uppercase();
            let is_secret = secret::VARIABLES.contains(&format!("PACKFLOW_{key}").as_str());
            !is_secret && (key == "INSTANCE" || key.contains("__"))
        })
        .split("__")
}

/// `forge[0].path`
fn dotted(path: &[String]) -> String {
    let mut key = String::new();
    for part in path {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            key.push_str(&format!("[{part}]"));
        } else {
            key.push_str(if key.is_empty() { "" } else { "." });
            key.push_str(part);
        }
    }
    key
}

/// Which variable a key was read from, if it was one. A key that is not known may be the table of what the variable names.
fn origin(path: &[String], kind: &Kind) -> String {
    let key = format!("PACKFLOW_{}", path.join("__").to_ascii_uppercase());
    let below = format!("{key}__");
    let is_it = |variable: &str| {
        let variable = variable.to_ascii_uppercase();
        variable == key || matches!(kind, Kind::UnknownField(..)) && variable.starts_with(&below)
    };
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match variables.filter(|variable| is_it(variable)).min() {
        Some(variable) => format!(" (read from {variable})"),
        None => String::new(),
    }
}

/// What is wrong, without the value: it may be a password that stands in the wrong place.
fn describe(kind: &Kind) -> String {
    match kind {
        Kind::UnknownField(name, known) => unknown_key(name, known),
        Kind::UnknownVariant(name, known) => format!("`{name}` is not known; known are {}", known.join(", ")),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("takes {}, not {}", noun(expected), kind_of(actual))
        }
        Kind::MissingField(name) => format!("{name} is missing"),
        other => other.to_string(),
    }
}

fn unknown_key(name: &str, known: &[&str]) -> String {
    if known.contains(&format!("{name}_file").as_str()) {
        return format!("a secret does not stand here: name its file with {name}_file");
    }
    let nearest = known.iter().map(|known| (strsim::jaro_winkler(name, known), known));
    let nearest = nearest.filter(|(near, _)| *near > NEAR).max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((_, nearest)) => format!("is no known key; did you mean `{nearest}`?"),
        None => format!("is no known key; known are {}", known.join(", ")),
    }
}

fn noun(expected: &str) -> &str {
    match expected {
        "u64" | "usize" | "u32" => "a whole number",
        "a sequence" => "a list such as [\"a\", \"b\"]",
        "a boolean" => "true or false",
        _ if expected.starts_with("struct") => "a table",
        other => other,
    }
}

fn kind_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number like this",
        Actual::Char(_) | Actual::Str(_) => "text",
        Actual::Seq => "a list",
        Actual::Map | Actual::NewtypeStruct => "a table",
        _ => "this",
    }
}

/// Takes out what stands at a path; false if nothing does.
fn remove(value: &mut Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    match value {
        Value::Dict(_, dict) if rest.is_empty() => dict.remove(first).is_some(),
        Value::Dict(_, dict) => dict.get_mut(first).is_some_and(|value| remove(value, rest)),
        Value::Array(_, entries) => {
            let entry = first.parse().ok().and_then(|index: usize| entries.get_mut(index));
            match entry {
                // The place is kept: later faults are told by it.
                Some(entry) if !rest.is_empty() => remove(entry, rest),
                Some(entry) if entry.as_dict().is_some_and(|dict| !dict.is_empty()) => {
                    *entry = Value::from(Dict::new());
                    true
                }
                Some(_) => {
                    entries.clear();
                    true
                }
                None => false,
            }
        }
        _ => false,
    }
}
