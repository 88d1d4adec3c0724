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
use web::SiteKind;

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

/// Where people see a forge, for links to it; none of a folder, which has no pages.
pub(crate) fn site(forge: &Forge) -> Option<(String, SiteKind, String)> {
    let kind = match forge.kind? {
        ForgeKind::Github => SiteKind::Github,
        ForgeKind::Gitlab => SiteKind::Gitlab,
        ForgeKind::Forgejo => SiteKind::Forgejo,
        ForgeKind::Pagure => SiteKind::Pagure,
        ForgeKind::Folder => return None,
    };
    let host = host_of(forge);
    let url = forge.web_url.clone().unwrap_or_else(|| format!("https://{host}"));
    Some((host, kind, url))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_a_forge_at_its_host_unless_told() {
        let configured = |kind, web_url: Option<&str>| Forge {
            kind: Some(kind),
            host: Some("Code.Example".to_owned()),
            web_url: web_url.map(str::to_owned),
            ..Forge::default()
        };
        let at = |kind, url: &str| Some(("code.example".to_owned(), kind, url.to_owned()));
        assert_eq!(site(&configured(ForgeKind::Gitlab, None)), at(SiteKind::Gitlab, "https://code.example"));
        assert_eq!(
            site(&configured(ForgeKind::Github, Some("https://people.example"))),
            at(SiteKind::Github, "https://people.example")
        );
        assert_eq!(site(&configured(ForgeKind::Folder, None)), None);
    }
}
