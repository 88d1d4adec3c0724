//! What is wrong with a configuration, each fault with its key.

use std::net::SocketAddr;

use figment::Figment;
use serde::de::DeserializeOwned;

use super::{
    Access, Bodhi, Configuration, Copr, Database, Forge, Inbox, Limits, Server, TestingFarm, Worker,
};
use crate::wiring;

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The key, dotted.
    pub(crate) key: String,
    /// What is wrong, and the way out.
    pub(crate) message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// Why a configuration cannot be read: one line for each table that has a fault. `first` is what reading it whole said.
pub(super) fn unreadable(figment: &Figment, first: figment::Error) -> Vec<String> {
    let mut lines = Vec::new();
    section::<Server>(figment, "server", &mut lines);
    section::<Database>(figment, "database", &mut lines);
    section::<Access>(figment, "access", &mut lines);
    section::<Vec<Forge>>(figment, "forge", &mut lines);
    section::<Copr>(figment, "copr", &mut lines);
    section::<TestingFarm>(figment, "testing_farm", &mut lines);
    section::<Bodhi>(figment, "bodhi", &mut lines);
    section::<Worker>(figment, "worker", &mut lines);
    section::<Limits>(figment, "limits", &mut lines);
    section::<Inbox>(figment, "inbox", &mut lines);
    if lines.is_empty() {
        lines.extend(first.into_iter().map(|error| error.to_string()));
    }
    lines
}

fn section<T: DeserializeOwned>(figment: &Figment, key: &str, lines: &mut Vec<String>) {
    if !figment.contains(key) {
        return;
    }
    if let Err(error) = figment.extract_inner::<T>(key) {
        lines.extend(error.into_iter().map(|error| error.to_string()));
    }
}

/// What is wrong with a configuration that could be read. Secrets are read for it; nothing outside is asked.
pub(crate) fn faults(configuration: &Configuration) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |key: &str, message: String| faults.push(Fault { key: key.to_owned(), message });
    if let Err(error) = wiring::instance(configuration) {
        add("instance", format!("{error:#}"));
    }
    if let Some(listen) = &configuration.server.listen
        && listen.parse::<SocketAddr>().is_err()
    {
        add("server.listen", format!("`{listen}` is no address and port, such as 127.0.0.1:8080"));
    }
    if let Some(url) = &configuration.server.public_url
        && !is_web_url(url)
    {
        add("server.public_url", format!("`{url}` is no http or https address"));
    }
    if let Err(error) = wiring::operator_token(configuration) {
        add("server", format!("{error:#}"));
    }
    if let Some(url) = &configuration.database.url
        && let Err(error) = store::DatabaseUrl::parse(url)
    {
        add("database.url", error.to_string());
    }
    for (key, entries) in [
        ("access.allow", &configuration.access.allow),
        ("access.deny", &configuration.access.deny),
        ("access.private", &configuration.access.private),
    ] {
        for entry in entries {
            if entry.contains("://") || entry.starts_with('/') || entry.trim().is_empty() {
                add(key, format!("`{entry}` is no entry such as github.com/packit or github.com/packit/ogr"));
            }
        }
    }
    for (index, forge) in configuration.forge.iter().enumerate() {
        if let Err(error) = wiring::forge(forge) {
            add(&format!("forge[{index}]"), format!("{error:#}"));
        }
        let host = wiring::host_of(forge);
        if configuration.forge[..index].iter().any(|other| wiring::host_of(other) == host) {
            add(&format!("forge[{index}].host"), format!("{host} is configured already"));
        }
    }
    if let Err(error) = wiring::copr(configuration) {
        add("copr", format!("{error:#}"));
    }
    if let Err(error) = wiring::testing_farm(configuration) {
        add("testing_farm", format!("{error:#}"));
    }
    faults
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
