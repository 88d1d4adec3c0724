//! Logs go to standard error, so that what a command prints can be piped.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::OnceLock;

use chrono::{SecondsFormat, Utc};
use serde_json::json;
use tracing::Level;
use tracing_subscriber::EnvFilter;

use crate::cli::Logging;
use crate::terminal::{clean, escape};

/// Whether standard error takes a JSON object a line; told before anything is.
static AS_JSON: OnceLock<bool> = OnceLock::new();

/// The levels of logs, from nothing to everything.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts logging for the process.
pub(crate) fn start(logging: &Logging) {
    AS_JSON.get_or_init(|| logging.log_json);
    let filter = filter(&logging.log).unwrap_or_else(|error| {
        let given = clean(&logging.log);
        let told = format!("--log `{given}` is not understood ({}); using `warn`", clean(&error));
        tell(Level::WARN, &told);
        EnvFilter::new("warn")
    });
    // The driver logs parameters of a database's address that it does not know, values and all; a misspelt `password` is one.
    let filter = match "sqlx_postgres::options=error".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if logging.log_json {
        builder.json().init();
    } else {
        builder.with_ansi(colours(std::io::stderr().is_terminal(), std::env::var_os("NO_COLOR"))).init();
    }
}

/// Tells whoever called what is told at every level of logs, in the form of logs where programs read them.
pub(crate) fn tell(level: Level, message: &str) {
    tell_as(level, "packflow: ", message);
}

/// The same of each line of an answer, which is not marked as ours where people read it.
pub(crate) fn tell_lines(lines: impl IntoIterator<Item = String>) {
    for line in lines {
        tell_as(Level::ERROR, "", &line);
    }
}

fn tell_as(level: Level, before: &str, message: &str) {
    if AS_JSON.get().is_some_and(|as_json| *as_json) {
        eprintln!("{}", object(level, message));
    } else {
        eprintln!("{before}{}", clean(message));
    }
}

/// The object that the library writes for a log's line.
fn object(level: Level, message: &str) -> String {
    let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
    let fields = json!({ "message": message });
    let told =
        json!({ "timestamp": timestamp, "level": level.as_str(), "fields": fields, "target": "packflow" });
    escape(&told.to_string())
}

/// What is to be logged, or why it is not understood. A word that is no level would be taken for the name of a part, which turns
/// off all others.
fn filter(text: &str) -> Result<EnvFilter, String> {
    let words = text.split(',').map(str::trim).filter(|part| !part.is_empty() && !part.contains('='));
    for word in words {
        if !LEVELS.contains(&word.to_ascii_lowercase().as_str()) {
            return Err(format!("`{word}` is no level; levels are {}", LEVELS.join(", ")));
        }
    }
    EnvFilter::try_new(text).map_err(|error| error.to_string())
}

/// Colours are for a terminal, and not for who turned them off (<https://no-color.org>).
fn colours(is_terminal: bool, no_color: Option<OsString>) -> bool {
    is_terminal && no_color.is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{colours, filter};

    #[test]
    fn a_word_that_is_no_level_is_not_understood() {
        for text in ["warn", "INFO", "info,sqlx=warn", "off,web=debug", ""] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in ["wran", "blah", "info,sqlx", "info,sqlx=wran"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn colours_are_turned_off_by_a_variable_that_says_something() {
        assert!(colours(true, None) && colours(true, Some("".into())));
        assert!(!colours(true, Some("1".into())) && !colours(false, None));
    }
}
