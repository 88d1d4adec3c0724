//! Tests, and which build each of them consumes.

use std::collections::BTreeMap;

use super::builds::{Build, configured};
use super::targets::{Chroot, is_distribution};
use super::{Draft, PlannedInput, PlannedJob, PlannedStep, PlannedTarget, View};
use crate::details::{JobDetails, TargetDetails, TestRun};
use crate::package_config::{JobConfig, JobType};
use crate::releases::{TestingFarmRanch, test_distributions};
use crate::words::{JobKind, Needs};

impl Draft<'_> {
    /// Plans the test jobs behind the builds that they consume.
    pub(super) fn plan_test_runs(&mut self, views: &[View<'_>], builds: &[Build<'_>]) {
        for (index, job) in views.iter().filter(|(_, job)| job.job == JobType::Tests) {
            if job.skip_build {
                self.plan_tests_without_build(*index, job);
            } else {
                self.plan_tests_of_builds(*index, job, builds);
            }
        }
    }

    fn plan_tests_without_build(&mut self, index: usize, job: &JobConfig) {
        let mut targets: Vec<PlannedTarget> = Vec::new();
        for chroot in self.chroots(job) {
            for name in distributions(job, &chroot) {
                if !is_distribution(&name) {
                    self.omit(job, Some(&name), "no distribution can have this name");
                } else if !targets.iter().any(|target| target.name == name) {
                    targets.push(PlannedTarget {
                        name,
                        details: TargetDetails::default(),
                        inputs: Vec::new(),
                    });
                }
            }
        }
        if targets.is_empty() {
            self.omit(job, None, "its targets stand for no distribution");
        } else {
            self.push_tests(index, job, None, targets);
        }
    }

    /// A step has one previous step, so tests whose inputs are of two build jobs make two steps.
    fn plan_tests_of_builds(&mut self, index: usize, job: &JobConfig, builds: &[Build<'_>]) {
        if builds.is_empty() {
            return self.omit(
                job,
                None,
                "it tests builds, but no copr_build job with the same trigger was started; set skip_build to test without",
            );
        }
        let chroots =
            if job.targets.is_empty() { self.built_chroots(job, builds) } else { self.chroots(job) };
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        let mut by_step: BTreeMap<usize, Vec<PlannedTarget>> = BTreeMap::new();
        for chroot in chroots {
            let Some((step, input)) = self.build_of(job, &chroot.name, builds) else {
                self.omit(job, Some(&chroot.name), "no build is defined for this target");
                continue;
            };
            for name in distributions(job, &chroot) {
                if !is_distribution(&name) {
                    self.omit(job, Some(&name), "no distribution can have this name");
                    continue;
                }
                if let Some(other) = taken.get(&name) {
                    let reason = format!(
                        "the build of {} would be tested there too, but the build of {other} comes first in the file",
                        chroot.name
                    );
                    self.omit(job, Some(&name), reason);
                    continue;
                }
                taken.insert(name.clone(), chroot.name.clone());
                let inputs = vec![PlannedInput { target: input, needs: Needs::Success }];
                by_step.entry(step).or_default().push(PlannedTarget {
                    name,
                    details: TargetDetails::default(),
                    inputs,
                });
            }
        }
        for (step, targets) in by_step {
            self.push_tests(index, job, Some(step), targets);
        }
    }

    /// The chroots of a test job that names none: those of the build job with the same identifier, else of the first build
    /// job (`docs/contracts.md` 8.3).
    fn built_chroots<'a>(&self, job: &JobConfig, builds: &[Build<'_>]) -> Vec<Chroot<'a>> {
        let same = builds.iter().find(|build| build.job.identifier == job.identifier);
        let targets = same.or(builds.first()).map(|build| &self.steps[build.step].job.targets);
        let chroot = |target: &PlannedTarget| Chroot { name: target.name.clone(), options: None };
        targets.into_iter().flatten().map(chroot).collect()
    }

    /// The build of a chroot that a test consumes: of the build job with the same identifier, else of the first build job
    /// that has the chroot (`docs/design.md` section 4). The place of its step, and of the target in it.
    fn build_of(&self, job: &JobConfig, chroot: &str, builds: &[Build<'_>]) -> Option<(usize, usize)> {
        let same = builds.iter().filter(|build| build.job.identifier == job.identifier);
        same.chain(builds).find_map(|build| {
            let targets = &self.steps[build.step].job.targets;
            let index = targets.iter().position(|target| target.name == chroot)?;
            Some((build.step, index))
        })
    }

    fn push_tests(
        &mut self,
        index: usize,
        job: &JobConfig,
        previous: Option<usize>,
        targets: Vec<PlannedTarget>,
    ) {
        let details = JobDetails::TestRun(Box::new(self.test_run(index, job)));
        self.push(PlannedStep {
            previous,
            job: PlannedJob { kind: JobKind::TestRun, identifier: job.identifier.clone(), details, targets },
        });
    }

    fn test_run(&self, index: usize, job: &JobConfig) -> TestRun {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut run = TestRun {
            configured: configured(Some(index), job),
            source: self.source(job),
            fmf_url: job.fmf_url.clone(),
            fmf_ref: job.fmf_ref.clone(),
            fmf_path: job.fmf_path.clone(),
            tmt_plan: job.tmt_plan.clone(),
            post_install_script: job.tf_post_install_script.clone(),
            internal: job.use_internal_tf,
            use_target_repository: job.use_target_repo_for_fmf_url,
            variables: job.env.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            extra: serde_json::Value::Object(job.tf_extra_params.clone().into_iter().collect()),
            timeout_minutes: None,
        };
        if let Some(wanted) = &self.occasion.wanted {
            run.change_variables(&wanted.variables);
        }
        run
    }
}

/// The test targets of a chroot: what its entry names as `distros`, else the usual one.
fn distributions(job: &JobConfig, chroot: &Chroot<'_>) -> Vec<String> {
    let ranch = if job.use_internal_tf { TestingFarmRanch::Internal } else { TestingFarmRanch::Public };
    let distros = chroot.options.map(|options| options.distros()).unwrap_or_default();
    test_distributions(&chroot.name, ranch, &distros)
}
