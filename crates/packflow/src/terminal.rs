//! Text from outside, made safe for a terminal; and the workflow as a tree.

mod tree;

use std::io::Write;

use serde::Serialize;

pub(crate) use tree::workflow;

/// Prints a line, as `println!` does, without a panic when nobody reads any more (`packflow show 1 | head`): what the command
/// is about to do is done all the same.
macro_rules! say {
    ($($part:tt)*) => { $crate::terminal::write_line(format_args!($($part)*)) };
}

/// See `say!`.
pub(crate) fn write_line(line: std::fmt::Arguments<'_>) {
    end_unless_written(writeln!(std::io::stdout().lock(), "{line}"));
}

/// Prints what need not end a line, at once and as it is: a question, what is drawn over what stood there, a body as it came.
pub(crate) fn write_now(bytes: impl AsRef<[u8]>) {
    let mut stdout = std::io::stdout().lock();
    end_unless_written(stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()));
}

/// Whatever else than a closed pipe keeps output from being written ends the process, since a part would be taken for the whole.
fn end_unless_written(written: std::io::Result<()>) {
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            crate::logging::tell(tracing::Level::ERROR, &format!("cannot write the output: {error}"));
            std::process::exit(2);
        }
        _ => {}
    }
}

/// Text without what a terminal would act on: control characters, and characters that turn the direction of writing.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if is_active(c) { '\u{fffd}' } else { c }).collect()
}

fn is_active(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What the driver of databases begins with where it tells what a database said.
const BY_DATABASE: &str = "error returned from database: ";

/// An error with its causes in one line. Many errors of libraries tell their cause in their own text too; it is told once.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    let mut by_database = false;
    for mut cause in error.chain().map(ToString::to_string) {
        by_database |= cause.contains(BY_DATABASE);
        if by_database {
            cut_source_line(&mut cause);
        }
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// PostgreSQL tells on which line of its own source it noticed. Whoever reads it takes it for a line of theirs.
fn cut_source_line(cause: &mut String) {
    if let Some((before, line)) = cause.rsplit_once(" at line ")
        && line.bytes().all(|byte| byte.is_ascii_digit())
    {
        cause.truncate(before.len());
    }
}

/// JSON over several lines, in which what a terminal would act on is escaped: it means the same to a program.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escape(&serde_json::to_string_pretty(value)?))
}

/// The same in one line.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escape(&serde_json::to_string(value)?))
}

/// Such characters stand in JSON's texts alone, where an escape may take the place of each.
pub(crate) fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_active(c) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A time for people: UTC, to the second.
pub(crate) fn time(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A span of time for people: `4 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn span(span: chrono::TimeDelta) -> String {
    match span.num_seconds().max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{chain, clean, json_line, span};

    #[test]
    fn what_a_terminal_would_act_on_is_replaced() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\nb\u{202e}c"), "a\u{fffd}[31mred\u{fffd}\nb\u{fffd}c");
    }

    #[test]
    fn json_means_the_same_with_what_a_terminal_would_act_on_escaped() {
        let text = "a\u{1b}\u{9b}31m\n\u{202e}ž";
        let json = json_line(&text).unwrap();
        assert!(!json.chars().any(super::is_active), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("refused").context("no connection: refused").context("cannot open it");
        assert_eq!(chain(&error), "cannot open it: no connection: refused");
    }

    #[test]
    fn the_line_of_a_databases_own_source_is_not_told() {
        let cause = "error returned from database: database \"nodb\" does not exist at line 948";
        let error = anyhow::anyhow!("database \"nodb\" does not exist at line 948").context(cause);
        assert_eq!(
            chain(&error.context("cannot")),
            "cannot: error returned from database: database \"nodb\" does not exist"
        );
        let error = anyhow::anyhow!("no comma at line 3").context("cannot read it");
        assert_eq!(chain(&error), "cannot read it: no comma at line 3");
    }

    #[test]
    fn spans_read_well() {
        let spans = [(0, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (-5, "0 s")];
        for (seconds, text) in spans {
            assert_eq!(span(chrono::TimeDelta::seconds(seconds)), text);
        }
    }
}
