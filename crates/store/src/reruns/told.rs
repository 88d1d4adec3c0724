//! Plans and reruns as every door tells them: the same JSON from the API and the command line.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::RerunId;
use domain::rerun::{Conflict, Cost, Entry, NothingToDo, Plan, RerunPipeline, RerunStep, Selection, StepJob};
use domain::words::{JobKind, Needs};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use super::Rerun;
use crate::reads::words;

/// Why a plan that was shown is not carried out.
const CHANGED: &str = "it is not any more what was shown; this is what it would be now";

/// What a rerun does, or would do: all lists are always there.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Rerun)]
pub struct Told {
    /// Names what the plan does; none if nothing could be planned.
    pub hash: Option<String>,
    /// Done again, as a new attempt.
    pub redo: Vec<EntryTold>,
    /// Used as it is by what is redone.
    pub share: Vec<EntryTold>,
    /// The same, but what is redone has to wait for it.
    pub wait: Vec<EntryTold>,
    /// Canceled: because it is redone, or taken along by that.
    pub cancel: Vec<EntryTold>,
    /// Would be redone, but cannot be.
    pub cannot: Vec<EntryTold>,
    /// Every other newest attempt of the event.
    pub not_needed: Vec<EntryTold>,
    /// Targets of other events that consumed what is redone; they stay as they are.
    pub outside: Vec<EntryTold>,
    /// The pipelines that come to be.
    pub pipelines: Vec<PipelineTold>,
    /// What it is expected to cost.
    pub cost: CostTold,
    /// Variables for the redone tests.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Why nothing is done; left out if something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What stands against it, in one word: changed, replaced, unfinished, no_such_target, no_such_step, key_of_another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// The targets or steps that stand against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = anything)]
    pub what: Option<serde_json::Value>,
    /// The rerun; left out if nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerun_id: Option<i64>,
    /// The new attempt of each target that was redone: old target to new.
    #[serde(skip_serializing_if = "Option::is_none")]
    // A name in JSON is text.
    #[schema(value_type = Option<BTreeMap<String, i64>>)]
    pub created: Option<BTreeMap<i64, i64>>,
}

/// A target, and why it is in its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RerunEntry)]
pub struct EntryTold {
    /// The target as it is now; what is redone gets a new id.
    pub target_id: i64,
    /// Its name.
    pub name: String,
    /// The kind of its job.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Why.
    pub why: String,
    /// Whether it was asked for itself; left out if it was only brought along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<bool>,
}

/// A pipeline that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RerunPipeline)]
pub struct PipelineTold {
    /// The first pipeline that it is a rerun of.
    pub origin_id: i64,
    /// The package, where the configuration has several.
    pub package: Option<String>,
    /// Its steps; a step stands behind its previous one.
    pub steps: Vec<StepTold>,
}

/// A step that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RerunStep)]
pub struct StepTold {
    /// The index of the previous step in the pipeline.
    pub previous: Option<usize>,
    /// The kind of its job.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Whether its job is `shared` or `new`.
    pub job: &'static str,
    /// The shared job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<i64>,
    /// The job that a new one is made like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like_job_id: Option<i64>,
    /// The targets of a new job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<NewTargetTold>>,
}

/// A target that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RerunTarget)]
pub struct NewTargetTold {
    /// The attempt that it replaces.
    pub old_target_id: i64,
    /// Its name.
    pub name: String,
    /// What it will consume.
    pub inputs: Vec<NewInputTold>,
}

/// What a new target will consume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RerunInput)]
pub struct NewInputTold {
    /// A target as it is now.
    pub target_id: i64,
    /// Whether not that one but the attempt that replaces it is consumed.
    pub redone: bool,
    /// What is needed of it.
    #[schema(schema_with = words::needs)]
    pub needs: Needs,
}

/// What a rerun is expected to cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RerunCost)]
pub struct CostTold {
    /// Builds, SRPMs included.
    pub builds: usize,
    /// Tests.
    pub tests: usize,
    /// Everything else.
    pub others: usize,
    /// What they took lately, all together, in minutes; `unknown` if none of them ever ended.
    #[schema(schema_with = minutes)]
    pub expected_minutes: Minutes,
    /// How many of them never ended, so that nobody knows what they take.
    pub without_history: usize,
}

/// Minutes, or `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Minutes {
    /// Nobody knows: the word `unknown`.
    #[default]
    Unknown,
    /// So many.
    Known(i64),
}

/// The ids, or for `replaced` objects with `target_id`, `newest_id` and `status`.
fn anything() -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(SchemaType::AnyValue).build())
}

/// A number or the word.
fn minutes() -> Schema {
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["unknown"]));
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    Schema::OneOf(OneOfBuilder::new().item(number).item(word).build())
}

impl Serialize for Minutes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_str("unknown"),
            Self::Known(minutes) => serializer.serialize_i64(*minutes),
        }
    }
}

