//! What a name in a configuration stands for: chroots, dist-git branches, Koji targets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Alias, Releases};

/// What is meant where a configuration names nothing.
pub const DEFAULT_TARGET: &str = "fedora-stable";

const ARCHITECTURES: [&str; 6] = ["aarch64", "armhfp", "i386", "ppc64le", "s390x", "x86_64"];
const DEFAULT_ARCHITECTURE: &str = "x86_64";
const RAWHIDE: &str = "rawhide";
const MAIN: &str = "main";

/// What one name stands for: a known release, or itself.
enum Expanded<'a> {
    Release(&'a str, &'a str),
    Unknown(&'a str),
}

impl Releases {
    /// The chroots of a target, sorted. A target is an alias, a release or any other name, followed
    /// by an architecture or not; an unknown name stands for itself.
    pub fn build_targets(&self, target: &str) -> Vec<String> {
        let (name, architecture) = target
            .rsplit_once('-')
            .filter(|(_, last)| ARCHITECTURES.contains(last))
            .unwrap_or((target, DEFAULT_ARCHITECTURE));
        let chroots = self.expand(name).into_iter().map(|expanded| {
            let chroot = match expanded {
                Expanded::Release(namever, branch) => chroot_name(namever, branch),
                // The name was dropped by Copr when there came to be several.
                Expanded::Unknown("centos-stream") => "centos-stream-8".to_owned(),
                Expanded::Unknown(name) => name.to_owned(),
            };
            format!("{chroot}-{architecture}")
        });
        sorted(chroots)
    }

    /// The dist-git branches of a name, sorted; Rawhide's is `default_branch`, which is `main` or
    /// `rawhide`.
    pub fn branches(&self, name: &str, default_branch: &str) -> Vec<String> {
        let branches = self.expand(name).into_iter().map(|expanded| match expanded {
            Expanded::Release(_, RAWHIDE) => default_branch.to_owned(),
            Expanded::Release(_, branch) => branch.to_owned(),
            Expanded::Unknown(name) => name.to_owned(),
        });
        sorted(branches)
    }

    /// The dist-git branches of a name, sorted, with both names of Rawhide's.
    pub fn branches_with_aliases(&self, name: &str) -> Vec<String> {
        let branches = self.branches(name, MAIN);
        let both = branches.iter().any(|branch| branch == MAIN).then(|| RAWHIDE.to_owned());
        sorted(branches.into_iter().chain(both))
    }

    /// The Koji targets of a name, sorted: called as the branches, but for EPEL up to 6.
    pub fn koji_targets(&self, name: &str) -> Vec<String> {
        let targets = self.expand(name).into_iter().map(|expanded| match expanded {
            Expanded::Release(namever, branch) if branch.starts_with("el") && branch != "eln" => {
                namever.replace('-', "")
            }
            Expanded::Release(_, branch) => branch.to_owned(),
            Expanded::Unknown(name) => name.to_owned(),
        });
        sorted(targets)
    }

    /// All aliases, and what each of `names` stands for in every respect.
    pub fn report(&self, names: &[String]) -> AliasReport<'_> {
        let each = |expand: &dyn Fn(&str) -> Vec<String>| {
            names.iter().map(|name| (name.clone(), expand(name))).collect()
        };
        AliasReport {
            aliases: self.aliases(),
            build_targets: each(&|name| self.build_targets(name)),
            branches_default_main: each(&|name| self.branches(name, MAIN)),
            branches_default_rawhide: each(&|name| self.branches(name, RAWHIDE)),
            branches_with_aliases: each(&|name| self.branches_with_aliases(name)),
            koji_targets: each(&|name| self.koji_targets(name)),
        }
    }

    /// An alias is looked for first, then a single release by name or branch.
    fn expand<'a>(&'a self, name: &'a str) -> Vec<Expanded<'a>> {
        let as_expanded = |alias: &'a Alias| Expanded::Release(&alias.namever, &alias.branch);
        if let Some(releases) = self.aliases().get(name) {
            return releases.iter().map(as_expanded).collect();
        }
        let known =
            ["fedora-all", "epel-all"].into_iter().filter_map(|all| self.aliases().get(all)).flatten();
        let mut found: Vec<_> =
            known.filter(|alias| alias.namever == name || alias.branch == name).map(as_expanded).collect();
        if matches!(name, "fedora-eln" | "eln") {
            found.push(Expanded::Release("fedora-eln", "eln"));
        }
        if found.is_empty() {
            found.push(Expanded::Unknown(name));
        }
        found
    }
}

/// From EPEL 10 on the chroot of the leading minor version has the major's name, and the older ones
/// share one that builds against RHEL.
fn chroot_name(namever: &str, branch: &str) -> String {
    let major = namever
        .strip_prefix("epel-")
        .and_then(|version| version.split('.').next())
        .and_then(|major| major.parse::<u64>().ok())
        .filter(|major| *major >= 10);
    match major {
        Some(major) if branch.contains('.') => format!("rhel+epel-{major}"),
        Some(major) => format!("epel-{major}"),
        None => namever.to_owned(),
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// All aliases and what some names stand for, as `packflow aliases` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AliasReport<'a> {
    /// Every alias with its releases.
    pub aliases: &'a BTreeMap<String, Vec<Alias>>,
    /// Chroots by name.
    pub build_targets: BTreeMap<String, Vec<String>>,
    /// Dist-git branches by name, where the default branch is `main`.
    pub branches_default_main: BTreeMap<String, Vec<String>>,
    /// Dist-git branches by name, where the default branch is `rawhide`.
    pub branches_default_rawhide: BTreeMap<String, Vec<String>>,
    /// Dist-git branches by name, with both names of the default branch.
    pub branches_with_aliases: BTreeMap<String, Vec<String>>,
    /// Koji targets by name.
    pub koji_targets: BTreeMap<String, Vec<String>>,
}
