//! The dist-git branches that a release is carried into: one target for each.

use super::PlannedTarget;
use super::targets::is_name;
use crate::details::TargetDetails;
use crate::package_config::JobConfig;
use crate::releases::Releases;

/// What Packit does where a job names no dist-git branch.
const DEFAULT_BRANCH: &str = "rawhide";
/// Why a name is left out.
pub(super) const NO_NAME: &str = "no branch, release or alias can have this name";
/// Why a job is left out.
pub(super) const NO_BRANCH: &str = "its dist_git_branches stand for no branch";

/// What the `dist_git_branches` of a job stand for.
pub(super) struct Branches {
    /// A target for each branch, in the order of the file; each knows those that are moved forward with it.
    pub(super) targets: Vec<PlannedTarget>,
    /// What no branch can be called.
    pub(super) refused: Vec<String>,
}

/// Where a koji_build job that names no branch builds (`docs/contracts.md` 8.6).
const RAWHIDE: [&str; 2] = ["main", "rawhide"];

/// The branches that a koji_build job builds for.
pub(super) fn branches_of_builds(releases: &Releases, job: &JobConfig) -> Vec<String> {
    if job.dist_git_branches.is_empty() {
        return RAWHIDE.map(str::to_owned).to_vec();
    }
    job.dist_git_branches.names().flat_map(|name| releases.branches_with_aliases(name)).collect()
}

/// The branches of a job, each once: where two entries stand for one branch, the options of the first hold.
pub(super) fn branches(releases: &Releases, job: &JobConfig) -> Branches {
    let mut found = Branches { targets: Vec::new(), refused: Vec::new() };
    if job.dist_git_branches.is_empty() {
        found.targets.push(target(DEFAULT_BRANCH.to_owned(), Vec::new()));
    }
    for (name, options) in job.dist_git_branches.iter() {
        let followers: Vec<String> = options
            .fast_forward_merge_into()
            .into_iter()
            .flat_map(|name| found.expand(releases, name))
            .collect();
        for branch in found.expand(releases, name) {
            if found.targets.iter().any(|target| target.name == branch) {
                continue;
            }
            let mut fast_forward: Vec<String> = Vec::new();
            for follower in followers.iter().filter(|follower| **follower != branch) {
                if !fast_forward.contains(follower) {
                    fast_forward.push(follower.clone());
                }
            }
            found.targets.push(target(branch, fast_forward));
        }
    }
    found
}

impl Branches {
    fn expand(&mut self, releases: &Releases, name: &str) -> Vec<String> {
        if is_name(name) {
            return releases.branches(name, DEFAULT_BRANCH);
        }
        self.refused.push(name.to_owned());
        Vec::new()
    }
}

fn target(name: String, fast_forward: Vec<String>) -> PlannedTarget {
    let details = TargetDetails { fast_forward, ..TargetDetails::default() };
    PlannedTarget { name, details, inputs: Vec::new() }
}
