//! Forges: deliveries in (signature, then a closed event), configuration read, statuses out.
//!
//! The rest of the system knows a forge by the [`Forge`] trait and the events of `domain::event` alone;
//! [`github`] is the first real one, [`FolderForge`] one for tests and laptops.

use std::collections::BTreeMap;
use std::sync::Arc;

mod address;
mod body;
pub mod bus;
mod folder;
mod forge;
pub mod forgejo;
pub mod github;
pub mod gitlab;
mod http;
mod like_github;
pub mod pagure;
mod reading;
mod redelivery;
mod text;
mod webhook;

pub use folder::{FolderForge, spec_files_below};
pub use forge::{
    CONFIGURATION_NAMES, Check, CheckAction, CheckStage, CommitAt, Conclusion, File, Forge, ForgeError,
    InvalidThread, KnownCheck, Permission, PullRequestHead, Shows, Status, StatusState, Thread,
};
pub use http::{InvalidSettings, is_loopback};
pub use reading::{BUS_SOURCE, ReadDelivery, Reader, Reading};
pub use redelivery::{FailedDelivery, Redelivery};
pub use webhook::{InvalidWebhookSecrets, SignatureError, WebhookSecrets};

/// The configured forges, each by its host. What names another host is nobody's.
#[derive(Debug, Clone, Default)]
pub struct Forges(BTreeMap<String, Arc<dyn Forge>>);

impl Forges {
    /// The forge of this host, written in any case.
    pub fn get(&self, host: &str) -> Option<&Arc<dyn Forge>> {
        self.0.get(&host.to_ascii_lowercase())
    }

    /// The forge whose projects are the packages of the distribution; of several the first by its host.
    pub fn dist_git(&self) -> Option<&Arc<dyn Forge>> {
        self.0.values().find(|forge| forge.is_dist_git())
    }
}

impl FromIterator<Arc<dyn Forge>> for Forges {
    /// A later forge takes the place of an earlier one of the same host.
    fn from_iter<I: IntoIterator<Item = Arc<dyn Forge>>>(forges: I) -> Self {
        Self(forges.into_iter().map(|forge| (forge.host().to_ascii_lowercase(), forge)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forge_is_found_by_its_host_alone() {
        let folder = tempfile::tempdir().unwrap();
        let forge: Arc<dyn Forge> = Arc::new(FolderForge::new("Forge.Example", folder.path()));
        let forges: Forges = [forge].into_iter().collect();
        assert_eq!(forges.get("FORGE.example").unwrap().host(), "forge.example");
        assert!(forges.get("other.example").is_none());
    }
}
