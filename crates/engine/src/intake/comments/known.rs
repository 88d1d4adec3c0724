//! The workflows of one commit, and in which of them a job is redone: it may stand in several, and is redone once.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{EventId, TargetId};
use domain::words::JobKind;
use store::reads::{JobView, TargetView, WorkflowView};
use store::reruns::Rerun;

/// A workflow of the commit that a command is about.
pub(super) struct Known {
    pub(super) event: EventId,
    /// Without jobs that were imported.
    pub(super) view: WorkflowView,
    /// What the command had redone of it already, if the delivery was begun before and cut off.
    pub(super) before: Option<Rerun>,
}

/// What makes a job the same in several workflows of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct JobKey {
    kind: JobKind,
    package: String,
    identifier: Option<String>,
    /// Its place in the configuration; an SRPM has none.
    place: Option<usize>,
}

/// The newest attempt of a target.
struct Attempt<'a> {
    id: TargetId,
    name: &'a str,
    job: &'a JobView,
    key: JobKey,
}

impl JobKey {
    fn of(job: &JobView) -> Self {
        Self {
            kind: job.kind,
            package: job.package.clone(),
            identifier: job.identifier.clone(),
            // An SRPM has the place of the first job that it was made for.
            place: job.details.configured().index.filter(|_| job.kind != JobKind::SrpmBuild),
        }
    }
}

impl Known {
    fn job(&self, id: i64) -> Option<&JobView> {
        self.view.jobs.iter().find(|job| job.id == id)
    }

    fn attempts<'a>(&'a self) -> Vec<Attempt<'a>> {
        let jobs: BTreeMap<i64, &JobView> = self.view.jobs.iter().map(|job| (job.id, job)).collect();
        let attempt = |target: &'a TargetView| {
            let job = *jobs.get(&target.job_id)?;
            Some(Attempt { id: TargetId(target.id), name: &target.name, job, key: JobKey::of(job) })
        };
        self.view.newest().filter_map(attempt).collect()
    }

    /// What the command had redone already: the jobs and names of the targets.
    fn done(&self) -> Vec<(JobKey, String)> {
        let redone = self.before.iter().flat_map(|rerun| &rerun.plan.redo).filter(|entry| entry.asked);
        let asked: BTreeSet<i64> = redone.map(|entry| entry.target_id.0).collect();
        let targets = self.view.targets.iter().filter(|target| asked.contains(&target.id));
        targets
            .filter_map(|target| Some((JobKey::of(self.job(target.job_id)?), target.name.clone())))
            .collect()
    }

    /// The SRPMs of which all builds are among these jobs. Where others were built of it too, it serves as it is.
    fn srpms_of(&self, attempts: &[Attempt<'_>], redone: &BTreeSet<&JobKey>) -> BTreeSet<TargetId> {
        let mut all_redone: BTreeMap<JobKey, bool> = BTreeMap::new();
        for build in attempts.iter().filter(|attempt| attempt.key.kind.is_build()) {
            let srpm = build.job.previous_job_id.and_then(|id| self.job(id));
            if let Some(srpm) = srpm.filter(|job| job.kind == JobKind::SrpmBuild) {
                *all_redone.entry(JobKey::of(srpm)).or_insert(true) &= redone.contains(&build.key);
            }
        }
        let is_asked = |attempt: &&Attempt<'_>| all_redone.get(&attempt.key) == Some(&true);
        attempts.iter().filter(is_asked).map(|attempt| attempt.id).collect()
    }
}

/// For each workflow, the newest first, what is redone there of all jobs that are meant: a job is redone where most of it is,
/// in the newest workflow if that is so in several.
pub(super) fn everything(
    known: &[Known],
    means: impl Fn(&JobView) -> bool,
    with_srpms: bool,
) -> Vec<BTreeSet<TargetId>> {
    let attempts: Vec<Vec<Attempt<'_>>> = known.iter().map(Known::attempts).collect();
    let done: Vec<(JobKey, String)> = known.iter().flat_map(Known::done).collect();
    let is_open =
        |attempt: &Attempt<'_>| means(attempt.job) && !done.iter().any(|(key, _)| *key == attempt.key);
    let mut counts: BTreeMap<&JobKey, Vec<usize>> = BTreeMap::new();
    for (at, attempts) in attempts.iter().enumerate() {
        for attempt in attempts.iter().filter(|attempt| is_open(attempt)) {
            counts.entry(&attempt.key).or_insert_with(|| vec![0; known.len()])[at] += 1;
        }
    }
    let homes: BTreeMap<&JobKey, usize> = counts
        .iter()
        .filter_map(|(key, counts)| Some((*key, (0..counts.len()).rev().max_by_key(|at| counts[*at])?)))
        .collect();
    let mut chosen = Vec::new();
    for (at, (workflow, attempts)) in known.iter().zip(&attempts).enumerate() {
        let here = attempts.iter().filter(|attempt| is_open(attempt) && homes.get(&attempt.key) == Some(&at));
        let (mut targets, mut jobs) = (BTreeSet::new(), BTreeSet::new());
        for attempt in here {
            targets.insert(attempt.id);
            jobs.insert(&attempt.key);
        }
        if with_srpms {
            targets.extend(workflow.srpms_of(attempts, &jobs));
        }
        chosen.push(targets);
    }
    chosen
}

/// Of what failed in each workflow, the newest first, what no newer one has too: how that ended there is what counts.
pub(super) fn not_newer(known: &[Known], failed: &[BTreeSet<TargetId>]) -> Vec<BTreeSet<TargetId>> {
    let mut newer: Vec<(JobKey, String)> = known.iter().flat_map(Known::done).collect();
    let mut chosen = Vec::new();
    for (workflow, failed) in known.iter().zip(failed) {
        let attempts = workflow.attempts();
        let is_newer = |attempt: &Attempt<'_>| {
            newer.iter().any(|(key, name)| *key == attempt.key && *name == attempt.name)
        };
        let here = attempts.iter().filter(|attempt| failed.contains(&attempt.id) && !is_newer(attempt));
        chosen.push(here.map(|attempt| attempt.id).collect());
        newer.extend(attempts.into_iter().map(|attempt| (attempt.key, attempt.name.to_owned())));
    }
    chosen
}
