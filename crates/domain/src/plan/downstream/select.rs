//! Which jobs of a package's configuration are meant, and for which of the branches.

use super::super::select::{ELSEWHERE, missing_labels, not_possible_here, wrong_instance};
use super::super::sync;
use super::chain::Draft;
use super::{Branch, Cause, Standing};
use crate::package_config::{JobConfig, JobType, PackageConfig, Trigger};
use crate::releases::DEFAULT_TARGET;

/// A job that is meant, with its place in the configuration and the branches it is meant for.
pub(super) struct Selected<'a> {
    pub(super) index: usize,
    pub(super) job: &'a JobConfig,
    pub(super) branches: Vec<&'a Branch>,
}

/// The jobs that start. One that could but does not is an omission.
pub(super) fn select<'a>(draft: &mut Draft<'a>, configuration: &'a PackageConfig) -> Vec<Selected<'a>> {
    let mut selected = Vec::new();
    for (index, job) in configuration.jobs.iter().enumerate() {
        if job.trigger == Trigger::Ignore || !is_concerned(draft, job) {
            continue;
        }
        if let Some(reason) = reason_against(draft, job) {
            draft.omit(job, None, reason);
            continue;
        }
        let branches = branches(draft, job);
        if !branches.is_empty() {
            selected.push(Selected { index, job, branches });
        }
    }
    selected
}

/// Whether a job is of the kind that this starts, or stands behind what it starts.
fn is_concerned(draft: &Draft<'_>, job: &JobConfig) -> bool {
    let is_of = |group: &str| job.sidetag_group.as_deref() == Some(group);
    match (draft.happened.cause, job.job) {
        (Cause::Push { .. } | Cause::BuildCommand, JobType::KojiBuild | JobType::BodhiUpdate) => true,
        (Cause::Push { .. }, _) => job.trigger == Trigger::Commit,
        (Cause::Build { .. } | Cause::UpdateCommand, JobType::BodhiUpdate) => true,
        // What was tagged is not built again by it (`docs/contracts.md` 8.6).
        (Cause::Tag { group, package, .. }, JobType::KojiBuild) => {
            is_of(group) && job.trigger == Trigger::KojiBuild && package != draft.happened.project.name
        }
        (Cause::Tag { group, .. }, JobType::BodhiUpdate) => is_of(group) && job.trigger == Trigger::KojiBuild,
        (Cause::TagCommand, JobType::KojiBuild | JobType::BodhiUpdate) => job.sidetag_group.is_some(),
        _ => false,
    }
}

fn reason_against(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let is_command =
        matches!(draft.happened.cause, Cause::BuildCommand | Cause::UpdateCommand | Cause::TagCommand);
    wrong_package(draft, job)
        .or_else(|| starts_otherwise(draft, job))
        .or_else(|| wrong_instance(job, draft.rules))
        .or_else(|| {
            (job.manual_trigger && !is_command)
                .then(|| "manual_trigger is set: it starts only when somebody asks for it".to_owned())
        })
        .or_else(|| not_possible_here(job, draft.rules))
        .or_else(|| not_allowed(draft, job))
        .or_else(|| not_needed(draft, job))
        .or_else(|| missing_dependencies(draft, job))
}

/// What was begun is not begun twice, however many packages are tagged meanwhile.
fn not_needed(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let Cause::Tag { sidetag, under_way, .. } = draft.happened.cause else { return None };
    match job.job {
        JobType::KojiBuild if under_way.build => {
            Some(format!("the newest commit is being built for {sidetag}, or was"))
        }
        JobType::BodhiUpdate if under_way.update => {
            Some(format!("an update of {sidetag} is about to be made, of all that is in it then"))
        }
        _ => None,
    }
}

/// A configuration of several packages is at dist-git as it is upstream; a repository there is of one.
fn wrong_package(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let package = job.downstream_package_name.as_ref()?;
    let name = &draft.happened.project.name;
    (package != name).then(|| format!("it is about the package {package}, and this is {name}"))
}

