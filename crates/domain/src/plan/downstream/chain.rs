//! The steps: builds, and behind them the updates of the same branches.

use std::collections::BTreeSet;

use super::super::builds::configured;
use super::super::{Omission, PlannedInput, PlannedJob, PlannedStep, PlannedTarget, Rules};
use super::select::Selected;
use super::{Branch, Cause, Downstream};
use crate::details::{BodhiUpdate, JobDetails, KojiBuild, KojiTagRequest, Source, TargetDetails};
use crate::package_config::{JobConfig, JobType};
use crate::releases::Releases;
use crate::words::{JobKind, Needs};

/// The pipeline while it is planned.
pub(super) struct Draft<'a> {
    pub(super) happened: &'a Downstream<'a>,
    pub(super) releases: &'a Releases,
    pub(super) rules: &'a Rules,
    pub(super) steps: Vec<PlannedStep>,
    pub(super) omissions: Vec<Omission>,
}

/// A planned build: the place of its step, and the job it came from.
struct Build<'a> {
    step: usize,
    job: &'a JobConfig,
}

impl<'a> Draft<'a> {
    pub(super) fn omit(&mut self, job: &JobConfig, name: Option<&str>, reason: impl Into<String>) {
        self.omissions.push(Omission::of_job(job, name, reason));
    }

    /// Plans what is selected, in the order of the file, builds first.
    pub(super) fn chain(&mut self, selected: &[Selected<'a>]) {
        if matches!(self.happened.cause, Cause::TagCommand) {
            return self.tag_requests(selected);
        }
        let mut builds = Vec::new();
        for selected in selected.iter().filter(|selected| selected.job.job == JobType::KojiBuild) {
            let step = self.build(selected);
            builds.push(Build { step, job: selected.job });
        }
        for selected in selected.iter().filter(|selected| selected.job.job == JobType::BodhiUpdate) {
            self.update(selected, &builds);
        }
    }

    fn build(&mut self, selected: &Selected<'a>) -> usize {
        let job = selected.job;
        let details = JobDetails::KojiBuild(KojiBuild {
            configured: configured(Some(selected.index), job),
            source: Source { url: self.happened.project_url.clone(), ..Source::default() },
            scratch: job.scratch,
            sidetag_group: job.sidetag_group.clone(),
            dependencies: job.dependencies.clone().unwrap_or_default(),
        });
        let targets = selected.branches.iter().map(|branch| self.target(branch, Vec::new())).collect();
        self.push(None, JobKind::KojiBuild, job, details, targets)
    }

    /// An update is made of the build of the same branch, by the first job that builds for the same group of sidetags. One
    /// of a sidetag needs no build of this workflow, if something was tagged or somebody asks for it.
    fn update(&mut self, selected: &Selected<'a>, builds: &[Build<'a>]) {
        let job = selected.job;
        let build = builds
            .iter()
            .find(|build| !build.job.scratch && build.job.sidetag_group == job.sidetag_group)
            .map(|build| build.step);
        let mut targets = Vec::new();
        for branch in &selected.branches {
            let input = build.and_then(|step| {
                let built = &self.steps[step].job.targets;
                built.iter().position(|target| target.name == branch.name)
            });
            match (input, self.happened.cause) {
                (Some(target), _) => {
                    targets.push(self.target(branch, vec![PlannedInput { target, needs: Needs::Success }]));
                }
                (None, Cause::Tag { present, sidetag, .. }) => {
                    match lacking(job, &self.happened.project.name, present) {
                        None => targets.push(self.target(branch, Vec::new())),
                        Some(lacking) => {
                            let reason = format!("it waits for {lacking}: not in the sidetag {sidetag} yet");
                            self.omit(job, Some(&branch.name), reason);
                        }
                    }
                }
                (None, Cause::Build { .. } | Cause::UpdateCommand) => {
                    targets.push(self.target(branch, Vec::new()));
                }
                (None, _) => self.omit(
                    job,
                    Some(&branch.name),
                    match &job.sidetag_group {
                        None => "it starts when a Koji build of this branch is complete, and none is started here".to_owned(),
                        Some(group) => format!(
                            "it is made of a sidetag of the group {group}, and no build into that is started here"
                        ),
                    },
                ),
            }
        }
        if targets.is_empty() {
            return;
        }
        // Only what consumes a build stands behind it.
        let previous = build.filter(|_| targets.iter().any(|target| !target.inputs.is_empty()));
        let details = JobDetails::BodhiUpdate(BodhiUpdate {
            configured: configured(Some(selected.index), job),
            sidetag_group: job.sidetag_group.clone(),
            dependencies: job.dependencies.clone().unwrap_or_default(),
        });
        self.push(previous, JobKind::BodhiUpdate, job, details, targets);
    }

    /// One request for each group, whatever jobs name it.
    fn tag_requests(&mut self, selected: &[Selected<'a>]) {
        let mut groups: Vec<&str> = Vec::new();
        for selected in selected {
            let Some(group) = selected.job.sidetag_group.as_deref() else { continue };
            if groups.contains(&group) {
                continue;
            }
            groups.push(group);
            let details = JobDetails::KojiTagRequest(KojiTagRequest {
                configured: configured(Some(selected.index), selected.job),
                sidetag_group: group.to_owned(),
            });
            let targets = selected.branches.iter().map(|branch| self.target(branch, Vec::new())).collect();
            self.push(None, JobKind::KojiTagRequest, selected.job, details, targets);
        }
    }

    fn target(&self, branch: &Branch, inputs: Vec<PlannedInput>) -> PlannedTarget {
        let mut details = TargetDetails {
            revision: branch.revision.clone(),
            nvr: branch.nvr.clone(),
            ..TargetDetails::default()
        };
        if let Cause::Tag { sidetag, .. } = self.happened.cause {
            details.sidetag = Some(sidetag.to_owned());
        }
        PlannedTarget { name: branch.name.clone(), details, inputs }
    }

    fn push(
        &mut self,
        previous: Option<usize>,
        kind: JobKind,
        job: &JobConfig,
        details: JobDetails,
        targets: Vec<PlannedTarget>,
    ) -> usize {
        let planned = PlannedJob { kind, identifier: job.identifier.clone(), details, targets };
        self.steps.push(PlannedStep { previous, job: planned });
        self.steps.len() - 1
    }
}

/// The packages that an update needs and that are not there: those it depends on, and its own.
fn lacking(job: &JobConfig, own: &str, present: &BTreeSet<String>) -> Option<String> {
    let needed = job.dependencies.iter().flatten().map(String::as_str).chain([own]);
    let lacking: BTreeSet<&str> = needed.filter(|package| !present.contains(*package)).collect();
    (!lacking.is_empty()).then(|| lacking.into_iter().collect::<Vec<_>>().join(", "))
}
