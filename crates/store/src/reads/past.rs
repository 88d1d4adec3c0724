//! A workflow as it was at a moment in the past, from the times that were stored (`docs/design.md` section 2, "Times").

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::words::{EventStatus, JobKind, Needs, TargetStatus};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::views::{
    EventView, InputView, JobView, OmissionView, PipelineView, ReferenceView, StepView, TargetView, Times,
    WorkflowView,
};
use super::words;

/// How a status is told of which a time was not recorded.
pub const UNKNOWN: &str = "unknown";

/// What was known of a workflow at a moment. What came later is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PastWorkflow {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The event; its version is today's.
    pub event: EventView,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// What had become of the event; unknown where that of a target is and could make a difference.
    #[serde(serialize_with = "or_unknown")]
    #[schema(schema_with = words::past_event_status)]
    pub status: Option<EventStatus>,
    /// What was not started, and why.
    pub omissions: Vec<OmissionView>,
    /// The pipelines that were planned by then, oldest first.
    pub pipelines: Vec<PipelineView>,
    /// Their steps.
    pub steps: Vec<StepView>,
    /// Their jobs.
    pub jobs: Vec<JobView>,
    /// The attempts that were planned by then.
    pub targets: Vec<PastTarget>,
}

/// A target as it was. Statuses are `waiting`, `ready`, `submitted`, `running` or a finished one; more is not promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PastTarget {
    /// Its id.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// Its job's kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// The first attempt of its chain.
    pub chain_id: i64,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// Where it stood.
    #[serde(serialize_with = "or_unknown")]
    #[schema(schema_with = words::past_target_status)]
    pub status: Option<TargetStatus>,
    /// Why it had ended so.
    pub reason: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it had been submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When we had learned that it runs.
    pub started_at: Option<DateTime<Utc>>,
    /// When we had learned that it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// What it consumes.
    pub inputs: Vec<PastInput>,
}

/// What a target consumes, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PastInput {
    /// The target that is consumed.
    pub target_id: i64,
    /// What is needed of it.
    #[schema(schema_with = words::needs)]
    pub needs: Needs,
    /// Its event, if that is another one.
    pub event_id: Option<i64>,
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stood; what is not submitted is told as `waiting`.
    #[serde(serialize_with = "or_unknown")]
    #[schema(schema_with = words::past_target_status)]
    pub status: Option<TargetStatus>,
}

impl WorkflowView {
    /// This workflow as it was at a moment; none if nobody had told of the event yet.
    pub fn at(&self, at: DateTime<Utc>) -> Option<PastWorkflow> {
        if self.event.received_at > at {
            return None;
        }
        let pipelines: Vec<_> =
            self.pipelines.iter().filter(|pipeline| pipeline.created_at <= at).cloned().collect();
        let has = |step: &&StepView| pipelines.iter().any(|pipeline| pipeline.id == step.pipeline_id);
        let steps: Vec<_> = self.steps.iter().filter(has).cloned().collect();
        let targets: Vec<_> = self
            .targets
            .iter()
            .filter(|target| target.created_at <= at)
            .map(|target| past(target, at))
            .collect();
        Some(PastWorkflow {
            at,
            event: self.event.clone(),
            project: self.project.clone(),
            reference: self.reference.clone(),
            commit: self.commit.clone(),
            status: event_status(&targets),
            omissions: self.omissions.clone(),
            pipelines,
            steps,
            jobs: self.jobs.iter().filter(|job| job.created_at <= at).cloned().collect(),
            targets,
        })
    }
}

fn past(target: &TargetView, at: DateTime<Utc>) -> PastTarget {
    let until = |time: Option<DateTime<Utc>>| time.filter(|time| *time <= at);
    let times = Times {
        submitted_at: target.submitted_at,
        started_at: target.started_at,
        finished_at: target.finished_at,
    };
    let inputs: Vec<PastInput> = target.inputs.iter().map(|input| past_input(input, at)).collect();
    let all_finished = inputs.iter().all(|input| input.status.is_some_and(TargetStatus::is_finished));
    let status = stood(target.status, times, target.external_id.is_some(), at);
    PastTarget {
        id: target.id,
        job_id: target.job_id,
        kind: target.kind,
        name: target.name.clone(),
        chain_id: target.chain_id,
        attempt: target.attempt,
        // A target is ready when all that it consumes has ended, unless it is skipped then.
        status: match status {
            Some(TargetStatus::Waiting) if all_finished => Some(TargetStatus::Ready),
            other => other,
        },
        reason: target.reason.clone().filter(|_| until(target.finished_at).is_some()),
        created_at: target.created_at,
        submitted_at: until(target.submitted_at),
        started_at: until(target.started_at),
        finished_at: until(target.finished_at),
        inputs,
    }
}