fn starts_otherwise(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let reason = match (draft.happened.cause, job.job) {
        (Cause::Push { .. }, JobType::KojiBuild) if job.trigger != Trigger::Commit => {
            "it starts when a package that it depends on is tagged into its sidetag"
        }
        (Cause::Push { .. }, JobType::SyncFromDownstream) => {
            "bringing changes of dist-git back upstream is not supported yet"
        }
        (_, JobType::KojiBuild | JobType::BodhiUpdate) => return None,
        _ => ELSEWHERE,
    };
    Some(reason.to_owned())
}

/// Who may start a job here (`docs/contracts.md` 8.5).
fn not_allowed(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let refused = |who: &Standing, did: &str, key: &str, allowed: &[String]| {
        (!who.is_among(allowed, draft.rules)).then(|| {
            let allowed = if allowed.is_empty() { "nobody".to_owned() } else { allowed.join(", ") };
            format!("{} {did}, and {key} names {allowed}", who.name())
        })
    };
    match (draft.happened.cause, job.job) {
        (Cause::Push { merged: Some(merged), .. }, JobType::KojiBuild) => {
            let did = format!("opened the merged pull request {}", merged.number);
            refused(&merged.author, &did, "allowed_pr_authors", &job.allowed_pr_authors)
                .or_else(|| missing_labels(job, &merged.labels))
        }
        (Cause::Push { committer, merged: None }, JobType::KojiBuild) => {
            refused(committer, "pushed without a pull request", "allowed_committers", &job.allowed_committers)
        }
        (Cause::Build { owner, .. }, JobType::BodhiUpdate) => {
            refused(owner, "built it", "allowed_builders", &job.allowed_builders)
        }
        // What is built here is ours, whoever asked for it.
        (Cause::Push { .. } | Cause::BuildCommand, JobType::BodhiUpdate) => {
            let ours = Standing::ours(draft.rules);
            refused(&ours, "builds it", "allowed_builders", &job.allowed_builders)
        }
        _ => None,
    }
}

/// What must be in the sidetag and is not: its own tag brings the job up again.
fn missing_dependencies(draft: &Draft<'_>, job: &JobConfig) -> Option<String> {
    let (Cause::Tag { sidetag, present, .. }, JobType::KojiBuild) = (draft.happened.cause, job.job) else {
        return None;
    };
    let dependencies = job.dependencies.iter().flatten();
    let missing: Vec<&str> =
        dependencies.filter(|package| !present.contains(*package)).map(String::as_str).collect();
    (!missing.is_empty())
        .then(|| format!("it waits for {}: not in the sidetag {sidetag} yet", missing.join(", ")))
}

/// Those of the branches that a job is for.
fn branches<'a>(draft: &mut Draft<'a>, job: &JobConfig) -> Vec<&'a Branch> {
    let own: Vec<String> = if job.dist_git_branches.is_empty() && job.job == JobType::BodhiUpdate {
        draft.releases.branches_with_aliases(DEFAULT_TARGET)
    } else {
        sync::branches_of_builds(draft.releases, job)
    };
    let mut kept = Vec::new();
    for branch in &draft.happened.branches {
        let name = branch.name.as_str();
        if job.job == JobType::BodhiUpdate && draft.releases.makes_updates_itself(name) {
            let reason =
                "Fedora makes the update of each build of this branch itself (create_automatic_updates)";
            draft.omit(job, Some(name), reason);
        } else if own.iter().any(|own| own == name) {
            kept.push(branch);
        } else {
            draft.omit(job, Some(name), format!("its dist_git_branches stand for {}", shown(&own)));
        }
    }
    kept
}

/// The most branches that a reason names.
const SHOWN: usize = 10;

fn shown(branches: &[String]) -> String {
    let first = branches.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match branches.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
