//! Forges as they are configured.

mod folder;
mod forgejo;
mod github;
mod gitlab;
mod keys;
mod pagure;

use std::sync::Arc;

use forges::WebhookSecrets;
use forges::github::{GithubClient, GithubLogin};

pub(crate) use pagure::pagure_with_token;

use super::{DIST_GIT_HOST, GITHUB_HOST, GITLAB_HOST};
use crate::configuration::{Faults, Forge, ForgeKind};

/// A configured forge, and what else there is to it.
pub(crate) struct WiredForge {
    pub(crate) forge: Arc<dyn forges::Forge>,
    /// What can be asked for missed deliveries, if anything can.
    pub(crate) redelivery: Option<Arc<GithubClient>>,
    /// What its webhooks must be signed with.
    pub(crate) secrets: Option<WebhookSecrets>,
    /// Where people log in, if they can.
    pub(crate) login: Option<Arc<GithubLogin>>,
}

impl WiredForge {
    /// A forge that there is nothing else to.
    fn of(forge: Arc<dyn forges::Forge>) -> Self {
        Self { forge, redelivery: None, secrets: None, login: None }
    }
}

/// The forge's host; empty if it is missing.
pub(crate) fn host_of(forge: &Forge) -> String {
    match (&forge.host, forge.kind) {
        (Some(host), _) => host.to_ascii_lowercase(),
        (None, Some(ForgeKind::Github)) => GITHUB_HOST.to_owned(),
        (None, Some(ForgeKind::Gitlab)) => GITLAB_HOST.to_owned(),
        (None, Some(ForgeKind::Pagure)) => DIST_GIT_HOST.to_owned(),
        (None, _) => String::new(),
    }
}

/// A forge as it is configured under `key`. Its secrets are read; it is not asked anything.
pub(crate) fn forge(forge: &Forge, key: &str) -> Result<WiredForge, Faults> {
    match forge.kind {
        Some(ForgeKind::Github) => github::github(forge, key),
        Some(ForgeKind::Gitlab) => gitlab::gitlab(forge, key),
        Some(ForgeKind::Forgejo) => forgejo::forgejo(forge, key),
        Some(ForgeKind::Pagure) => pagure::pagure(forge, key),
        Some(ForgeKind::Folder) => folder::folder(forge, key),
        None => {
            let mut faults = Faults::default();
            faults.add(&format!("{key}.kind"), "is missing: github, gitlab, forgejo, pagure or folder");
            Err(faults)
        }
    }
}
