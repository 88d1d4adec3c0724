//! A message's body becomes a closed notice, or a reason why it does not (`docs/contracts.md` 3.4, 5 to 7).
//!
//! Senders check their messages against a schema, but brokers do not: what Packflow reads is checked here, and what it does
//! not read is checked as far as it could be mistaken for something else.

mod bodhi;
mod copr;
mod koji;
mod upstream;

use forges::bus::{BusForge, BusHosts};
use forges::{Reader, Reading};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::text::one_line;

/// Reads a message. `kind` is its topic without the sender's prefix.
///
/// Read again, the same message gives the same. Faults are [`Reading::Refused`]; nothing makes it panic.
pub fn read(kind: &str, body: &[u8], _source: &str) -> Reading {
    object(body).and_then(|body| understand(kind, body)).unwrap_or_else(Reading::Refused)
}

/// Reads all that the bus tells: of these forges as they are read everywhere, and of everything else.
pub fn reader(hosts: BusHosts) -> Reader {
    Reader::new(move |kind, body| match BusForge::of_topic(kind) {
        // What everything that a Pagure sends has to have, its reader could do without.
        Some(BusForge::Pagure) => match object(body).and_then(|body| pagure(kind, body)) {
            Err(fault) => Reading::Refused(fault),
            Ok(_) => forges::bus::read(kind, body, &hosts),
        },
        Some(BusForge::Forgejo) => forges::bus::read(kind, body, &hosts),
        None => read(kind, body, crate::SOURCE),
    })
}

/// The body, which has to be an object.
pub(crate) fn object(body: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body cannot be read: {}", one_line(&error.to_string(), 300)))?;
    if value.is_object() { Ok(value) } else { Err("the body is no JSON object".to_owned()) }
}

fn understand(kind: &str, body: Value) -> Result<Reading, String> {
    match kind {
        "copr.build.start" | "copr.build.end" => copr::build(kind, body),
        "copr.chroot.start" => copr::chroot_start(body),
        "buildsys.task.state.change" => koji::task(body),
        "buildsys.build.state.change" => koji::build(body),
        "buildsys.tag" => koji::tag(body),
        "hotness.update.bug.file" => upstream::bug(body),
        "anitya.project.version.update.v2" => upstream::version(body),
        "anitya.project.version.update" => {
            Ok(Reading::Ignored(format!("{kind}.v2 tells the same, with all versions")))
        }
        "openscanhub.task.started" | "openscanhub.task.finished" => {
            Ok(Reading::NotHandledYet("results of OpenScanHub are not supported yet".to_owned()))
        }
        "logdetective.analysis" => {
            Ok(Reading::NotHandledYet("results of Log Detective are not supported yet".to_owned()))
        }
        _ if kind.starts_with("bodhi.update.") => bodhi::update(kind, body),
        _ if kind.starts_with("pagure.") => pagure(kind, body),
        _ => Ok(ignored(kind)),
    }
}

fn ignored(kind: &str) -> Reading {
    Reading::Ignored(format!("nothing here follows {}", one_line(kind, 100)))
}

/// What dist-git tells and nothing here follows. What is followed goes the way of the forges' deliveries.
fn pagure(kind: &str, body: Value) -> Result<Reading, String> {
    #[derive(Deserialize)]
    struct Acted {
        #[serde(rename = "agent")]
        _agent: String,
    }
    parse::<Acted>(body)?;
    Ok(ignored(kind))
}

/// The modelled part of a body, or what is wrong and at which key.
fn parse<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let what = one_line(&error.inner().to_string(), 300);
        match error.path().to_string().as_str() {
            "." => what,
            key => format!("{}: {what}", one_line(key, 200)),
        }
    })
}

/// For keys that may hold null but may not be left out.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

/// A number or a name: senders of different age write the same thing differently.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a number or a name")]
enum NumberOrName {
    Number(i64),
    Name(String),
}

impl std::fmt::Display for NumberOrName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => f.write_str(&one_line(name, 40)),
        }
    }
}

#[cfg(test)]
mod tests;
