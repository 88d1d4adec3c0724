//! The releases of Fedora and EPEL, and what their aliases stand for.
//!
//! A configuration names distributions by alias (`fedora-stable`), by release (`fedora-42`), by
//! dist-git branch (`f42`) or by any other name. Which releases there are is told by Bodhi's list
//! (`docs/contracts.md`, section 6.1); one ships with the program, so that it works without Bodhi.

mod bodhi;
mod distributions;
mod expand;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use bodhi::ReleaseListError;
pub use distributions::{TestingFarmRanch, test_distributions};
pub use expand::{AliasReport, DEFAULT_TARGET};

const SHIPPED_BODHI: &str = include_str!("../../data/bodhi-releases.json");
const SHIPPED_OPENSUSE: &str = include_str!("../../data/opensuse-releases.json");

/// One release that an alias stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alias {
    /// Name and version, such as `fedora-rawhide` or `epel-10.1`.
    pub namever: String,
    /// Its dist-git branch, such as `rawhide` or `epel10.1`.
    pub branch: String,
}

/// What the aliases stand for at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releases {
    aliases: BTreeMap<String, Vec<Alias>>,
    /// Branches whose updates are made by Fedora for each build.
    automatic: BTreeSet<String>,
}

/// Whose updates Fedora makes by itself whatever the list says: one that is older than the field does not say it.
const ALWAYS_AUTOMATIC: [&str; 3] = ["rawhide", "main", "eln"];

impl Releases {
    /// The release table that ships with the program.
    pub fn shipped() -> Self {
        Self::from_bodhi([SHIPPED_BODHI]).expect("the shipped release table is read by a test")
    }

    /// Reads Bodhi's list of releases, given as the bodies of all its pages.
    ///
    /// # Errors
    /// A page is no such list, some of the pages are not given, a release of Fedora or EPEL has no
    /// version, or there is no Fedora at all: then the table at hand is the better one.
    pub fn from_bodhi<'a>(pages: impl IntoIterator<Item = &'a str>) -> Result<Self, ReleaseListError> {
        let releases = bodhi::read_pages(pages)?;
        let automatic = bodhi::with_automatic_updates(&releases);
        let mut aliases = bodhi::aliases(releases)?;
        aliases.extend(opensuse());
        Ok(Self { aliases, automatic })
    }

    /// Whether Fedora makes a Bodhi update for each build of this dist-git branch by itself (`create_automatic_updates`,
    /// `docs/contracts.md` 6): Rawhide, ELN, and a branched release before its freeze.
    pub fn makes_updates_itself(&self, branch: &str) -> bool {
        ALWAYS_AUTOMATIC.contains(&branch) || self.automatic.contains(branch)
    }

    /// Every alias with its releases, the oldest first.
    pub fn aliases(&self) -> &BTreeMap<String, Vec<Alias>> {
        &self.aliases
    }
}

/// The aliases of openSUSE. They have no dist-git here: the branch is the name.
fn opensuse() -> BTreeMap<String, Vec<Alias>> {
    let shipped: BTreeMap<String, Vec<String>> =
        serde_json::from_str(SHIPPED_OPENSUSE).expect("the shipped table is read by a test");
    let alias = |name: String| Alias { branch: name.clone(), namever: name };
    shipped.into_iter().map(|(name, releases)| (name, releases.into_iter().map(alias).collect())).collect()
}
