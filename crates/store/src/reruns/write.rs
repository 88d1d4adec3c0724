//! The rows of a rerun: one statement per table, whatever the number of targets.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::ids::{EventId, JobId, PipelineId, RerunId, StepId, SubmissionId, TargetId};
use domain::rerun::{Basis, Entry, NewIds, Plan, Rows};
use domain::workflow::Target;
use sqlx::types::Json;

use super::Request;
use crate::ids::{Wanted, take};
use crate::sql::{insert_rows, on, sql, write_rows};
use crate::{Error, Result, Tx, reports, workflows};

/// Writes a plan that was made from this basis, in a transaction that has locked the event.
pub(super) async fn write(
    tx: &mut Tx,
    request: &Request<'_>,
    mut basis: Basis,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<Rows> {
    let rerun = insert_rerun(tx, request, plan, now).await?;
    let taken = ids(tx, plan, &basis).await?;
    let rows = Rows::of(plan, &basis, rerun, taken.rows)
        .ok_or_else(|| Error::Unreadable("a plan that does not fit its own basis".to_owned()))?;
    let cancel = basis.workflow.plan_cancel(&redone(plan));
    basis.add(&rows);
    let why = format!("canceled by {}, to be done again", request.requested_by);
    basis.workflow.cancel_now(&cancel, &why, now);
    // What is ready goes in with its submission, so that nothing is written twice.
    let groups = basis.workflow.to_submit();
    workflows::queue_as(tx, &mut basis.workflow, &groups, taken.submissions, now).await?;
    insert(tx, &rows, &basis, request.event, now).await?;
    insert_rerun_targets(tx, plan, &rows).await?;
    reports::redone(tx, rerun, now).await?;
    request_cancel(tx, &cancel.submissions.into_iter().collect::<Vec<_>>(), request.requested_by, now)
        .await?;
    let earlier =
        basis.workflow.changed.iter().filter(|id| !rows.targets.contains_key(id)).copied().collect();
    workflows::save_targets(tx, &basis.workflow, &earlier).await?;
    workflows::told(tx, &basis.workflow, now).await?;
    Ok(rows)
}

fn redone(plan: &Plan) -> BTreeSet<TargetId> {
    plan.redo.iter().map(|entry| entry.target_id).collect()
}

async fn insert_rerun(
    tx: &mut Tx,
    request: &Request<'_>,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<RerunId> {
    let id: i64 = on!(tx, sql!("reruns/insert.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(request.event.0)
        .bind(Json(request.selection))
        .bind(Json(plan))
        .bind(&plan.hash)
        .bind(request.requested_by)
        .bind(request.via.as_str())
        .bind(request.reason)
        .bind(request.idempotency_key)
        .bind(now)
        .fetch_one(connection)
        .await)?;
    Ok(RerunId(id))
}

struct Ids {
    rows: NewIds,
    submissions: Vec<i64>,
}

/// Ids for all that will be written. How many submissions that is shows only when the rows are there: at most one for each
/// target that has not ended.
async fn ids(tx: &mut Tx, plan: &Plan, basis: &Basis) -> Result<Ids> {
    let (pipelines, jobs, steps, targets) = plan.wanted();
    let open = basis.workflow.targets.values().filter(|target| !target.status.is_finished()).count();
    let wanted = Wanted { pipelines, jobs, steps, targets, submissions: targets + open, ..Wanted::default() };
    let taken = take(tx, wanted).await?;
    let rows = NewIds {
        pipelines: taken.pipelines.into_iter().map(PipelineId).collect(),
        jobs: taken.jobs.into_iter().map(JobId).collect(),
        steps: taken.steps.into_iter().map(StepId).collect(),
        targets: taken.targets.into_iter().map(TargetId).collect(),
    };
    Ok(Ids { rows, submissions: taken.submissions })
}

async fn insert(tx: &mut Tx, rows: &Rows, basis: &Basis, event: EventId, now: DateTime<Utc>) -> Result<()> {
    insert_rows!(
        tx,
        "INSERT INTO pipelines (id, event_id, package, origin_id, rerun_id, created_at) ",
        rows.pipelines,
        |binder, row| binder
            .push_bind(row.id.0)
            .push_bind(event.0)
            .push_bind(&row.package)
            .push_bind(row.origin.0)
            .push_bind(rows.rerun.0)
            .push_bind(now)
    );
    insert_rows!(
        tx,
        "INSERT INTO jobs (id, event_id, kind, identifier, previous_job_id, created_at, details) ",
        rows.jobs,
        |binder, row| binder
            .push_bind(row.id.0)
            .push_bind(event.0)
            .push_bind(row.kind.as_str())
            .push_bind(&row.identifier)
            .push_bind(row.previous.map(|job| job.0))
            .push_bind(now)
            .push_bind(basis.jobs.get(&row.id).map(|facts| Json(&facts.details)))
    );
    insert_rows!(
        tx,
        "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id) ",
        rows.steps,
        |binder, row| binder
            .push_bind(row.id.0)
            .push_bind(row.pipeline.0)
            .push_bind(row.job.0)
            .push_bind(row.previous.map(|step| step.0))
            .push_bind(event.0)
    );
    let targets: Vec<(&TargetId, &Target)> =
        rows.targets.keys().filter_map(|id| basis.workflow.targets.get_key_value(id)).collect();
    insert_rows!(
        tx,
        "INSERT INTO targets (id, job_id, event_id, kind, name, chain_id, attempt, status, submission_id, reason,
            finished_at, held, created_at, details) ",
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
            .push_bind(row.1.submission.map(|submission| submission.0))
            .push_bind(&row.1.reason)
            .push_bind(row.1.finished_at)
            .push_bind(row.1.held.as_ref().map(Json))
            .push_bind(now)
            .push_bind(Json(&row.1.details))
    );
    let inputs: Vec<_> =
        targets.iter().flat_map(|(id, target)| target.inputs.iter().map(move |input| (id, input))).collect();
    insert_rows!(tx, "INSERT INTO inputs (target_id, input_target_id, needs) ", inputs, |binder, row| binder
        .push_bind(row.0.0)
        .push_bind(row.1.target.0)
        .push_bind(row.1.needs.as_str()));
    Ok(())
}

/// A target stands here once, for what is done to it: what is used as it is, although it should have been redone, is shared,
/// and what is canceled to be redone is redone; the plan has both. What is not touched at all is left out.
async fn insert_rerun_targets(tx: &mut Tx, plan: &Plan, rows: &Rows) -> Result<()> {
    let lists = [
        ("redo", &plan.redo),
        ("share", &plan.share),
        ("wait", &plan.wait),
        ("cannot", &plan.cannot),
        ("outside", &plan.outside),
        ("cancel", &plan.cancel),
    ];
    let mut told = BTreeSet::new();
    let all: Vec<(&str, &Entry)> = lists
        .into_iter()
        .flat_map(|(action, entries)| entries.iter().map(move |entry| (action, entry)))
        .filter(|(_, entry)| told.insert(entry.target_id))
        .collect();
    insert_rows!(
        tx,
        "INSERT INTO rerun_targets (rerun_id, old_target_id, new_target_id, action, reason) ",
        all,
        |binder, row| binder
            .push_bind(rows.rerun.0)
            .push_bind(row.1.target_id.0)
            .push_bind(rows.created.get(&row.1.target_id).map(|target| target.0))
            .push_bind(row.0)
            .push_bind(&row.1.why)
    );
    Ok(())
}

/// Has the build systems asked to cancel these submissions.
async fn request_cancel(
    tx: &mut Tx,
    submissions: &[SubmissionId],
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    write_rows!(
        tx,
        "WITH asked (id, requested_at, requested_by) AS (",
        submissions,
        |binder, row| binder.push_bind(row.0).push_bind(now).push_bind(by),
        ") UPDATE submissions SET cancel_requested_at = asked.requested_at, cancel_requested_by = asked.requested_by,
            due_at = CASE WHEN leased_by IS NULL THEN asked.requested_at ELSE due_at END
        FROM asked WHERE submissions.id = asked.id AND cancel_requested_at IS NULL"
    );
    Ok(())
}
