//! The shape of Packit's production: one SRPM, 2 to 12 chroots, tests of 60 % of the workflows, 8 % reruns; a few hot projects
//! and a long tail of others.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use domain::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TestRun};
use domain::words::{EventKind, EventStatus, JobKind, ReferenceKind, TargetStatus};
use fastrand::Rng;

use super::load::LastIds;
use super::tables::{Of, Tables};
use super::{Generated, Scale};
use crate::bulk::Cell;

/// The time over which events are spread.
const SPAN: TimeDelta = TimeDelta::days(730);
/// Of the newest events, those that still run.
const RUNNING_EVENTS: u64 = 20;
/// Events for each project, on average.
const EVENTS_OF_A_PROJECT: u64 = 100;
/// Of a hundred pushes, those that a target caused.
const PUSHES_CAUSED_PERCENT: u8 = 20;
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

pub(super) struct Shape {
    pub(super) tables: Tables,
    pub(super) generated: Generated,
    scale: Scale,
    chance: Rng,
    ids: LastIds,
    projects: Vec<Option<Project>>,
}

/// What the next event of a project continues.
struct Project {
    id: i64,
    package: String,
    main: i64,
    pull_request: i64,
    pull_requests: i64,
    last_commit: Option<(i64, i64)>,
    /// A target of the newest workflow, such as one that later pushes something.
    last_target: Option<i64>,
}

/// A workflow while its rows are made.
struct Workflow {
    event: i64,
    project: i64,
    at: DateTime<Utc>,
    runs: bool,
    details: [String; 3],
    statuses: Vec<TargetStatus>,
    last_target: Option<i64>,
}

/// A target that was made.
#[derive(Clone)]
struct Made {
    id: i64,
    chain: i64,
    attempt: i64,
    name: &'static str,
    status: TargetStatus,
    ended: DateTime<Utc>,
}

impl Shape {
    pub(super) fn new(scale: Scale, ids: LastIds) -> Self {
        let projects = (scale.events / EVENTS_OF_A_PROJECT).clamp(5, 5000);
        Self {
            tables: Tables::empty(),
            generated: Generated::default(),
            scale,
            chance: Rng::with_seed(scale.seed),
            ids,
            projects: (0..projects).map(|_| None).collect(),
        }
    }

    /// Makes the next event and what it started.
    pub(super) fn event(&mut self) {
        let number = self.generated.events;
        let step = SPAN.num_milliseconds() / i64::try_from(self.scale.events).unwrap_or(i64::MAX).max(1);
        let before = i64::try_from(self.scale.events - number).unwrap_or(0) * step;
        let at = self.scale.until - TimeDelta::milliseconds(before - self.chance.i64(0..=step.max(1) / 2));
        let place = self.hot_project();
        let mut project = match self.projects[place].take() {
            Some(project) => project,
            None => self.project(place, at),
        };
        let event = next(&mut self.ids.events);
        let starts = self.chance.u8(0..100) >= 10;
        let (reference, kind, commit) = self.occasion(&mut project, starts);
        let details = details_of(&project.package);
        let runs = starts && number + RUNNING_EVENTS >= self.scale.events;
        let mut workflow = Workflow {
            event,
            project: project.id,
            at,
            runs,
            details,
            statuses: Vec::new(),
            last_target: None,
        };
        // Some pushes are what came of an earlier workflow, as the merge of a pull request that brings a release downstream is.
        let is_caused = kind == EventKind::Push && self.chance.u8(0..100) < PUSHES_CAUSED_PERCENT;
        let caused_by = project.last_target.filter(|_| is_caused);
        let mut version = 0;
        if starts {
            version = self.workflow(&mut workflow);
            self.tables.add(Of::Packages, [project.package.clone().into(), at.into(), event.into()]);
        } else {
            let reason = "the comment holds no command";
            self.tables.add(Of::Omissions, [event.into(), "event".into(), reason.into()]);
        }
        let status = EventStatus::of(workflow.statuses.iter().copied());
        let actor = format!("developer-{}", self.skewed(2000));
        self.tables.add(
            Of::Events,
            [
                event.into(),
                project.id.into(),
                reference.into(),
                commit.into(),
                kind.as_str().into(),
                actor.into(),
                at.into(),
                (at + TimeDelta::seconds(2)).into(),
                status.as_str().into(),
                version.into(),
                caused_by.into(),
            ],
        );
        project.last_target = workflow.last_target.or(project.last_target);
        self.generated.events += 1;
        self.projects[place] = Some(project);
    }

    /// The more to the front, the hotter.
    fn hot_project(&mut self) -> usize {
        let projects = u32::try_from(self.projects.len()).unwrap_or(u32::MAX);
        usize::try_from(self.skewed(projects)).unwrap_or(0)
    }

