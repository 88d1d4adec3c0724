//! Rows of several tables in one answer, told apart by `section`: what `sql/reads/workflow.sql` and its kin answer with.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::details::JobDetails;
use domain::words::{EventStatus, ProjectKey};
use serde::de::DeserializeOwned;

use super::packed::{Text, by_place};
use super::question::Question;
use super::views::{
    ConsumerView, EventView, InputView, JobView, OmissionView, PipelineView, ReferenceView, StepView,
    SubmissionView, TargetView, Times,
};
use crate::{Db, Error, Result};

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

by_place! {
    /// Columns by their places in `workflow.sql`.
    pub(super) struct Row<'r> {
        #[serde(borrow)]
        section: Text<'r>,
        id: i64,
        first_id: Option<i64>,
        second_id: Option<i64>,
        third_id: Option<i64>,
        number: Option<i64>,
        kind: Option<Text<'r>>,
        name: Option<Text<'r>>,
        identifier: Option<Text<'r>>,
        status: Option<Text<'r>>,
        reason: Option<Text<'r>>,
        external_id: Option<Text<'r>>,
        url: Option<Text<'r>>,
        logs_url: Option<Text<'r>>,
        extra: Option<Text<'r>>,
        visibility: Option<Text<'r>>,
        before: Option<Text<'r>>,
        after: Option<Text<'r>>,
        created_at: Option<DateTime<Utc>>,
        submitted_at: Option<DateTime<Utc>>,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
        peer_started_at: Option<DateTime<Utc>>,
        peer_finished_at: Option<DateTime<Utc>>,
        /// JSON.
        details: Option<Text<'r>>,
    }
}

/// The answer, section by section; none if there is no event in it.
pub(super) async fn read(db: &Db, question: Question) -> Result<Option<Sections>> {
    let answer = question.packed(db).await?;
    let mut rows: Vec<Row<'_>> = Vec::new();
    answer.each(|row| {
        rows.push(row);
        Ok(())
    })?;
    rows.sort_by_cached_key(|row| (row.id, row.first_id));
    fold(rows)
}

/// Sorts rows, which come by their ids, into their sections; none if there is no event among them.
fn fold(rows: Vec<Row<'_>>) -> Result<Option<Sections>> {
    let mut head = None;
    let mut inputs = Vec::new();
    let (mut omissions, mut pipelines, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut jobs, mut targets, mut submissions) = (Vec::new(), Vec::new(), Vec::new());
    let mut consumers = Vec::new();
    for row in rows {
        match &*row.section {
            "event" => head = Some(row.head()?),
            "omission" => omissions.push(row.omission()?),
            "pipeline" => pipelines.push(row.pipeline()?),
            "step" => steps.push(row.step()?),
            "job" => jobs.push(row.job()?),
            "target" => targets.push(row.target()?),
            "submission" => submissions.push(row.submission()?),
            "input" => inputs.push(row),
            "consumer" => consumers.push(row.consumer()?),
            other => return Err(Error::Unreadable(format!("section {other} of an answer"))),
        }
    }
    let Some(head) = head else { return Ok(None) };
    let mut found: BTreeMap<i64, Vec<InputView>> = BTreeMap::new();
    for row in inputs {
        found.entry(row.id).or_default().push(row.input(&jobs, &targets)?);
    }
    for target in &mut targets {
        target.inputs = found.remove(&target.id).unwrap_or_default();
    }
    Ok(Some(Sections { head, omissions, pipelines, steps, jobs, targets, consumers, submissions }))
}

