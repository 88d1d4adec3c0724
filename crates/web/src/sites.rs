//! Where forges show themselves to people: what links out of the pages are made from.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose pages they are: it decides what follows a project's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Forgejo.
    Forgejo,
    /// Pagure, as Fedora's dist-git is.
    Pagure,
}

/// Forges whose kind everybody knows, be they configured or not.
const KNOWN: [(&str, SiteKind); 3] = [
    ("github.com", SiteKind::Github),
    ("gitlab.com", SiteKind::Gitlab),
    ("src.fedoraproject.org", SiteKind::Pagure),
];

/// A forge's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) kind: SiteKind,
    /// Without a slash at its end.
    pub(crate) url: String,
}

/// The pages of all forges of which it is known where they are, by host. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sites(Arc<BTreeMap<String, Site>>);

impl Sites {
    /// Those that are known by name, and these: host, kind, and where people see it.
    pub fn new(configured: impl IntoIterator<Item = (String, SiteKind, String)>) -> Self {
        let known = KNOWN.map(|(host, kind)| (host.to_owned(), kind, format!("https://{host}")));
        let all = known.into_iter().chain(configured);
        let by_host = all.map(|(host, kind, url)| {
            (host.to_ascii_lowercase(), Site { kind, url: url.trim_end_matches('/').to_owned() })
        });
        Self(Arc::new(by_host.collect()))
    }

    /// The pages of a host.
    pub(crate) fn of(&self, host: &str) -> Option<&Site> {
        self.0.get(&host.to_ascii_lowercase())
    }
}

impl Default for Sites {
    /// Those that are known by name.
    fn default() -> Self {
        Self::new([])
    }
}
