//! What is said when a package configuration is refused.

use std::fmt;

use serde::Serialize;

use super::yaml::Position;

/// At most this many faults are told: a file with more is broken as a whole.
const MAX_FAULTS: usize = 100;

/// Longer words are no misspelt names; comparing takes time with the square of the length.
const MAX_COMPARED_BYTES: usize = 64;

/// Messages are cut to this many characters: they repeat what the file says.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// A name is offered as the nearest one from this Jaro-Winkler similarity on.
const NEAR_ENOUGH: f64 = 0.8;

/// The sort of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// The text is no YAML, or YAML that cannot be read into plain data.
    Yaml,
    /// The text is YAML, but not a package configuration.
    Schema,
    /// The file is larger, deeper or asks for more than is read.
    Limit,
}

impl ErrorKind {
    /// The word that stands for this sort in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Schema => "schema",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Line in the file, counted from 1.
    pub line: u64,
    /// Column in the line, counted from 1 in characters.
    pub column: u64,
    /// Dotted path of the key as the file writes it, such as `jobs.0.targets`; empty for the file.
    pub key: String,
    /// What is wrong, as a plain sentence without the position.
    pub message: String,
    /// The nearest name that would have been understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(formatter, " (did you mean `{nearest}`?)"),
            None => Ok(()),
        }
    }
}

/// A package configuration that is not taken, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the package configuration is refused ({error_kind}): {}", one_line(errors))]
pub struct Refusal {
    /// The sort of refusal.
    pub error_kind: ErrorKind,
    /// The faults in the order of the file; never empty, at most 100.
    pub errors: Vec<Fault>,
}

impl Refusal {
    /// A refusal for one reason.
    pub(super) fn single(error_kind: ErrorKind, at: Position, key: &str, message: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(at, key, message);
        Self { error_kind, errors: faults.list }
    }
}

fn one_line(errors: &[Fault]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Collects faults while the rest of the file is still looked at.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    /// Notes a fault.
    pub(super) fn add(&mut self, at: Position, key: &str, message: impl Into<String>) {
        self.add_with_nearest(at, key, message, None);
    }

    /// Notes a word that is none of `known`, with the nearest of them.
    pub(super) fn add_unknown<'a>(
        &mut self,
        at: Position,
        key: &str,
        word: &str,
        message: impl Into<String>,
        known: impl Iterator<Item = &'a str>,
    ) {
        let is_compared = word.len() <= MAX_COMPARED_BYTES && !self.is_full();
        let nearest = known
            .filter(|_| is_compared)
            .map(|name| (strsim::jaro_winkler(word, name), name))
            .filter(|(similarity, _)| *similarity >= NEAR_ENOUGH)
            .max_by(|left, right| left.0.total_cmp(&right.0))
            .map(|(_, name)| name.to_owned());
        self.add_with_nearest(at, key, message, nearest);
    }

    fn add_with_nearest(
        &mut self,
        at: Position,
        key: &str,
        message: impl Into<String>,
        nearest: Option<String>,
    ) {
        if self.is_full() {
            return;
        }
        let message = message.into().chars().take(MAX_MESSAGE_CHARACTERS).collect();
        let fault = Fault { line: at.line, column: at.column, key: key.to_owned(), message, nearest };
        if !self.list.contains(&fault) {
            self.list.push(fault);
        }
    }

    fn is_full(&self) -> bool {
        self.list.len() >= MAX_FAULTS
    }

    /// Whether nothing was found wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A refusal if anything was found wrong.
    pub(super) fn into_result(mut self) -> Result<(), Refusal> {
        if self.list.is_empty() {
            return Ok(());
        }
        self.list.sort_by(|left, right| {
            (left.line, left.column, &left.key).cmp(&(right.line, right.column, &right.key))
        });
        Err(Refusal { error_kind: ErrorKind::Schema, errors: self.list })
    }
}
