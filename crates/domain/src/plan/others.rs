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
        self.push_other(index, job, JobKind::KojiBuild, Some(srpm), targets, &inputs);
    }

    fn plan_propose_downstream(&mut self, index: usize, job: &JobConfig) {
        let branches = if job.dist_git_branches.is_empty() {
            vec![DEFAULT_DIST_GIT_BRANCH.to_owned()]
        } else {
            self.expand(job, job.dist_git_branches.names(), |draft, name| {
                draft.releases.branches(name, DEFAULT_DIST_GIT_BRANCH)
            })
        };
        if branches.is_empty() {
            return self.omit(job, None, "its dist_git_branches stand for no branch");
        }
        self.push_other(index, job, JobKind::ProposeDownstream, None, branches, &[]);
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
        names: Vec<String>,
        inputs: &[PlannedInput],
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
        let targets = names.into_iter().map(|name| PlannedTarget {
            name,
            details: TargetDetails::default(),
            inputs: inputs.to_vec(),
        });
        let planned =
            PlannedJob { kind, identifier: job.identifier.clone(), details, targets: targets.collect() };
        self.push(PlannedStep { previous, job: planned });
    }
}
