//! Jobs that need neither Copr nor Testing Farm: scratch builds in Koji from an SRPM, and releases into dist-git.

use super::builds::configured;
use super::targets::is_name;
use super::{Draft, PlannedInput, PlannedJob, PlannedStep, PlannedTarget, View};
use crate::details::{DistGitSync, JobDetails, KojiBuild, TargetDetails};
use crate::package_config::{JobConfig, JobType};
use crate::words::{JobKind, Needs};

/// What Packit does where a job names no dist-git branch.
const DEFAULT_DIST_GIT_BRANCH: &str = "rawhide";

impl<'a> Draft<'a> {
    /// Plans what is neither a Copr build nor a test.
    pub(super) fn plan_others(&mut self, views: &[View<'a>]) {
        for (index, job) in views {
            match job.job {
                JobType::UpstreamKojiBuild => self.plan_scratch_build(*index, job),
                JobType::ProposeDownstream => self.plan_propose_downstream(*index, job),
                _ => {}
            }
        }
    }

    fn plan_scratch_build(&mut self, index: usize, job: &'a JobConfig) {
        let targets = if job.targets.is_empty() {
            self.releases.koji_targets(crate::releases::DEFAULT_TARGET)
        } else {
            self.expand(job, job.targets.names(), |draft, name| draft.releases.koji_targets(name))
        };
        if targets.is_empty() {
            return self.omit(job, None, "its targets stand for no Koji target");
        }
        let srpm = self.srpm_of(index, job);
        let inputs = vec![PlannedInput { target: 0, needs: Needs::Success }];
        let targets = targets.into_iter().map(|name| planned(name, &inputs)).collect();
        self.push_other(index, job, JobKind::KojiBuild, Some(srpm), targets);
    }

    fn plan_propose_downstream(&mut self, index: usize, job: &JobConfig) {
        let mut targets: Vec<PlannedTarget> = Vec::new();
        for (name, options) in job.dist_git_branches.iter() {
            let followers = self.branches(job, options.fast_forward_merge_into().into_iter());
            for branch in self.branches(job, std::iter::once(name.as_str())) {
                if targets.iter().any(|target| target.name == branch) {
                    continue;
                }
                let fast_forward =
                    followers.iter().filter(|follower| **follower != branch).cloned().collect();
                let details = TargetDetails { fast_forward, ..TargetDetails::default() };
                targets.push(PlannedTarget { name: branch, details, inputs: Vec::new() });
            }
        }
        if job.dist_git_branches.is_empty() {
            targets.push(planned(DEFAULT_DIST_GIT_BRANCH.to_owned(), &[]));
        }
        if targets.is_empty() {
            return self.omit(job, None, "its dist_git_branches stand for no branch");
        }
        self.push_other(index, job, JobKind::ProposeDownstream, None, targets);
    }

    fn branches<'n>(&mut self, job: &JobConfig, names: impl Iterator<Item = &'n str>) -> Vec<String> {
        self.expand(job, names, |draft, name| draft.releases.branches(name, DEFAULT_DIST_GIT_BRANCH))
    }

    fn expand<'n>(
        &mut self,
        job: &JobConfig,
        names: impl Iterator<Item = &'n str>,
        expand: impl Fn(&Self, &str) -> Vec<String>,
    ) -> Vec<String> {
        let mut expanded: Vec<String> = Vec::new();
        for name in names {
            if !is_name(name) {
                self.omit(job, Some(name), "no branch, release or alias can have this name");
                continue;
            }
            for target in expand(self, name) {
                if !expanded.contains(&target) {
                    expanded.push(target);
                }
            }
        }
        expanded
    }

    fn push_other(
        &mut self,
        index: usize,
        job: &JobConfig,
        kind: JobKind,
        previous: Option<usize>,
        targets: Vec<PlannedTarget>,
    ) {
        let configured = configured(Some(index), job);
        let source = self.source(job);
        let details = match kind {
            JobKind::KojiBuild => {
                JobDetails::KojiBuild(KojiBuild { configured, source, scratch: true, ..KojiBuild::default() })
            }
            _ => JobDetails::DistGitSync(DistGitSync {
                configured,
                source,
                downstream_package: job.downstream_package_name.clone().unwrap_or_default(),
                version: None,
            }),
        };
        let planned = PlannedJob { kind, identifier: job.identifier.clone(), details, targets };
        self.push(PlannedStep { previous, job: planned });
    }
}

fn planned(name: String, inputs: &[PlannedInput]) -> PlannedTarget {
    PlannedTarget { name, details: TargetDetails::default(), inputs: inputs.to_vec() }
}
