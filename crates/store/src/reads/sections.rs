//! Rows of several tables in one answer, told apart by `section`: what `sql/reads/workflow.sql` and its kin answer with.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::JobDetails;
use domain::words::{EventStatus, ProjectKey};
use sqlx::FromRow;
use sqlx::types::Json;

use super::views::{
    ConsumerView, EventView, InputView, JobView, OmissionView, PipelineView, ReferenceView, StepView,
    SubmissionView, TargetView, Times,
};
use crate::{Error, Result};

/// The event that everything else belongs to, and where it happened.
pub(super) struct Head {
    pub(super) event: EventView,
    pub(super) project: String,
    pub(super) reference: ReferenceView,
    pub(super) commit: Option<String>,
    pub(super) status: EventStatus,
}

/// An answer, section by section.
pub(super) struct Sections {
    pub(super) head: Head,
    pub(super) omissions: Vec<OmissionView>,
    pub(super) pipelines: Vec<PipelineView>,
    pub(super) steps: Vec<StepView>,
    pub(super) jobs: Vec<JobView>,
    pub(super) targets: Vec<TargetView>,
    pub(super) consumers: Vec<ConsumerView>,
    pub(super) submissions: Vec<SubmissionView>,
}

#[derive(FromRow)]
pub(super) struct Row {
    section: String,
    id: i64,
    first_id: Option<i64>,
    second_id: Option<i64>,
    third_id: Option<i64>,
    number: Option<i64>,
    kind: Option<String>,
    name: Option<String>,
    identifier: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    external_id: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    extra: Option<String>,
    visibility: Option<String>,
    before: Option<String>,
    after: Option<String>,
    created_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    peer_started_at: Option<DateTime<Utc>>,
    peer_finished_at: Option<DateTime<Utc>>,
    details: Option<Json<serde_json::Value>>,
}

/// Sorts rows into their sections; none if there is no event among them.
pub(super) fn fold(rows: Vec<Row>) -> Result<Option<Sections>> {
    let mut head = None;
    let mut inputs: BTreeMap<i64, Vec<InputView>> = BTreeMap::new();
    let (mut omissions, mut pipelines, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut jobs, mut targets, mut submissions) = (Vec::new(), Vec::new(), Vec::new());
    let mut consumers = Vec::new();
    for row in rows {
        match row.section.as_str() {
            "event" => head = Some(row.head()?),
            "omission" => omissions.push(row.omission()?),
            "pipeline" => pipelines.push(row.pipeline()?),
            "step" => steps.push(row.step()?),
            "job" => jobs.push(row.job()?),
            "target" => targets.push(row.target()?),
            "submission" => submissions.push(row.submission()?),
            "input" => inputs.entry(row.id).or_default().push(row.input()?),
            "consumer" => consumers.push(row.consumer()?),
            other => return Err(Error::Unreadable(format!("section {other} of an answer"))),
        }
    }
    let Some(head) = head else { return Ok(None) };
    for target in &mut targets {
        target.inputs = inputs.remove(&target.id).unwrap_or_default();
    }
    Ok(Some(Sections { head, omissions, pipelines, steps, jobs, targets, consumers, submissions }))
}

impl Row {
    fn head(self) -> Result<Head> {
        Ok(Head {
            status: word(&self.status)?,
            project: ProjectKey::new(text(&self.url)?, text(&self.name)?, text(&self.reason)?).to_string(),
            reference: ReferenceView { kind: word(&self.extra)?, name: text(&self.logs_url)?.to_owned() },
            commit: self.external_id.clone(),
            event: self.event()?,
        })
    }

    fn event(self) -> Result<EventView> {
        Ok(EventView {
            id: self.id,
            kind: word(&self.kind)?,
            actor: self.identifier,
            occurred_at: some(self.created_at)?,
            received_at: some(self.submitted_at)?,
            version: some(self.number)?,
            before: self.before,
            after: self.after,
            project_id: some(self.first_id)?,
            reference_id: some(self.second_id)?,
            commit_id: self.third_id,
            visibility: word(&self.visibility)?,
        })
    }

    fn omission(self) -> Result<OmissionView> {
        Ok(OmissionView {
            kind: some(self.kind)?,
            identifier: self.identifier,
            name: self.name,
            reason: some(self.reason)?,
        })
    }

    fn pipeline(self) -> Result<PipelineView> {
        Ok(PipelineView {
            id: self.id,
            package: self.name,
            origin_id: self.first_id,
            rerun_id: self.second_id,
            created_at: some(self.created_at)?,
        })
    }

    fn step(self) -> Result<StepView> {
        Ok(StepView {
            id: self.id,
            pipeline_id: some(self.first_id)?,
            job_id: some(self.second_id)?,
            previous: self.third_id,
        })
    }

    fn job(self) -> Result<JobView> {
        let details: JobDetails = json(self.details)?;
        Ok(JobView {
            id: self.id,
            kind: word(&self.kind)?,
            identifier: self.identifier,
            package: details.configured().package.clone(),
            previous_job_id: self.first_id,
            created_at: some(self.created_at)?,
            details,
        })
    }

    fn target(self) -> Result<TargetView> {
        Ok(TargetView {
            id: self.id,
            job_id: some(self.first_id)?,
            kind: word(&self.kind)?,
            name: some(self.name)?,
            chain_id: some(self.second_id)?,
            attempt: some(self.number)?,
            status: word(&self.status)?,
            reason: self.reason,
            submission_id: self.third_id,
            external_id: self.external_id,
            url: self.url,
            logs_url: self.logs_url,
            created_at: some(self.created_at)?,
            submitted_at: self.submitted_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            peer_started_at: self.peer_started_at,
            peer_finished_at: self.peer_finished_at,
            inputs: Vec::new(),
            details: json(self.details)?,
        })
    }

    fn input(self) -> Result<InputView> {
        Ok(InputView {
            target_id: some(self.first_id)?,
            needs: word(&self.reason)?,
            event_id: self.second_id,
            kind: word(&self.kind)?,
            name: some(self.name)?,
            status: word(&self.status)?,
            times: Times {
                submitted_at: self.submitted_at,
                started_at: self.started_at,
                finished_at: self.finished_at,
            },
        })
    }

    fn consumer(self) -> Result<ConsumerView> {
        Ok(ConsumerView {
            target_id: some(self.first_id)?,
            input_target_id: self.id,
            needs: word(&self.reason)?,
            event_id: self.second_id,
            kind: word(&self.kind)?,
            name: some(self.name)?,
            status: word(&self.status)?,
        })
    }

    fn submission(self) -> Result<SubmissionView> {
        Ok(SubmissionView {
            id: self.id,
            system: word(&self.kind)?,
            external_id: self.external_id,
            tries: some(self.number)?,
            problem: self.reason,
            created_at: some(self.created_at)?,
            sent_at: self.submitted_at,
            due_at: self.started_at,
            cancel_requested_at: self.finished_at,
            cancel_requested_by: self.identifier,
            paused_since: self.peer_started_at,
            paused_by: self.extra,
        })
    }
}

pub(super) fn some<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Unreadable("an empty column that is never empty".to_owned()))
}

pub(super) fn text(value: &Option<String>) -> Result<&str> {
    some(value.as_deref())
}

pub(super) fn word<T: std::str::FromStr<Err = domain::UnknownWord>>(value: &Option<String>) -> Result<T> {
    Ok(text(value)?.parse()?)
}

pub(super) fn json<T: serde::de::DeserializeOwned>(value: Option<Json<serde_json::Value>>) -> Result<T> {
    serde_json::from_value(some(value)?.0).map_err(|error| Error::Unreadable(error.to_string()))
}
