//! Which jobs of a configuration an event starts (`docs/contracts.md` 8.2, 8.3).

use super::tags::wrong_tag;
use super::{Occasion, Omission, Rules, Trigger, View};
use crate::package_config::{JobConfig, JobType, PackageConfig, Trigger as JobTrigger};
use crate::words::JobKind;

/// The jobs that an event starts. A job with the event's trigger that is not started is an omission.
pub(super) fn select<'a>(
    occasion: &Occasion<'_>,
    configuration: &'a PackageConfig,
    rules: &Rules,
    omissions: &mut Vec<Omission>,
) -> Vec<View<'a>> {
    let mut selected = Vec::new();
    for (index, job) in configuration.jobs.iter().enumerate() {
        let is_meant = occasion.wanted.as_ref().is_none_or(|wanted| wanted.means(index, job));
        if job.trigger != occasion.job_trigger() || !is_meant {
            continue;
        }
        match reason_against(occasion, job, rules) {
            None => selected.push((index, job)),
            Some(reason) => omissions.push(Omission::of_job(job, None, reason)),
        }
    }
    selected
}

/// The omission of an event whose trigger no job has.
pub(super) fn nothing_selected(occasion: &Occasion<'_>, configuration: &PackageConfig) -> Omission {
    let trigger = occasion.job_trigger();
    if occasion.wanted.is_some() && configuration.jobs.iter().any(|job| job.trigger == trigger) {
        return Omission::of_event(format!(
            "no job of the configuration with the trigger {trigger} is what was asked for"
        ));
    }
    let mut others: Vec<&str> = Vec::new();
    for job in configuration.jobs.iter().filter(|job| job.trigger != JobTrigger::Ignore) {
        if !others.contains(&job.trigger.as_str()) {
            others.push(job.trigger.as_str());
        }
    }
    Omission::of_event(if others.is_empty() {
        format!("the configuration has no job with the trigger {trigger}, nor any other that can start")
    } else {
        format!(
            "the configuration has no job with the trigger {trigger}; its jobs start on {}",
            others.join(", ")
        )
    })
}

impl Occasion<'_> {
    /// The trigger of the jobs that it starts.
    pub fn job_trigger(&self) -> JobTrigger {
        match self.trigger {
            Trigger::PullRequest(_) => JobTrigger::PullRequest,
            Trigger::Push { .. } => JobTrigger::Commit,
            Trigger::Release { .. } => JobTrigger::Release,
        }
    }
}

/// Why a job with the right trigger is not started all the same.
fn reason_against(occasion: &Occasion<'_>, job: &JobConfig, rules: &Rules) -> Option<String> {
    starts_elsewhere(occasion, job)
        .or_else(|| wrong_instance(job, rules))
        .or_else(|| {
            (job.manual_trigger && occasion.wanted.is_none())
                .then(|| "manual_trigger is set: it starts only when somebody asks for it".to_owned())
        })
        .or_else(|| wrong_branch(occasion, job))
        .or_else(|| wrong_labels(occasion, job))
        .or_else(|| match (occasion.trigger, job.job) {
            (Trigger::Release { tag }, JobType::ProposeDownstream) => wrong_tag(job, tag),
            _ => None,
        })
        .or_else(|| not_possible_here(job, rules))
}

/// The kind of job that a job of the configuration becomes.
pub(super) fn kind_of(job: &JobConfig) -> Option<JobKind> {
    match job.job {
        JobType::CoprBuild => Some(JobKind::CoprBuild),
        JobType::Tests => Some(JobKind::TestRun),
        JobType::UpstreamKojiBuild | JobType::KojiBuild => Some(JobKind::KojiBuild),
        JobType::ProposeDownstream => Some(JobKind::ProposeDownstream),
        JobType::PullFromUpstream => Some(JobKind::PullFromUpstream),
        JobType::BodhiUpdate => Some(JobKind::BodhiUpdate),
        JobType::VmImageBuild => Some(JobKind::VmImageBuild),
        JobType::KojiBuildTag => Some(JobKind::KojiTagRequest),
        JobType::SyncFromDownstream => None,
    }
}

/// Why no image is built, by whatever it is asked for.
const VM_IMAGES: &str =
    "virtual machine images are not supported yet: nothing here builds them, by a comment neither";

/// Why a job of the upstream's does nothing for its package in dist-git, where the same configuration is.
pub(super) const ELSEWHERE: &str = "it starts upstream, not at dist-git";

/// The first omission is what one line says of an event that started nothing: why upstream's jobs do not is no news.
pub(super) fn elsewhere_last(omissions: &mut [Omission]) {
    omissions.sort_by_key(|omission| omission.reason == ELSEWHERE);
}

