//! Whose messages are kept: nearly all of the bus is somebody else's (`docs/contracts.md` 7).

use std::collections::BTreeSet;

use super::{KojiState, Notice};
use crate::access::AccessRules;
use crate::words::ProjectKey;

/// What of the bus concerns this installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    /// Whose Copr projects are ours: an account, or `@group`.
    pub copr_owner: Option<String>,
    /// The account of Fedora that our Koji builds and Bodhi updates belong to.
    pub fedora_account: Option<String>,
    /// The host of dist-git, where packages are `rpms/NAME`.
    pub dist_git: String,
    /// The hosts of the configured forges.
    pub forges: BTreeSet<String>,
    /// What may start work.
    pub access: AccessRules,
}

/// Whose a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Ours by owner and project: where its work is not known yet, it may become known.
    Ours,
    /// It may start work here, by the rules of access.
    Work,
    /// Ours only if its work is known here.
    IfKnown,
    /// Nobody's here.
    Nobodys,
}

impl Interest {
    /// Whose a message is, by what it says itself.
    pub fn claim(&self, notice: &Notice) -> Claim {
        let ours = |is_ours: bool, otherwise: Claim| if is_ours { Claim::Ours } else { otherwise };
        let is_account = |account: &str| self.fedora_account.as_deref() == Some(account);
        match notice {
            Notice::CoprBuild(build) => {
                ours(self.copr_owner.as_deref() == Some(build.owner.as_str()), Claim::IfKnown)
            }
            Notice::KojiTask(task) => ours(is_account(&task.owner), Claim::IfKnown),
            Notice::KojiBuild(build) if is_account(&build.owner) => Claim::Ours,
            Notice::KojiBuild(build)
                if build.new == KojiState::Complete && self.covers_package(&build.name) =>
            {
                Claim::Work
            }
            Notice::KojiBuild(_) => Claim::IfKnown,
            Notice::BodhiUpdate(update) => {
                ours(update.user.as_deref().is_some_and(is_account), Claim::IfKnown)
            }
            Notice::KojiTag(tag) if tag.is_side_tag() && self.covers_package(&tag.name) => Claim::Work,
            Notice::KojiTag(_) => Claim::Nobodys,
            Notice::UpstreamVersion(upstream) => {
                match upstream.packages.iter().any(|package| self.covers_package(package)) {
                    true => Claim::Work,
                    false => Claim::Nobodys,
                }
            }
        }
    }

    /// Whether what happens in a project may start work: its forge is configured, and the rules of access cover it.
    pub fn covers(&self, project: &ProjectKey) -> bool {
        self.forges.contains(&project.forge) && self.access.covers(project)
    }

    /// The same of a package of Fedora.
    fn covers_package(&self, name: &str) -> bool {
        self.covers(&ProjectKey::new(&self.dist_git, DIST_GIT_NAMESPACE, name))
    }
}

/// Where dist-git has the packages.
const DIST_GIT_NAMESPACE: &str = "rpms";