/// A rerun that was carried out, with who asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = RerunDone)]
pub struct Done {
    /// Its event.
    pub event_id: i64,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub selection: Selection,
    /// Who asked.
    pub requested_by: String,
    /// Through which door.
    pub via: String,
    /// Why, in their words.
    pub because: Option<String>,
    /// When it was carried out.
    pub created_at: DateTime<Utc>,
    /// What it did.
    #[serde(flatten)]
    pub did: Told,
}

impl Told {
    /// A plan.
    pub fn plan(plan: &Plan) -> Self {
        let list = |entries: &[Entry]| entries.iter().map(EntryTold::of).collect();
        Self {
            hash: Some(plan.hash.clone()).filter(|hash| !hash.is_empty()),
            redo: list(&plan.redo),
            share: list(&plan.share),
            wait: list(&plan.wait),
            cancel: list(&plan.cancel),
            cannot: list(&plan.cannot),
            not_needed: list(&plan.not_needed),
            outside: list(&plan.outside),
            pipelines: plan.pipelines.iter().map(PipelineTold::of).collect(),
            cost: CostTold::of(plan.cost),
            variables: plan.variables.clone(),
            reason: None,
            conflict: None,
            what: None,
            rerun_id: None,
            created: None,
        }
    }

    /// What was carried out.
    pub fn done(done: &Rerun) -> Self {
        let created = done.created.iter().map(|(old, new)| (old.0, new.0)).collect();
        Self { rerun_id: Some(done.id.0), created: Some(created), ..Self::plan(&done.plan) }
    }

    /// There is nothing to do.
    pub fn nothing(nothing: &NothingToDo) -> Self {
        Self { reason: Some(nothing.reason.clone()), ..Self::plan(&nothing.plan) }
    }

    /// It is refused as it was asked for.
    pub fn conflict(conflict: &Conflict) -> Self {
        let told = serde_json::to_value(conflict).unwrap_or_default();
        Self {
            reason: Some(conflict.to_string()),
            conflict: told["conflict"].as_str().map(str::to_owned),
            what: Some(told["what"].clone()),
            ..Self::plan(&Plan::default())
        }
    }

    /// It is not any more what was shown; what it is now.
    pub fn changed(plan: &Plan) -> Self {
        Self { reason: Some(CHANGED.to_owned()), conflict: Some("changed".to_owned()), ..Self::plan(plan) }
    }

    /// The key was used for something else.
    pub fn key_of_another(rerun: RerunId) -> Self {
        Self {
            reason: Some(format!(
                "the idempotency key was used for another request, which became rerun {rerun}"
            )),
            conflict: Some("key_of_another".to_owned()),
            ..Self::plan(&Plan::default())
        }
    }
}

impl Done {
    /// A rerun that was carried out.
    pub fn of(done: &Rerun) -> Self {
        Self {
            event_id: done.event.0,
            selection: done.selection.clone(),
            requested_by: done.requested_by.clone(),
            via: done.via.to_string(),
            because: done.reason.clone(),
            created_at: done.created_at,
            did: Told::done(done),
        }
    }
}

impl EntryTold {
    fn of(entry: &Entry) -> Self {
        Self {
            target_id: entry.target_id.0,
            name: entry.name.clone(),
            kind: entry.kind,
            identifier: entry.identifier.clone(),
            why: entry.why.clone(),
            asked: entry.asked.then_some(true),
        }
    }
}

impl PipelineTold {
    fn of(pipeline: &RerunPipeline) -> Self {
        Self {
            origin_id: pipeline.origin_id.0,
            package: pipeline.package.clone(),
            steps: pipeline.steps.iter().map(StepTold::of).collect(),
        }
    }
}

impl StepTold {
    fn of(step: &RerunStep) -> Self {
        let (job, job_id, like_job_id, targets) = match &step.job {
            StepJob::Shared { job_id } => ("shared", Some(job_id.0), None, None),
            StepJob::New { like_job_id, targets } => {
                let targets = targets.iter().map(|target| NewTargetTold {
                    old_target_id: target.old_target_id.0,
                    name: target.name.clone(),
                    inputs: target
                        .inputs
                        .iter()
                        .map(|input| NewInputTold {
                            target_id: input.target_id.0,
                            redone: input.redone,
                            needs: input.needs,
                        })
                        .collect(),
                });
                ("new", None, Some(like_job_id.0), Some(targets.collect()))
            }
        };
        let (kind, identifier) = (step.kind, step.identifier.clone());
        Self { previous: step.previous, kind, identifier, job, job_id, like_job_id, targets }
    }
}

impl CostTold {
    fn of(cost: Cost) -> Self {
        Self {
            builds: cost.builds,
            tests: cost.tests,
            others: cost.others,
            expected_minutes: cost.expected_minutes.map_or(Minutes::Unknown, Minutes::Known),
            without_history: cost.without_history,
        }
    }
}