/// Jobs whose trigger has the same word, but that something else than an upstream event starts.
fn starts_elsewhere(occasion: &Occasion<'_>, job: &JobConfig) -> Option<String> {
    let reason = match job.job {
        JobType::CoprBuild | JobType::Tests | JobType::UpstreamKojiBuild | JobType::ProposeDownstream
            if occasion.is_dist_git =>
        {
            ELSEWHERE
        }
        JobType::CoprBuild | JobType::Tests => return None,
        JobType::UpstreamKojiBuild if job.scratch => return None,
        JobType::UpstreamKojiBuild => "only scratch builds can be made from upstream (scratch: true)",
        JobType::ProposeDownstream if matches!(occasion.trigger, Trigger::Release { .. }) => return None,
        JobType::ProposeDownstream => "it starts on a release alone: nothing else is proposed to dist-git",
        JobType::KojiBuild if occasion.is_dist_git && matches!(occasion.trigger, Trigger::PullRequest(_)) => {
            if job.scratch {
                return None;
            }
            "a pull request is not merged yet: only a scratch build can be made of it (scratch: true)"
        }
        JobType::PullFromUpstream => {
            "it is of dist-git, where it starts when release monitoring files a bug of a new version"
        }
        JobType::KojiBuild => "it starts on a commit in dist-git, or by a comment there",
        JobType::BodhiUpdate => "it starts when a Koji build of dist-git is complete",
        JobType::SyncFromDownstream => "it starts on a commit in dist-git",
        JobType::VmImageBuild => VM_IMAGES,
        JobType::KojiBuildTag => "it starts when a Koji build is tagged",
    };
    Some(reason.to_owned())
}

pub(super) fn wrong_instance(job: &JobConfig, rules: &Rules) -> Option<String> {
    if job.packit_instances.contains(&rules.instance) {
        return None;
    }
    let theirs: Vec<&str> = job.packit_instances.iter().map(|instance| instance.as_str()).collect();
    Some(format!("packit_instances names {}, and this is {}", theirs.join(", "), rules.instance))
}

fn wrong_branch(occasion: &Occasion<'_>, job: &JobConfig) -> Option<String> {
    match (occasion.trigger, &job.branch) {
        (Trigger::PullRequest(pull_request), Some(pattern)) => {
            let branch = &pull_request.target_branch;
            (!pattern.matches(branch)).then(|| {
                format!(
                    "the pull request's target branch {branch} does not match `branch: {}`",
                    pattern.as_str()
                )
            })
        }
        (Trigger::Push { branch }, Some(pattern)) => (!pattern.matches(branch))
            .then(|| format!("the pushed branch {branch} does not match `branch: {}`", pattern.as_str())),
        (Trigger::Push { branch }, None) => {
            let default = occasion.default_branch.unwrap_or("main");
            (branch != default).then(|| {
                format!("the job names no `branch`, so it follows the default branch {default}, not {branch}")
            })
        }
        (Trigger::PullRequest(_), None) | (Trigger::Release { .. }, _) => None,
    }
}

fn wrong_labels(occasion: &Occasion<'_>, job: &JobConfig) -> Option<String> {
    match occasion.trigger {
        Trigger::PullRequest(pull_request) => missing_labels(job, &pull_request.labels),
        Trigger::Push { .. } | Trigger::Release { .. } => None,
    }
}

/// Which label a pull request with these lacks, or should not have.
pub(super) fn missing_labels(job: &JobConfig, labels: &[String]) -> Option<String> {
    let has = |label: &String| labels.contains(label);
    let (present, absent) = (&job.require_label.present, &job.require_label.absent);
    if !present.is_empty() && !present.iter().any(has) {
        return Some(format!("the pull request has none of the labels it requires: {}", present.join(", ")));
    }
    let unwanted = absent.iter().find(|label| has(label))?;
    Some(format!("the pull request has the label {unwanted}, which must be absent"))
}

/// Why a test does not run in the internal Testing Farm.
const INTERNAL_TESTS: &str = "use_internal_tf is not allowed for this project and person: an operator lists the project in \
    access.internal_tests, and who starts the tests has to be able to merge";

pub(super) fn not_possible_here(job: &JobConfig, rules: &Rules) -> Option<String> {
    if job.use_internal_tf && job.job == JobType::Tests && !rules.internal_tests {
        return Some(INTERNAL_TESTS.to_owned());
    }
    let kind = kind_of(job)?;
    if !rules.kinds.contains(&kind) {
        let how = match kind {
            JobKind::ProposeDownstream | JobKind::PullFromUpstream => ": an operator adds `[dist_git]`",
            JobKind::BodhiUpdate => ": an operator adds `bodhi.token_file`",
            _ => "",
        };
        return Some(format!("no build system that does {kind} is configured here{how}"));
    }
    // Otherwise it would wait for its SRPM for ever.
    (job.job == JobType::UpstreamKojiBuild && !rules.kinds.contains(&JobKind::SrpmBuild)).then(|| {
        "its SRPM is made by Copr, and no Copr is configured here: Koji alone cannot build it".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::kind_of;
    use crate::package_config::{Source, load};

    #[test]
    fn every_job_of_a_configuration_has_a_kind_but_the_one_without_targets() {
        let text = "specfile_path: a.spec\njobs:\n- {job: sync_from_downstream, trigger: commit}\n- {job: tests, trigger: release}\n";
        let source = Source { path: ".packit.yaml".into(), repository: "a".into(), spec_files: None };
        let jobs = load(text, &source).unwrap().jobs;
        assert_eq!(kind_of(&jobs[0]), None);
        assert_eq!(kind_of(&jobs[1]).map(super::JobKind::as_str), Some("test_run"));
    }
}
