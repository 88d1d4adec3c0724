use super::super::builds::configured;
use super::super::select::{not_possible_here, wrong_instance};
use super::super::tags::{tag_of, version_of, wrong_tag};
use super::super::{Omission, Plan, PlannedJob, PlannedPipeline, PlannedStep, Rules, sync};
use crate::details::{DistGitSync, JobDetails, Source};
use crate::package_config::{JobConfig, JobType, PackageConfig, Trigger};
use crate::releases::Releases;
use crate::words::{JobKind, ProjectKey};

/// A version of a package's upstream, to be carried into dist-git.
#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    /// The package's repository at dist-git.
    pub package: &'a ProjectKey,
    /// The version.
    pub version: &'a str,
    /// The bugs that its update resolves: `rhbz#2106196`.
    pub bugs: Vec<String>,
    /// Whether somebody asked for it.
    pub is_command: bool,
}

/// Plans what a new version of a package's upstream starts, by the configuration in dist-git: a `pull_from_upstream` for each
/// job, with a target for each branch (`docs/contracts.md` 8.2, 8.6). Pure, as [`super::super::plan`].
pub fn plan_pull(
    new: &NewVersion<'_>,
    configuration: &PackageConfig,
    releases: &Releases,
    rules: &Rules,
) -> Plan {
    let (mut steps, mut omissions) = (Vec::new(), Vec::new());
    for (index, job) in pulls(configuration) {
        if let Some(reason) = reason_against(new, job, rules) {
            omissions.push(Omission::of_job(job, None, reason));
            continue;
        }
        let sync::Branches { targets, refused } = sync::branches(releases, job);
        omissions.extend(refused.iter().map(|name| Omission::of_job(job, Some(name), sync::NO_NAME)));
        if targets.is_empty() {
            omissions.push(Omission::of_job(job, None, sync::NO_BRANCH));
            continue;
        }
        let details = JobDetails::DistGitSync(DistGitSync {
            configured: configured(Some(index), job),
            source: Source {
                url: job.upstream_project_url.clone().unwrap_or_default(),
                tag: Some(tag_of(job, new.version)),
                ..Source::default()
            },
            downstream_package: new.package.name.clone(),
            version: Some(new.version.to_owned()),
            bugs: new.bugs.clone(),
            no_upload: !job.upload_sources,
            tells_failure: job.issue_repository.as_deref().and_then(ProjectKey::of_address),
        });
        let kind = JobKind::PullFromUpstream;
        let job = PlannedJob { kind, identifier: job.identifier.clone(), details, targets };
        steps.push(PlannedStep { previous: None, job });
    }
    let pipelines = Vec::from_iter((!steps.is_empty()).then_some(PlannedPipeline { package: None, steps }));
    let mut plan = Plan { pipelines, omissions };
    rules.enforce_limits(&mut plan);
    if plan.pipelines.is_empty() && plan.omissions.is_empty() {
        let reason =
            "the configuration has no job that starts on a new version of its upstream: pull_from_upstream";
        plan.omissions.push(Omission::of_event(reason));
    }
    plan
}

/// The upstream of a package, as the first of its jobs that follow it says: the address of its project, if it names one.
/// None if no job follows it.
pub fn upstream_of(configuration: &PackageConfig) -> Option<Upstream<'_>> {
    let (_, job) = pulls(configuration).next()?;
    Some(Upstream { url: job.upstream_project_url.as_deref(), job })
}

/// Where a package's sources come from.
#[derive(Debug, Clone, Copy)]
pub struct Upstream<'a> {
    /// The address of the project; none if it is no repository that is known.
    pub url: Option<&'a str>,
    job: &'a JobConfig,
}

impl Upstream<'_> {
    /// The tag of a version.
    pub fn tag(&self, version: &str) -> String {
        tag_of(self.job, version)
    }

    /// The version that a tag is of; none if it is of none.
    pub fn version(&self, tag: &str) -> Option<String> {
        version_of(self.job, tag)
    }
}

fn pulls(configuration: &PackageConfig) -> impl Iterator<Item = (usize, &JobConfig)> {
    let jobs = configuration.jobs.iter().enumerate();
    jobs.filter(|(_, job)| job.job == JobType::PullFromUpstream && job.trigger != Trigger::Ignore)
}

fn reason_against(new: &NewVersion<'_>, job: &JobConfig, rules: &Rules) -> Option<String> {
    let other = job.downstream_package_name.as_ref().filter(|package| **package != new.package.name);
    other
        .map(|package| format!("it is about the package {package}, and this is {}", new.package.name))
        .or_else(|| wrong_instance(job, rules))
        .or_else(|| {
            (job.manual_trigger && !new.is_command)
                .then(|| "manual_trigger is set: it starts only when somebody asks for it".to_owned())
        })
        .or_else(|| wrong_tag(job, &tag_of(job, new.version)))
        .or_else(|| not_possible_here(job, rules))
}
