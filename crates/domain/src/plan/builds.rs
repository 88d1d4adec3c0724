//! SRPMs and the builds in Copr that are made from them.

use super::targets::Chroot;
use super::{Draft, Omission, PlannedInput, PlannedJob, PlannedStep, PlannedTarget, Trigger, View};
use crate::details::{
    Configured, CoprBuild, JobDetails, PullRequestSource, Source, SrpmBuild, TargetDetails,
};
use crate::notifications;
use crate::package_config::{Bootstrap, JobConfig, JobType};
use crate::words::{JobKind, Needs};

/// The name of an SRPM's one target.
const SRPM: &str = "srpm";

/// Why nothing is scanned. Only where a configuration says how: that scans are wanted is the default everywhere.
const SCANS: &str =
    "scans of builds with OpenScanHub are not supported yet: csmock_args says how, and nothing here does it";

/// A planned Copr job: the place of its step, and the job it came from.
pub(super) struct Build<'a> {
    pub(super) step: usize,
    pub(super) job: &'a JobConfig,
}

impl<'a> Draft<'a> {
    /// Plans the builds in Copr, each behind its SRPM.
    pub(super) fn plan_builds(&mut self, views: &[View<'a>]) -> Vec<Build<'a>> {
        let mut builds = Vec::new();
        for (index, job) in views.iter().filter(|(_, job)| job.job == JobType::CoprBuild) {
            let targets: Vec<PlannedTarget> = self.chroots(job).iter().map(build_target).collect();
            if targets.is_empty() {
                self.omit(job, None, "its targets stand for no chroot");
                continue;
            }
            if job.csmock_args.is_some() {
                self.omissions.push(Omission {
                    kind: JobKind::OpenscanhubScan.to_string(),
                    ..Omission::of_job(job, None, SCANS)
                });
            }
            let srpm = self.srpm_of(*index, job);
            let details = JobDetails::CoprBuild(self.copr_build(*index, job));
            let planned =
                PlannedJob { kind: JobKind::CoprBuild, identifier: job.identifier.clone(), details, targets };
            let step = self.push(PlannedStep { previous: Some(srpm), job: planned });
            builds.push(Build { step, job });
        }
        builds
    }

    /// The step of the SRPM that a job's builds are made from. Jobs whose sources are made in the same way share one.
    pub(super) fn srpm_of(&mut self, index: usize, job: &'a JobConfig) -> usize {
        if let Some((_, step)) = self.srpms.iter().find(|(other, _)| same_srpm(other, job)) {
            return *step;
        }
        let step = self.plan_srpm(index, job);
        self.srpms.push((job, step));
        step
    }

    fn plan_srpm(&mut self, index: usize, job: &JobConfig) -> usize {
        let details = SrpmBuild {
            configured: configured(Some(index), job),
            source: self.source(job),
            build_dependencies: job.srpm_build_deps.clone().unwrap_or_default(),
            release_suffix: job.release_suffix.clone(),
            keep_release: !job.update_release || matches!(self.occasion.trigger, Trigger::Release { .. }),
            chroot: self.newest_stable_fedora(),
            enable_net: job.enable_net,
        };
        let target =
            PlannedTarget { name: SRPM.to_owned(), details: TargetDetails::default(), inputs: Vec::new() };
        self.push(PlannedStep {
            previous: None,
            job: PlannedJob {
                kind: JobKind::SrpmBuild,
                identifier: None,
                details: JobDetails::SrpmBuild(details),
                targets: vec![target],
            },
        })
    }

    /// Packit makes SRPMs in the newest stable Fedora (`docs/contracts.md` 3.5).
    fn newest_stable_fedora(&self) -> String {
        let number = |chroot: &String| {
            chroot.split('-').nth(1).and_then(|version| version.parse::<u32>().ok()).unwrap_or(0)
        };
        let stable = self.releases.build_targets(crate::releases::DEFAULT_TARGET);
        stable.into_iter().max_by_key(number).unwrap_or_else(|| "fedora-rawhide-x86_64".to_owned())
    }

    /// Where the sources of a job come from.
    pub(super) fn source(&self, job: &JobConfig) -> Source {
        let mut source = Source { url: self.occasion.project_url.clone(), ..Source::default() };
        match self.occasion.trigger {
            Trigger::PullRequest(pull_request) => {
                source.pull_request = Some(PullRequestSource {
                    number: pull_request.number,
                    target_branch: pull_request.target_branch.clone(),
                    target_hash: self.occasion.target_hash.clone(),
                    source_url: self.occasion.source_url.clone().unwrap_or_else(|| source.url.clone()),
                    merge: job.merge_pr_in_ci,
                });
            }
            Trigger::Release { tag } => source.tag = Some(tag.to_owned()),
            Trigger::Push { .. } => {}
        }
        source
    }

    fn copr_build(&self, index: usize, job: &JobConfig) -> CoprBuild {
        CoprBuild {
            configured: configured(Some(index), job),
            owner: job.owner.clone(),
            project: job.project.clone().unwrap_or_else(|| self.default_copr_project(job)),
            is_custom_project: job.project.is_some() || job.owner.is_some(),
            forge_project: self.occasion.project.to_string(),
            additional_repos: job.additional_repos.clone(),
            bootstrap: (job.bootstrap != Bootstrap::Default).then(|| job.bootstrap.as_str().to_owned()),
            enable_net: job.enable_net,
            list_on_homepage: job.list_on_homepage,
            preserve_project: job.preserve_project,
            module_hotfixes: job.module_hotfixes,
            timeout_seconds: u64::try_from(job.timeout).ok(),
            tells_success: job.notifications.pull_request_successful_build,
        }
    }

    /// Packit's name for a Copr project that nobody named: `[host-]namespace-repository-id[-identifier]`, where only
    /// GitHub's host is left out, and a job of a monorepo has no identifier (`docs/contracts.md` 3.5).
    fn default_copr_project(&self, job: &JobConfig) -> String {
        let project = self.occasion.project;
        let id = match self.occasion.trigger {
            Trigger::PullRequest(pull_request) => pull_request.number.to_string(),
            Trigger::Push { branch } => branch.to_owned(),
            Trigger::Release { .. } => "releases".to_owned(),
        };
        let host = if project.forge == "github.com" { String::new() } else { format!("{}-", project.forge) };
        let identifier = match (&job.identifier, &job.package) {
            (Some(identifier), None) => format!("-{identifier}"),
            _ => String::new(),
        };
        format!("{host}{}-{}-{id}{identifier}", project.namespace, project.name)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' })
            .collect()
    }
}

/// Package, place and labels of a job of the configuration.
pub(super) fn configured(index: Option<usize>, job: &JobConfig) -> Configured {
    Configured {
        package: job.downstream_package_name.clone().or_else(|| job.package.clone()).unwrap_or_default(),
        index,
        labels: job.labels.clone().unwrap_or_default(),
        status_name_template: job.status_name_template.clone(),
        failure_message: job
            .notifications
            .failure_comment_message
            .as_deref()
            .and_then(notifications::message),
    }
}

fn build_target(chroot: &Chroot<'_>) -> PlannedTarget {
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let details = chroot.options.map_or_else(TargetDetails::default, |options| TargetDetails {
        additional_packages: owned(options.additional_packages()),
        additional_repos: owned(options.additional_repos()),
        additional_modules: options.additional_modules().map(str::to_owned),
        with_opts: owned(options.with_opts()),
        without_opts: owned(options.without_opts()),
        ..TargetDetails::default()
    });
    PlannedTarget {
        name: chroot.name.clone(),
        details,
        inputs: vec![PlannedInput { target: 0, needs: Needs::Success }],
    }
}

/// Whether two jobs are made from one SRPM: all that goes into it is the same.
fn same_srpm(one: &JobConfig, other: &JobConfig) -> bool {
    let parts = |job: &JobConfig| {
        (
            (
                job.specfile_path.clone(),
                job.actions.clone(),
                job.srpm_build_deps.clone(),
                job.release_suffix.clone(),
                job.version_suffix.clone(),
                job.update_release,
                job.merge_pr_in_ci,
                job.paths.clone(),
            ),
            (
                job.downstream_package_name.clone(),
                job.upstream_package_name.clone(),
                job.upstream_project_url.clone(),
                job.upstream_tag_template.clone(),
                job.upstream_tag_include.clone(),
                job.upstream_tag_exclude.clone(),
                job.enable_net,
            ),
        )
    };
    parts(one) == parts(other)
}
