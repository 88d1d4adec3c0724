//! The shape of Packit's production: one SRPM, 2 to 12 chroots, tests of 60 % of the workflows, 8 % reruns; a few hot projects
//! and a long tail of others.

mod rows;
mod workflow;

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use domain::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TestRun};
use domain::words::{EventKind, EventStatus, ReferenceKind};
use fastrand::Rng;

use self::workflow::Workflow;
use super::load::LastIds;
use super::tables::{Of, Tables};
use super::{Generated, Scale};

/// The time over which events are spread.
const SPAN: TimeDelta = TimeDelta::days(730);
/// Of the newest events, those that still run.
const RUNNING_EVENTS: u64 = 20;
/// Events for each project, on average.
const EVENTS_OF_A_PROJECT: u64 = 100;
/// Of a hundred pushes, those that a target caused.
const PUSHES_CAUSED_PERCENT: u8 = 20;

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
                i64::from(!starts).into(),
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
}

fn next(last: &mut i64) -> i64 {
    *last += 1;
    *last
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
