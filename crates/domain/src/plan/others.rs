//! Jobs that need neither Copr nor Testing Farm: scratch builds in Koji from an SRPM, and releases into dist-git.

use super::builds::configured;
use super::tags::version_of;
use super::targets::is_name;
use super::{Draft, PlannedInput, PlannedJob, PlannedStep, PlannedTarget, Trigger, View, sync};
use crate::details::{DistGitSync, JobDetails, KojiBuild, Source, TargetDetails};
use crate::package_config::{JobConfig, JobType};
use crate::words::{JobKind, Needs};

impl<'a> Draft<'a> {
    /// Plans what is neither a Copr build nor a test.
    pub(super) fn plan_others(&mut self, views: &[View<'a>]) {
        for (index, job) in views {
            match job.job {
                JobType::UpstreamKojiBuild => self.plan_scratch_build(*index, job),
                JobType::ProposeDownstream => self.plan_propose_downstream(*index, job),
                JobType::KojiBuild => self.plan_proposed_build(*index, job),
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

    /// A scratch build of what a pull request proposes to a package, for the branch that it goes into.
    fn plan_proposed_build(&mut self, index: usize, job: &JobConfig) {
        let Trigger::PullRequest(pull_request) = self.occasion.trigger else { return };
        let branch = &pull_request.target_branch;
        let own = sync::branches_of_builds(self.releases, job);
        if !own.contains(branch) {
            let reason = format!("its dist_git_branches stand for {}", own.join(", "));
            return self.omit(job, Some(branch), reason);
        }
        let repository = pull_request.source.as_ref().unwrap_or(self.occasion.project);
        let url = repository.clone_url();
        let details = JobDetails::KojiBuild(KojiBuild {
            configured: configured(Some(index), job),
            source: Source { url, ..Source::default() },
            scratch: true,
            ..KojiBuild::default()
        });
        let targets = vec![planned(branch.clone(), &[])];
        let job =
            PlannedJob { kind: JobKind::KojiBuild, identifier: job.identifier.clone(), details, targets };
        self.push(PlannedStep { previous: None, job });
    }

    fn plan_propose_downstream(&mut self, index: usize, job: &JobConfig) {
        let sync::Branches { targets, refused } = sync::branches(self.releases, job);
        for name in refused {
            self.omit(job, Some(&name), sync::NO_NAME);
        }
        if targets.is_empty() {
            return self.omit(job, None, sync::NO_BRANCH);
        }
        self.push_other(index, job, JobKind::ProposeDownstream, None, targets);
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
                self.omit(job, Some(name), sync::NO_NAME);
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
                version: source.tag.as_deref().and_then(|tag| version_of(job, tag)),
                source,
                downstream_package: job.downstream_package_name.clone().unwrap_or_default(),
                tells_failure: job.notifications.failure_issue_create.then(|| self.occasion.project.clone()),
                no_upload: !job.upload_sources,
                ..DistGitSync::default()
            }),
        };
        let planned = PlannedJob { kind, identifier: job.identifier.clone(), details, targets };
        self.push(PlannedStep { previous, job: planned });
    }
}

fn planned(name: String, inputs: &[PlannedInput]) -> PlannedTarget {
    PlannedTarget { name, details: TargetDetails::default(), inputs: inputs.to_vec() }
}