    fn skewed(&mut self, below: u32) -> u32 {
        let place = self.chance.f64().powi(3) * f64::from(below);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and `below`"
        )]
        {
            (place as u32).min(below - 1)
        }
    }

    fn project(&mut self, place: usize, at: DateTime<Utc>) -> Project {
        let id = next(&mut self.ids.projects);
        let package = format!("package-{id}");
        // One in fifty is nobody's business.
        let visibility = if place % 50 == 49 { "private" } else { "public" };
        self.tables.add(
            Of::Projects,
            [
                id.into(),
                "github.com".into(),
                format!("group-{}", place % 97).into(),
                package.clone().into(),
                format!("generated-{id}").into(),
                visibility.into(),
                at.into(),
            ],
        );
        let main = self.reference(id, ReferenceKind::Branch, "main".to_owned());
        Project {
            id,
            package,
            main,
            pull_request: main,
            pull_requests: 0,
            last_commit: None,
            last_target: None,
        }
    }

    fn reference(&mut self, project: i64, kind: ReferenceKind, name: String) -> i64 {
        let id = next(&mut self.ids.references);
        self.tables.add(Of::References, [id.into(), project.into(), kind.as_str().into(), name.into()]);
        id
    }

    /// Where it happened, what, and at which commit: mostly pull requests, of which some get several commits.
    fn occasion(&mut self, project: &mut Project, starts: bool) -> (i64, EventKind, i64) {
        if let (false, Some((reference, commit))) = (starts, project.last_commit) {
            return (reference, EventKind::IssueComment, commit);
        }
        let (reference, kind) = match self.chance.u8(0..100) {
            0..45 => {
                project.pull_requests += 1;
                let name = project.pull_requests.to_string();
                project.pull_request = self.reference(project.id, ReferenceKind::PullRequest, name);
                (project.pull_request, EventKind::PullRequest)
            }
            45..75 => (project.pull_request, EventKind::PullRequest),
            75..97 => (project.main, EventKind::Push),
            _ => {
                let name = format!("{}.{}", self.ids.references, project.pull_requests);
                (self.reference(project.id, ReferenceKind::Release, name), EventKind::Release)
            }
        };
        let commit = next(&mut self.ids.commits);
        let hash = self.hexadecimal(40);
        self.tables.add(Of::Commits, [commit.into(), project.id.into(), reference.into(), hash.into()]);
        project.last_commit = Some((reference, commit));
        (reference, kind, commit)
    }

    fn hexadecimal(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            // Writing to a string does not fail.
            let _ = write!(text, "{:016x}", self.chance.u64(..));
        }
        text.truncate(digits);
        text
    }

    /// The pipelines of an event; answers how often the event was changed.
    fn workflow(&mut self, workflow: &mut Workflow) -> i64 {
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
        let (selection, plan) = (Cell::Json("{}".into()), Cell::Json("{}".into()));
        self.tables.add(
            Of::Reruns,
            [
                rerun.into(),
                workflow.event.into(),
                selection,
                plan,
                hash.into(),
                "applied".into(),
                by.into(),
                "api".into(),
                workflow.at.into(),
            ],
        );
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
            redone.push((old.clone(), new.clone()));
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
                redone.push((old.clone(), new.clone()));
                made.push(new);
            }
        }
        for (old, new) in redone {
            self.tables.add(
                Of::RerunTargets,
                [rerun.into(), old.id.into(), new.id.into(), "redo".into(), "asked for".into()],
            );
        }
        made
    }

    fn test(&mut self, workflow: &mut Workflow, job: i64, built: &Made, old: Option<&Made>) -> Made {
        let submission = (built.status == TargetStatus::Succeeded)
            .then(|| self.submission(workflow, "testing-farm", built.ended));
        let inputs = std::slice::from_ref(built);
        self.target(workflow, job, JobKind::TestRun, built.name, old, submission.as_ref(), inputs)
    }

    fn pipeline(&mut self, workflow: &Workflow, rerun: Option<(i64, i64)>) -> i64 {
        let id = next(&mut self.ids.pipelines);
        let (origin, rerun) = (rerun.map(|(origin, _)| origin), rerun.map(|(_, rerun)| rerun));
        self.tables.add(
            Of::Pipelines,
            [id.into(), workflow.event.into(), origin.into(), rerun.into(), workflow.at.into()],
        );
        self.generated.pipelines += 1;
        id
    }

    fn job(&mut self, workflow: &Workflow, kind: JobKind, previous: Option<i64>) -> i64 {
        let id = next(&mut self.ids.jobs);
        let details = match kind {
            JobKind::SrpmBuild => &workflow.details[0],
            JobKind::CoprBuild => &workflow.details[1],
            _ => &workflow.details[2],
        };
        self.tables.add(
            Of::Jobs,
            [
                id.into(),
                workflow.event.into(),
                kind.as_str().into(),
                previous.into(),
                workflow.at.into(),
                Cell::Json(details.clone().into()),
            ],
        );
        id
    }

    fn step(&mut self, workflow: &Workflow, pipeline: i64, job: i64, previous: Option<i64>) -> i64 {
        let id = next(&mut self.ids.steps);
        let event = workflow.event.into();
        self.tables.add(Of::Steps, [id.into(), pipeline.into(), job.into(), previous.into(), event]);
        id
    }

    /// A call to a build system: our id of it, and its own.
    fn submission(&mut self, workflow: &Workflow, system: &'static str, at: DateTime<Utc>) -> (i64, String) {
        let id = next(&mut self.ids.submissions);
        let external_id =
            if system == "copr" { (8_000_000 + id).to_string() } else { uuid(&self.hexadecimal(32)) };
        let due_at = workflow.runs.then_some(at + TimeDelta::minutes(5));
        self.tables.add(
            Of::Submissions,
            [
                id.into(),
                workflow.event.into(),
                workflow.project.into(),
                system.into(),
                external_id.clone().into(),
                at.into(),
                due_at.into(),
                (at + TimeDelta::seconds(1)).into(),
            ],
        );
        (id, external_id)
    }

    #[expect(clippy::too_many_arguments, reason = "a target is told by where it stands and what it consumes")]
    fn target(
        &mut self,
        workflow: &Workflow,
        job: i64,
        kind: JobKind,
        name: &'static str,
        old: Option<&Made>,
        submission: Option<&(i64, String)>,
        inputs: &[Made],
    ) -> Made {
        let id = next(&mut self.ids.targets);
        let (chain, attempt) = old.map_or((id, 1), |old| (old.chain, old.attempt + 1));
        let status = self.status(workflow, kind, inputs);
        let began = inputs.iter().map(|input| input.ended).max().unwrap_or(workflow.at).max(workflow.at);
        let submitted = submission.map(|_| began + TimeDelta::seconds(2));
        let started = submitted.map(|at| at + TimeDelta::seconds(self.chance.i64(5..120)));
        let ended = started.map_or(began, |at| at + TimeDelta::seconds(self.chance.i64(60..3600)));
        let finished = status.is_finished().then_some(ended);
        let (submission, external_id) = match submission {
            Some((submission, external_id)) => (Some(*submission), Some(external_id.clone())),
            None => (None, None),
        };
        let url = external_id.as_ref().map(|id| format!("https://builds.example/{id}/"));
        let logs_url =
            external_id.as_ref().map(|id| format!("https://builds.example/{id}/{name}/builder-live.log.gz"));
        let reason = (status == TargetStatus::Skipped).then_some("what it needs has not succeeded");
        self.tables.add(
            Of::Targets,
            [
                id.into(),
                job.into(),
                workflow.event.into(),
                kind.as_str().into(),
                name.into(),
                chain.into(),
                attempt.into(),
                status.as_str().into(),
                submission.into(),
                external_id.into(),
                url.into(),
                logs_url.into(),
                reason.into(),
                workflow.at.into(),
                submitted.into(),
                started.into(),
                finished.into(),
                Cell::Json("{}".into()),
            ],
        );
        for input in inputs {
            self.tables.add(Of::Inputs, [id.into(), input.id.into(), "success".into()]);
        }
        self.generated.targets += 1;
        Made { id, chain, attempt, name, status, ended }
    }

    fn status(&mut self, workflow: &Workflow, kind: JobKind, inputs: &[Made]) -> TargetStatus {
        use TargetStatus as T;
        if inputs.iter().any(|input| input.status.is_finished() && input.status != T::Succeeded) {
            return T::Skipped;
        }
        if inputs.iter().any(|input| !input.status.is_finished()) {
            return T::Waiting;
        }
        if workflow.runs {
            // What runs has its SRPM: its chroots are what it waits for.
            return if kind == JobKind::SrpmBuild { T::Succeeded } else { T::Running };
        }
        match self.chance.u8(0..100) {
            0..86 => T::Succeeded,
            86..96 => T::Failed,
            96..99 => T::Errored,
            _ => T::Canceled,
        }
    }
}

fn next(last: &mut i64) -> i64 {
    *last += 1;
    *last
}

fn uuid(digits: &str) -> String {
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// The details of the three jobs, as JSON.
fn details_of(package: &str) -> [String; 3] {
    let configured = Configured {
        package: package.to_owned(),
        index: Some(0),
        labels: Vec::new(),
        ..Configured::default()
    };
    let srpm = SrpmBuild { configured: configured.clone(), ..SrpmBuild::default() };
    let copr = CoprBuild { configured: configured.clone(), ..CoprBuild::default() };
    let test = TestRun { configured, ..TestRun::default() };
    [JobDetails::SrpmBuild(srpm), JobDetails::CoprBuild(copr), JobDetails::TestRun(Box::new(test))]
        // Text, numbers and lists are always JSON.
        .map(|details| serde_json::to_string(&details).unwrap_or_default())
}
