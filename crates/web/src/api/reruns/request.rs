//! A rerun as it is asked for.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use domain::ids::{StepId, TargetId};
use domain::rerun::{Asked as Part, Selection};
use domain::words::JobKind;
use serde::Deserialize;
use store::reads::words;
use utoipa::ToSchema;

use crate::api::whole;
use crate::problem::Problem;

/// The longest idempotency key, in bytes.
pub(in crate::api) const LONGEST_KEY: usize = 200;
/// The longest reason, in characters.
pub(in crate::api) const LONGEST_REASON: usize = 1000;

/// A part of a workflow, and how it is redone.
#[derive(Deserialize, ToSchema)]
#[schema(as = RerunRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The event; needed where the address does not name it.
    #[serde(default, deserialize_with = "whole::id")]
    pub(super) event: Option<i64>,
    /// `all`, `failed`, `failed_builds` or `failed_tests`; or `{"steps": [..]}` or `{"targets": [..]}`. May be left out if `kinds`,
    /// `identifiers`, `labels` or `packages` say what is meant.
    selection: Option<Selected>,
    /// Of these kinds only.
    #[schema(schema_with = kinds)]
    kinds: Option<BTreeSet<JobKind>>,
    /// Of jobs with one of these identifiers only.
    #[schema(value_type = Option<Vec<String>>)]
    identifiers: Option<BTreeSet<String>>,
    /// Of jobs with at least one of these labels only.
    #[schema(value_type = Option<Vec<String>>)]
    labels: Option<BTreeSet<String>>,
    /// Of these packages only.
    #[schema(value_type = Option<Vec<String>>)]
    packages: Option<BTreeSet<String>>,
    /// Whether what consumes a redone target is redone too.
    #[serde(default = "with_follow_ups")]
    follow_ups: bool,
    /// Whether what has not ended is canceled, so that it can be redone; a token needs the scope `cancel` as well.
    #[serde(default)]
    pub(super) cancel_running: bool,
    /// Whether only to tell the plan.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// The plan that was shown: another one is refused. Where nothing is left to do, that is said.
    #[serde(alias = "plan_hash")]
    pub(super) hash: Option<String>,
    /// Why, for those who wonder later.
    pub(super) reason: Option<String>,
}

fn with_follow_ups() -> bool {
    true
}

/// The document's list of kinds, or none.
fn kinds() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, SchemaType, Type};
    let or_none = SchemaType::Array(vec![Type::Array, Type::Null]);
    ArrayBuilder::new().schema_type(or_none).items(words::job_kind()).build()
}

/// Which part.
#[derive(Deserialize, ToSchema)]
#[schema(as = RerunSelection)]
#[serde(rename_all = "snake_case")]
enum Selected {
    /// Every target.
    #[serde(alias = "everything")]
    All,
    /// Every target that failed.
    Failed,
    /// Every build that failed.
    FailedBuilds,
    /// Every test that failed.
    FailedTests,
    /// The newest attempts of these steps.
    #[schema(value_type = Vec<i64>)]
    Steps(#[serde(deserialize_with = "whole::ids")] BTreeSet<StepId>),
    /// These targets, which must be newest attempts.
    #[schema(value_type = Vec<i64>)]
    Targets(#[serde(deserialize_with = "whole::ids")] BTreeSet<TargetId>),
}

impl Wanted {
    pub(super) fn selection(&self) -> Result<Selection, Problem> {
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            let detail = format!("`reason` is text of up to {LONGEST_REASON} characters.");
            return Err(Problem::bad_parameter("reason", detail));
        }
        let asked = match &self.selection {
            Some(Selected::All) | None => Part::Everything,
            Some(Selected::Failed) => Part::Failed,
            Some(Selected::FailedBuilds) => Part::FailedBuilds,
            Some(Selected::FailedTests) => Part::FailedTests,
            Some(Selected::Steps(steps)) => Part::Steps(steps.clone()),
            Some(Selected::Targets(targets)) => Part::Targets(targets.clone()),
        };
        let selection = Selection {
            kinds: self.kinds.clone(),
            identifiers: self.identifiers.clone(),
            labels: self.labels.clone(),
            packages: self.packages.clone(),
            follow_ups: self.follow_ups,
            cancel_running: self.cancel_running,
            ..Selection::of(asked)
        };
        if self.selection.is_none() && !selection.is_filtered() {
            return Err(Problem::bad_parameter(
                "selection",
                "Say what to do again: `selection`, or `kinds`, `identifiers`, `labels` or `packages`.",
            ));
        }
        Ok(selection)
    }
}

/// The caller's name for this request.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("Idempotency-Key") else { return Ok(None) };
    let is_visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let is_of_length = |key: &&str| (1..=LONGEST_KEY).contains(&key.len());
    let key = value.to_str().ok().map(str::trim).filter(is_of_length).filter(is_visible);
    let wrong = || {
        let detail = format!("An idempotency key is 1 to {LONGEST_KEY} visible characters.");
        Problem::bad_parameter("Idempotency-Key", detail)
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}
