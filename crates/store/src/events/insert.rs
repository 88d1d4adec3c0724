//! The rows of a plan: one statement per table, whatever the number of targets.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, JobId, TargetId};
use domain::plan::{Plan, PlannedPipeline, PlannedTarget};
use domain::workflow::{Input, Job, Target, Workflow};
use sqlx::types::Json;

use crate::ids::{Taken, Wanted, take};
use crate::sql::insert_rows;
use crate::{Result, Tx, workflows};

/// Writes a plan's rows and lets its workflow begin. Gives its targets, in the order of the plan.
pub(super) async fn plan(
    tx: &mut Tx,
    event: EventId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<Vec<TargetId>> {
    let steps = || plan.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
    let ids = take(
        tx,
        Wanted {
            pipelines: plan.pipelines.len(),
            jobs: steps().count(),
            steps: steps().count(),
            targets: steps().map(|step| step.job.targets.len()).sum(),
            ..Wanted::default()
        },
    )
    .await?;
    insert_omissions(tx, event, plan).await?;
    if plan.pipelines.is_empty() {
        return Ok(Vec::new());
    }
    // They were taken in the order in which the plan is walked.
    let targets = ids.targets.iter().copied().map(TargetId).collect();
    let rows = Rows::of(plan, ids, event);
    rows.insert(tx, event, now).await?;
    let mut workflow = rows.workflow;
    workflow.settle(now);
    workflows::save(tx, workflow, now).await?;
    Ok(targets)
}

async fn insert_omissions(tx: &mut Tx, event: EventId, plan: &Plan) -> Result<()> {
    insert_rows!(
        tx,
        "INSERT INTO omissions (event_id, kind, identifier, name, reason) ",
        plan.omissions,
        |binder, omission| binder
            .push_bind(event.0)
            .push_bind(&omission.kind)
            .push_bind(&omission.identifier)
            .push_bind(&omission.name)
            .push_bind(&omission.reason)
    );
    Ok(())
}

/// A plan with its ids.
struct Rows<'a> {
    pipelines: Vec<(i64, Option<&'a str>)>,
    steps: Vec<StepRow<'a>>,
    workflow: Workflow,
}

/// A step and the job that stands there: a new event has one each.
struct StepRow<'a> {
    id: i64,
    pipeline: i64,
    previous: Option<i64>,
    job: i64,
    previous_job: Option<i64>,
    planned: &'a domain::plan::PlannedJob,
}

impl<'a> Rows<'a> {
    fn of(plan: &'a Plan, ids: Taken, event: EventId) -> Self {
        let mut rows = Self { pipelines: Vec::new(), steps: Vec::new(), workflow: Workflow::empty(event) };
        let mut ids = Ids {
            jobs: ids.jobs.into_iter(),
            steps: ids.steps.into_iter(),
            targets: ids.targets.into_iter(),
            pipelines: ids.pipelines.into_iter(),
        };
        for pipeline in &plan.pipelines {
            rows.add_pipeline(pipeline, &mut ids);
        }
        rows
    }

    fn add_pipeline(&mut self, pipeline: &'a PlannedPipeline, ids: &mut Ids) {
        let Some(pipeline_id) = ids.pipelines.next() else { return };
        self.pipelines.push((pipeline_id, pipeline.package.as_deref()));
        let first_step = self.steps.len();
        let mut targets_of_step: Vec<Vec<TargetId>> = Vec::new();
        for step in &pipeline.steps {
            let (Some(id), Some(job)) = (ids.steps.next(), ids.jobs.next()) else { return };
            let previous = step.previous.map(|index| &self.steps[first_step + index]);
            let row = StepRow {
                id,
                pipeline: pipeline_id,
                previous: previous.map(|row| row.id),
                job,
                previous_job: previous.map(|row| row.job),
                planned: &step.job,
            };
            let inputs = step.previous.map_or(&[][..], |index| &targets_of_step[index]);
            let mut targets = Vec::new();
            for planned in &step.job.targets {
                let Some(target) = ids.targets.next().map(TargetId) else { return };
                self.workflow.targets.insert(target, new_target(&row, planned, target, inputs));
                targets.push(target);
            }
            let place = Job { kind: row.planned.kind, previous: row.previous_job.map(JobId) };
            self.workflow.jobs.insert(JobId(job), place);
            self.steps.push(row);
            targets_of_step.push(targets);
        }
    }

    async fn insert(&self, tx: &mut Tx, event: EventId, now: DateTime<Utc>) -> Result<()> {
        insert_rows!(
            tx,
            "INSERT INTO pipelines (id, event_id, package, created_at) ",
            self.pipelines,
            |binder, row| binder.push_bind(row.0).push_bind(event.0).push_bind(row.1).push_bind(now)
        );
        insert_rows!(
            tx,
            "INSERT INTO jobs (id, event_id, kind, identifier, previous_job_id, created_at, details) ",
            self.steps,
            |binder, row| binder
                .push_bind(row.job)
                .push_bind(event.0)
                .push_bind(row.planned.kind.as_str())
                .push_bind(&row.planned.identifier)
                .push_bind(row.previous_job)
                .push_bind(now)
                .push_bind(Json(&row.planned.details))
        );
        insert_rows!(
            tx,
            "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id) ",
            self.steps,
            |binder, row| binder
                .push_bind(row.id)
                .push_bind(row.pipeline)
                .push_bind(row.job)
                .push_bind(row.previous)
                .push_bind(event.0)
        );
        let targets: Vec<_> = self.workflow.targets.iter().collect();
        insert_rows!(
            tx,
            "INSERT INTO targets (id, job_id, event_id, kind, name, chain_id, attempt, status, created_at, details) ",
            targets,
            |binder, row| binder
                .push_bind(row.0.0)
                .push_bind(row.1.job.0)
                .push_bind(event.0)
                .push_bind(row.1.kind.as_str())
                .push_bind(&row.1.name)
                .push_bind(row.1.chain.0)
                .push_bind(row.1.attempt)
                .push_bind(row.1.status.as_str())
                .push_bind(now)
                .push_bind(Json(&row.1.details))
        );
        let inputs: Vec<_> = self
            .workflow
            .targets
            .iter()
            .flat_map(|(id, target)| target.inputs.iter().map(move |input| (id, input)))
            .collect();
        insert_rows!(tx, "INSERT INTO inputs (target_id, input_target_id, needs) ", inputs, |binder, row| {
            binder.push_bind(row.0.0).push_bind(row.1.target.0).push_bind(row.1.needs.as_str())
        });
        Ok(())
    }
}

struct Ids {
    pipelines: std::vec::IntoIter<i64>,
    jobs: std::vec::IntoIter<i64>,
    steps: std::vec::IntoIter<i64>,
    targets: std::vec::IntoIter<i64>,
}

fn new_target(row: &StepRow<'_>, planned: &PlannedTarget, id: TargetId, previous: &[TargetId]) -> Target {
    let inputs = planned
        .inputs
        .iter()
        .filter_map(|input| Some(Input { target: *previous.get(input.target)?, needs: input.needs }));
    Target {
        inputs: inputs.collect(),
        details: planned.details.clone(),
        ..Target::first_attempt(id, JobId(row.job), row.planned.kind, &planned.name)
    }
}
