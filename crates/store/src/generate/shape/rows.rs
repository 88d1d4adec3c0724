//! The rows of a workflow, one function for each table.

use chrono::{DateTime, TimeDelta, Utc};
use domain::rerun::{Asked, Plan, Selection};
use domain::words::{JobKind, TargetStatus};

use super::super::tables::Of;
use super::workflow::{Made, Workflow};
use super::{Shape, next};
use crate::bulk::Cell;

impl Shape {
    pub(super) fn pipeline(&mut self, workflow: &Workflow, rerun: Option<(i64, i64)>) -> i64 {
        let id = next(&mut self.ids.pipelines);
        let (origin, rerun) = (rerun.map(|(origin, _)| origin), rerun.map(|(_, rerun)| rerun));
        self.tables.add(
            Of::Pipelines,
            [id.into(), workflow.event.into(), origin.into(), rerun.into(), workflow.at.into()],
        );
        self.generated.pipelines += 1;
        id
    }

    /// A rerun as somebody asked for it, with the plan that was carried out.
    pub(super) fn rerun_row(&mut self, workflow: &Workflow, id: i64, by: String, plan: Plan) {
        let asked = plan.redo.iter().map(|entry| entry.target_id).collect();
        let selection = Selection::of(Asked::Targets(asked));
        // Text, numbers and lists are always JSON.
        let json = |written: serde_json::Result<String>| Cell::Json(written.unwrap_or_default().into());
        self.tables.add(
            Of::Reruns,
            [
                id.into(),
                workflow.event.into(),
                json(serde_json::to_string(&selection)),
                json(serde_json::to_string(&plan)),
                plan.hash.into(),
                "carried_out".into(),
                by.into(),
                "api".into(),
                workflow.at.into(),
            ],
        );
    }

    pub(super) fn job(&mut self, workflow: &Workflow, kind: JobKind, previous: Option<i64>) -> i64 {
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

    pub(super) fn step(
        &mut self,
        workflow: &Workflow,
        pipeline: i64,
        job: i64,
        previous: Option<i64>,
    ) -> i64 {
        let id = next(&mut self.ids.steps);
        let event = workflow.event.into();
        self.tables.add(Of::Steps, [id.into(), pipeline.into(), job.into(), previous.into(), event]);
        id
    }

    /// A call to a build system: our id of it, and its own.
    pub(super) fn submission(
        &mut self,
        workflow: &Workflow,
        system: &'static str,
        at: DateTime<Utc>,
    ) -> (i64, String) {
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
    pub(super) fn target(
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

fn uuid(digits: &str) -> String {
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
