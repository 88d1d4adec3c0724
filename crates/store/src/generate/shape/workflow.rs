//! One workflow: its first pipeline, and a rerun of one or two of its chroots.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TargetId;
use domain::rerun::{Entry, Plan};
use domain::words::{JobKind, TargetStatus};

use super::super::tables::Of;
use super::{Shape, next};

const WHY: &str = "asked for";
const CHROOTS: [&str; 12] = [
    "fedora-rawhide-x86_64",
    "fedora-43-x86_64",
    "fedora-42-x86_64",
    "epel-9-x86_64",
    "epel-10-x86_64",
    "centos-stream-9-x86_64",
    "centos-stream-10-x86_64",
    "fedora-rawhide-aarch64",
    "fedora-43-aarch64",
    "fedora-42-aarch64",
    "fedora-rawhide-ppc64le",
    "fedora-rawhide-s390x",
];

/// A workflow while its rows are made.
pub(super) struct Workflow {
    pub(super) event: i64,
    pub(super) project: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) runs: bool,
    pub(super) details: [String; 3],
    pub(super) statuses: Vec<TargetStatus>,
    pub(super) last_target: Option<i64>,
}

/// A target that was made.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) id: i64,
    pub(super) chain: i64,
    pub(super) attempt: i64,
    pub(super) name: &'static str,
    pub(super) status: TargetStatus,
    pub(super) ended: DateTime<Utc>,
}
impl Shape {
    /// The pipelines of an event; answers how often the event was changed.
    pub(super) fn workflow(&mut self, workflow: &mut Workflow) -> i64 {
        let chroots = self.chance.usize(2..=CHROOTS.len());
        let has_tests = self.chance.u8(0..100) < 60;
        let pipeline = self.pipeline(workflow, None);
        let build = self.submission(workflow, "copr", workflow.at);
        let srpm_job = self.job(workflow, JobKind::SrpmBuild, None);
        let srpm_step = self.step(workflow, pipeline, srpm_job, None);
        let srpm = self.target(workflow, srpm_job, JobKind::SrpmBuild, "srpm", None, Some(&build), &[]);
        let copr_job = self.job(workflow, JobKind::CoprBuild, Some(srpm_job));
        let copr_step = self.step(workflow, pipeline, copr_job, Some(srpm_step));
        let builds: Vec<Made> = CHROOTS[..chroots]
            .iter()
            .map(|name| {
                let inputs = std::slice::from_ref(&srpm);
                self.target(workflow, copr_job, JobKind::CoprBuild, name, None, Some(&build), inputs)
            })
            .collect();
        let mut tests = Vec::new();
        if has_tests {
            let test_job = self.job(workflow, JobKind::TestRun, Some(copr_job));
            self.step(workflow, pipeline, test_job, Some(copr_step));
            for built in builds.iter().filter(|built| built.name.ends_with("x86_64")) {
                tests.push(self.test(workflow, test_job, built, None));
            }
        }
        let first: Vec<&Made> = std::iter::once(&srpm).chain(&builds).chain(&tests).collect();
        let mut newest: Vec<TargetStatus> = first.iter().map(|made| made.status).collect();
        let is_rerun = !workflow.runs && srpm.status == TargetStatus::Succeeded && self.chance.u8(0..100) < 8;
        if is_rerun {
            // One or two chroots again, and the tests of them.
            let again = self.chance.usize(1..=2);
            let mut made = self.rerun(workflow, (pipeline, srpm_job, &srpm), &builds[..again], &tests);
            let replaced: Vec<i64> = made.iter().map(|made| made.chain).collect();
            newest =
                first.iter().filter(|made| !replaced.contains(&made.chain)).map(|made| made.status).collect();
            newest.extend(made.drain(..).map(|made| made.status));
        }
        workflow.statuses = newest;
        workflow.last_target = first.last().map(|made| made.id);
        i64::try_from(first.len()).unwrap_or(i64::MAX) * 3
    }

    fn rerun(
        &mut self,
        workflow: &mut Workflow,
        (origin, srpm_job, srpm): (i64, i64, &Made),
        again: &[Made],
        tests: &[Made],
    ) -> Vec<Made> {
        workflow.at += TimeDelta::hours(6);
        let rerun = next(&mut self.ids.reruns);
        let by = format!("developer-{}", self.skewed(2000));
        let hash = self.hexadecimal(64);
        let pipeline = self.pipeline(workflow, Some((origin, rerun)));
        let srpm_step = self.step(workflow, pipeline, srpm_job, None);
        let copr_job = self.job(workflow, JobKind::CoprBuild, Some(srpm_job));
        let copr_step = self.step(workflow, pipeline, copr_job, Some(srpm_step));
        let build = self.submission(workflow, "copr", workflow.at);
        let mut made = Vec::new();
        let mut redone = Vec::new();
        for old in again {
            let inputs = std::slice::from_ref(srpm);
            let new = self.target(
                workflow,
                copr_job,
                JobKind::CoprBuild,
                old.name,
                Some(old),
                Some(&build),
                inputs,
            );
            redone.push((JobKind::CoprBuild, old.clone(), new.clone()));
            made.push(new);
        }
        let retested: Vec<(&Made, Made)> = tests
            .iter()
            .filter_map(|test| Some((test, made.iter().find(|built| built.name == test.name)?.clone())))
            .collect();
        if !retested.is_empty() {
            let test_job = self.job(workflow, JobKind::TestRun, Some(copr_job));
            self.step(workflow, pipeline, test_job, Some(copr_step));
            for (old, built) in retested {
                let new = self.test(workflow, test_job, &built, Some(old));
                redone.push((JobKind::TestRun, old.clone(), new.clone()));
                made.push(new);
            }
        }
        let mut redo = Vec::new();
        for (kind, old, new) in redone {
            redo.push(entry(kind, &old));
            self.tables.add(
                Of::RerunTargets,
                [rerun.into(), old.id.into(), new.id.into(), "redo".into(), WHY.into()],
            );
        }
        self.rerun_row(workflow, rerun, by, Plan { hash, redo, ..Plan::default() });
        made
    }

    fn test(&mut self, workflow: &mut Workflow, job: i64, built: &Made, old: Option<&Made>) -> Made {
        let submission = (built.status == TargetStatus::Succeeded)
            .then(|| self.submission(workflow, "testing-farm", built.ended));
        let inputs = std::slice::from_ref(built);
        self.target(workflow, job, JobKind::TestRun, built.name, old, submission.as_ref(), inputs)
    }
}

/// What a rerun's plan says of a target that is redone.
fn entry(kind: JobKind, old: &Made) -> Entry {
    let (name, why) = (old.name.to_owned(), WHY.to_owned());
    Entry { target_id: TargetId(old.id), name, kind, identifier: None, why, asked: true }
}