fn past_input(input: &InputView, at: DateTime<Utc>) -> PastInput {
    PastInput {
        target_id: input.target_id,
        needs: input.needs,
        event_id: input.event_id,
        kind: input.kind,
        identifier: input.identifier.clone(),
        name: input.name.clone(),
        status: stood(input.status, input.times, input.times.submitted_at.is_some(), at),
    }
}

/// Where a target that stands at `now` stood at a moment; `waiting` if it had not been submitted, none if that cannot be told.
fn stood(now: TargetStatus, times: Times, was_submitted: bool, at: DateTime<Utc>) -> Option<TargetStatus> {
    use TargetStatus as T;
    let by_then = |time: Option<DateTime<Utc>>| time.is_some_and(|time| time <= at);
    // The build system must have had it, whether or not that was recorded.
    let had_it = was_submitted || matches!(now, T::Submitted | T::Running | T::Succeeded | T::Failed);
    let ran = matches!(now, T::Running | T::Succeeded | T::Failed);
    if now.is_finished() && by_then(times.finished_at) {
        Some(now)
    } else if by_then(times.started_at) {
        Some(T::Running)
    } else if by_then(times.submitted_at) {
        if ran && times.started_at.is_none() { None } else { Some(T::Submitted) }
    } else if had_it && times.submitted_at.is_none() {
        None
    } else {
        Some(T::Waiting)
    }
}

/// What had become of an event, of the newest attempts by then.
fn event_status(targets: &[PastTarget]) -> Option<EventStatus> {
    let mut newest: BTreeMap<i64, &PastTarget> = BTreeMap::new();
    for target in targets {
        let place = newest.entry(target.chain_id).or_insert(target);
        if target.attempt > place.attempt {
            *place = target;
        }
    }
    let chains: BTreeMap<i64, i64> = targets.iter().map(|target| (target.id, target.chain_id)).collect();
    let stood = |input: &PastInput| match chains.get(&input.target_id) {
        Some(chain) => newest[chain].status,
        None => input.status,
    };
    let counted = |target: &&PastTarget| {
        // What was skipped counts by its inputs.
        let inputs = target.inputs.iter().map(|input| Some((input.needs, stood(input)?)));
        match target.status? {
            TargetStatus::Skipped => {
                Some(EventStatus::counted(TargetStatus::Skipped, inputs.collect::<Option<Vec<_>>>()?))
            }
            other => Some(other),
        }
    };
    let all: Vec<Option<TargetStatus>> = newest.values().map(counted).collect();
    let known = EventStatus::of(all.iter().flatten().copied());
    // Running is the first match, whatever the others are.
    let decided = known == EventStatus::Running || all.iter().all(Option::is_some);
    decided.then_some(known)
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn or_unknown<S: Serializer, T: Serialize>(status: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match status {
        Some(status) => status.serialize(serializer),
        None => serializer.serialize_str(UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn times(submitted: Option<i64>, started: Option<i64>, finished: Option<i64>) -> Times {
        Times { submitted_at: submitted.map(at), started_at: started.map(at), finished_at: finished.map(at) }
    }

    #[test]
    fn the_four_times_tell_where_a_target_stood() {
        use TargetStatus as T;
        let all = times(Some(10), Some(20), Some(30));
        for (moment, expected) in [(9, T::Waiting), (10, T::Submitted), (20, T::Running), (30, T::Failed)] {
            assert_eq!(stood(T::Failed, all, true, at(moment)), Some(expected), "{moment}");
        }
        // Skipped and canceled ones may never have been submitted.
        let never = times(None, None, Some(30));
        assert_eq!(stood(T::Skipped, never, false, at(29)), Some(T::Waiting));
        assert_eq!(stood(T::Canceled, never, false, at(29)), Some(T::Waiting));
        assert_eq!(stood(T::Skipped, never, false, at(30)), Some(T::Skipped));
    }

    #[test]
    fn what_lacks_a_time_is_unknown_until_the_next_one_is_there() {
        use TargetStatus as T;
        let imported = times(None, None, Some(30));
        assert_eq!(stood(T::Succeeded, imported, true, at(29)), None);
        assert_eq!(stood(T::Succeeded, imported, true, at(30)), Some(T::Succeeded));
        assert_eq!(stood(T::Errored, imported, true, at(29)), None);
        // Polled too seldom to be seen running.
        let quick = times(Some(10), None, Some(30));
        assert_eq!(stood(T::Succeeded, quick, true, at(9)), Some(T::Waiting));
        assert_eq!(stood(T::Succeeded, quick, true, at(15)), None);
        assert_eq!(stood(T::Running, times(None, Some(20), None), true, at(25)), Some(T::Running));
    }
}