impl Row<'_> {
    fn head(self) -> Result<Head> {
        Ok(Head {
            status: word(&self.status)?,
            project: ProjectKey::new(text(&self.url)?, text(&self.name)?, text(&self.reason)?).to_string(),
            reference: ReferenceView { kind: word(&self.extra)?, name: text(&self.logs_url)?.to_owned() },
            commit: self.external_id.as_deref().map(str::to_owned),
            event: self.event()?,
        })
    }

    fn event(self) -> Result<EventView> {
        Ok(EventView {
            id: self.id,
            kind: word(&self.kind)?,
            actor: self.identifier.map(String::from),
            occurred_at: some(self.created_at)?,
            received_at: some(self.submitted_at)?,
            version: some(self.number)?,
            before: self.before.map(String::from),
            after: self.after.map(String::from),
            project_id: some(self.first_id)?,
            reference_id: some(self.second_id)?,
            commit_id: self.third_id,
            visibility: word(&self.visibility)?,
        })
    }

    fn omission(self) -> Result<OmissionView> {
        Ok(OmissionView {
            kind: some(self.kind)?.into(),
            identifier: self.identifier.map(String::from),
            name: self.name.map(String::from),
            reason: some(self.reason)?.into(),
        })
    }

    fn pipeline(self) -> Result<PipelineView> {
        Ok(PipelineView {
            id: self.id,
            package: self.name.map(String::from),
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
        let details: JobDetails = json(&self.details)?;
        Ok(JobView {
            id: self.id,
            kind: word(&self.kind)?,
            identifier: self.identifier.map(String::from),
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
            name: some(self.name)?.into(),
            chain_id: some(self.second_id)?,
            attempt: some(self.number)?,
            status: word(&self.status)?,
            reason: self.reason.map(String::from),
            submission_id: self.third_id,
            external_id: self.external_id.map(String::from),
            url: self.url.map(String::from),
            logs_url: self.logs_url.map(String::from),
            created_at: some(self.created_at)?,
            submitted_at: self.submitted_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            peer_started_at: self.peer_started_at,
            peer_finished_at: self.peer_finished_at,
            inputs: Vec::new(),
            details: json(&self.details)?,
        })
    }

    /// An input; what it is is told where it is none of this answer's targets.
    fn input(self, jobs: &[JobView], targets: &[TargetView]) -> Result<InputView> {
        let target_id = some(self.first_id)?;
        let needs = word(&self.reason)?;
        if let Ok(place) = targets.binary_search_by_key(&target_id, |target| target.id) {
            let target = &targets[place];
            let job = jobs.binary_search_by_key(&target.job_id, |job| job.id);
            return Ok(InputView {
                target_id,
                needs,
                event_id: None,
                kind: target.kind,
                identifier: job.ok().and_then(|place| jobs[place].identifier.clone()),
                name: target.name.clone(),
                status: target.status,
                times: Times {
                    submitted_at: target.submitted_at,
                    started_at: target.started_at,
                    finished_at: target.finished_at,
                },
            });
        }
        Ok(InputView {
            target_id,
            needs,
            event_id: self.second_id,
            kind: word(&self.kind)?,
            identifier: self.identifier.map(String::from),
            name: some(self.name)?.into(),
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
            attempt: some(self.number)?,
            needs: word(&self.reason)?,
            event_id: self.second_id,
            kind: word(&self.kind)?,
            identifier: self.identifier.map(String::from),
            name: some(self.name)?.into(),
            status: word(&self.status)?,
        })
    }

    fn submission(self) -> Result<SubmissionView> {
        Ok(SubmissionView {
            id: self.id,
            system: word(&self.kind)?,
            external_id: self.external_id.map(String::from),
            tries: some(self.number)?,
            problem: self.reason.map(String::from),
            created_at: some(self.created_at)?,
            sent_at: self.submitted_at,
            due_at: self.started_at,
            cancel_requested_at: self.finished_at,
            cancel_requested_by: self.identifier.map(String::from),
            paused_since: self.peer_started_at,
            paused_by: self.extra.map(String::from),
        })
    }
}

pub(super) fn some<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Unreadable("an empty column that is never empty".to_owned()))
}

pub(super) fn text<S: Deref<Target = str>>(value: &Option<S>) -> Result<&str> {
    some(value.as_deref())
}

pub(super) fn word<T, S>(value: &Option<S>) -> Result<T>
where
    T: FromStr<Err = domain::UnknownWord>,
    S: Deref<Target = str>,
{
    Ok(text(value)?.parse()?)
}

fn json<T: DeserializeOwned>(value: &Option<Text<'_>>) -> Result<T> {
    serde_json::from_str(text(value)?).map_err(|error| Error::Unreadable(error.to_string()))
}
