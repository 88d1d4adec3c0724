use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

use super::closure::Closure;
use super::cost::{self, Cost};
use super::folded::{Chain, Folded, stands};
use super::{Elsewhere, Selection, hash, layout};
use crate::ids::{JobId, PipelineId, StepId, TargetId};
use crate::words::{JobKind, Needs, TargetStatus};

/// The most targets that a reason names.
const NAMED: usize = 5;

/// What came of planning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// Something is redone.
    Plan(Plan),
    /// Nothing is, and nothing is written.
    NothingToDo(NothingToDo),
    /// It cannot be done as it was asked for.
    Conflict(Conflict),
}

impl Planned {
    /// What it says of each target, also where nothing is redone.
    pub fn plan_mut(&mut self) -> Option<&mut Plan> {
        match self {
            Self::Plan(plan) => Some(plan),
            Self::NothingToDo(nothing) => Some(&mut nothing.plan),
            Self::Conflict(_) => None,
        }
    }
}

/// A plan that redoes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NothingToDo {
    /// Why, in words for the person who asked.
    pub reason: String,
    /// What it says of each target.
    pub plan: Plan,
}

/// Why a rerun is refused as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "conflict", content = "what", rename_all = "snake_case")]
pub enum Conflict {
    /// The event has no such targets.
    #[error("the event has no target {}", numbers(.0))]
    NoSuchTarget(BTreeSet<TargetId>),
    /// The event has no such steps.
    #[error("the event has no step {}", numbers(.0))]
    NoSuchStep(BTreeSet<StepId>),
    /// These were redone already: only a newest attempt can be.
    #[error("{}", replaced(.0))]
    Replaced(Vec<Replaced>),
    /// These have not ended, and nobody said to cancel them; each with its name. Told in JSON by their ids alone.
    #[error("not ended yet: {}; ask to cancel what runs, or wait for its end", unfinished(.0))]
    Unfinished(#[serde(serialize_with = "ids")] BTreeMap<TargetId, String>),
}

/// An attempt that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The attempt that was asked for.
    pub target_id: TargetId,
    /// What people call it: `copr_build fedora-43-x86_64`.
    pub name: String,
    /// The newest attempt of its chain.
    pub newest_id: TargetId,
    /// Where that one stands.
    pub status: TargetStatus,
}

/// A few of them; of the others, how many.
pub(super) fn listed(all: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let more = all.len().saturating_sub(NAMED);
    let first = all.take(NAMED).collect::<Vec<_>>().join(between);
    if more == 0 { first } else { format!("{first}{between}and {more} more") }
}

fn numbers<T: std::fmt::Display>(ids: &BTreeSet<T>) -> String {
    listed(ids.iter().map(ToString::to_string), ", ")
}

fn unfinished(all: &BTreeMap<TargetId, String>) -> String {
    listed(all.iter().map(|(id, name)| format!("{name}, target {id}")), "; ")
}

fn replaced(all: &[Replaced]) -> String {
    let each = all.iter().map(|one| {
        let Replaced { target_id, name, newest_id, status } = one;
        format!(
            "{name}, target {target_id}, was already redone: its newest attempt, target {newest_id}, {}",
            stands(*status)
        )
    });
    listed(each, "; ")
}

fn ids<S: Serializer>(all: &BTreeMap<TargetId, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.keys())
}

/// What a rerun does to each target, and what comes to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Names what the plan does: equal if and only if it does the same.
    pub hash: String,
    /// Done again, as a new attempt.
    pub redo: Vec<Entry>,
    /// Used as it is by what is redone, directly or over others.
    pub share: Vec<Entry>,
    /// The same, but what is redone has to wait for it.
    pub wait: Vec<Entry>,
    /// Canceled: because it is redone, or taken along by that; and skipped, because what it waits for is canceled.
    pub cancel: Vec<Entry>,
    /// Would be redone, but cannot be.
    pub cannot: Vec<Entry>,
    /// Every other newest attempt of the event.
    pub not_needed: Vec<Entry>,
    /// Targets of other events that consumed what is redone; they stay as they are.
    pub outside: Vec<Entry>,
    /// The pipelines that come to be, one for each first pipeline that is touched.
    pub pipelines: Vec<RerunPipeline>,
    /// What it is expected to cost.
    pub cost: Cost,
    /// Variables for the redone tests; an empty value takes one away.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

/// A target, and why it is in its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The target as it is now; what is redone gets a new id.
    pub target_id: TargetId,
    /// Its name.
    pub name: String,
    /// The kind of its job.
    pub kind: JobKind,
    /// The identifier of its job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Why.
    pub why: String,
    /// Whether it was asked for itself, not only brought along.
    #[serde(default, skip_serializing_if = "is_false")]
    pub asked: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A pipeline that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerunPipeline {
    /// The first pipeline that it is a rerun of.
    pub origin_id: PipelineId,
    /// The package, where the configuration has several.
    pub package: Option<String>,
    /// Its steps; a step stands behind its previous one.
    pub steps: Vec<RerunStep>,
}

/// A step that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerunStep {
    /// The index of the previous step in the pipeline.
    pub previous: Option<usize>,
    /// The kind of its job.
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// The job that stands there.
    #[serde(flatten)]
    pub job: StepJob,
}

/// The job of a step that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum StepJob {
    /// The same job as before.
    Shared {
        /// The job.
        job_id: JobId,
    },
    /// A new one with the redone targets only.
    New {
        /// The job whose kind, identifier and details it takes over.
        like_job_id: JobId,
        /// Its targets, in the order of their chains.
        targets: Vec<NewTarget>,
    },
}

/// A target that comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTarget {
    /// The attempt that it replaces.
    pub old_target_id: TargetId,
    /// Its name.
    pub name: String,
    /// What it will consume.
    pub inputs: Vec<NewInput>,
}

/// What a new target will consume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInput {
    /// A target as it is now.
    pub target_id: TargetId,
    /// Whether not that one but the attempt that replaces it is consumed.
    pub redone: bool,
    /// What is needed of it.
    pub needs: Needs,
}

/// Says of each target what is done to it, and which of them were asked for.
pub(super) fn draw(
    folded: &Folded<'_>,
    roots: &BTreeMap<Chain, String>,
    closure: &Closure,
    selection: &Selection,
) -> Plan {
    let pipelines = layout::pipelines(folded, closure);
    let used = Used::of(folded, closure);
    let chains = |chains: &BTreeMap<TargetId, String>| {
        let each = chains.iter().map(|(chain, why)| {
            let entry = entry(folded, folded.newest(*chain).0, why.clone());
            Entry { asked: roots.contains_key(chain), ..entry }
        });
        sorted(each.collect())
    };
    let mut plan = Plan {
        hash: String::new(),
        redo: chains(&closure.redo),
        share: used.entries(folded, true),
        wait: used.entries(folded, false),
        cancel: canceled(folded, closure, &used),
        cannot: chains(&closure.cannot),
        not_needed: Vec::new(),
        outside: outside(folded, closure),
        pipelines,
        cost: cost::of(folded, closure.redo.keys().copied()),
        variables: selection.variables.clone(),
    };
    let told: BTreeSet<TargetId> = [&plan.redo, &plan.share, &plan.wait, &plan.cancel, &plan.cannot]
        .into_iter()
        .flatten()
        .map(|entry| entry.target_id)
        .collect();
    plan.not_needed = sorted(
        folded
            .chains()
            .filter(|(_, id, _)| !told.contains(id))
            .map(|(chain, id, target)| {
                let stale = folded.inputs(chain).any(|input| closure.redo.contains_key(&input));
                let why = match (stale, selection.follow_ups) {
                    (false, _) => format!("not asked for; it {}", stands(target.status)),
                    (true, false) => {
                        "without follow-ups: it stays what came of the attempt before".to_owned()
                    }
                    (true, true) => {
                        "what it consumed is redone for others; it stays what came of that".to_owned()
                    }
                };
                entry(folded, id, why)
            })
            .collect(),
    );
    plan.hash = hash::of(folded.basis.workflow.event, &plan);
    plan
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| entry.target_id);
    entries
}

/// What is consumed as it is.
struct Used<'a> {
    /// Targets of this event: what redone ones consume, and all that those consumed in turn.
    here: BTreeSet<TargetId>,
    /// Newest attempts of other events, by id.
    elsewhere: BTreeMap<TargetId, &'a Elsewhere>,
}

impl<'a> Used<'a> {
    fn of(folded: &Folded<'a>, closure: &Closure) -> Self {
        let mut used = Self { here: BTreeSet::new(), elsewhere: BTreeMap::new() };
        let mut open: Vec<TargetId> = Vec::new();
        for chain in closure.redo.keys() {
            for input in folded.consumed(*chain) {
                match folded.chain_of(input.target) {
                    Some(of) if closure.redo.contains_key(&of) => {}
                    Some(of) => open.push(folded.newest(of).0),
                    None => {
                        let other = folded.basis.elsewhere.get(&input.target);
                        used.elsewhere.extend(other.map(|other| (other.newest, other)));
                    }
                }
            }
        }
        while let Some(id) = open.pop() {
            if let Some(target) = folded.basis.workflow.targets.get(&id)
                && used.here.insert(id)
            {
                open.extend(target.inputs.iter().map(|input| input.target));
            }
        }
        // What was consumed long ago may be redone for others; then that is what there is to say of it.
        for chain in closure.redo.keys() {
            used.here.remove(&folded.newest(*chain).0);
        }
        used
    }

    /// Those that have ended, or those that have not.
    fn entries(&self, folded: &Folded<'_>, finished: bool) -> Vec<Entry> {
        let here = self.here.iter().map(|id| (id, &folded.basis.workflow.targets[id]));
        let here = here
            .filter(|(_, target)| target.status.is_finished() == finished)
            .map(|(id, target)| entry(folded, *id, used_why(target.status)));
        let elsewhere = self.elsewhere.iter().filter(|(_, other)| other.status.is_finished() == finished);
        let elsewhere = elsewhere.map(|(id, other)| Entry {
            target_id: *id,
            name: other.name.clone(),
            kind: other.kind,
            identifier: None,
            why: format!("of event {}: {}", other.event, used_why(other.status)),
            asked: false,
        });
        sorted(here.chain(elsewhere).collect())
    }
}

fn used_why(status: TargetStatus) -> String {
    let stands = stands(status);
    if status.is_finished() {
        format!("it {stands}, and is used as it is")
    } else {
        format!("it {stands}; what is redone waits for it")
    }
}

fn canceled(folded: &Folded<'_>, closure: &Closure, used: &Used<'_>) -> Vec<Entry> {
    let cancel = &closure.cancel;
    let redone = cancel.ends_now.iter().chain(&cancel.asked);
    let redone = redone.map(|id| entry(folded, *id, "it has not ended, and is redone".to_owned()));
    let along = cancel.taken_along.iter().map(|id| {
        entry(
            folded,
            *id,
            "it rides on a submission that is canceled, which is canceled as a whole".to_owned(),
        )
    });
    let is_newest =
        |id: &&TargetId| folded.chain_of(**id).is_some_and(|chain| folded.newest(chain).0 == **id);
    // What is redone may wait for one of them: then that is what there is to say of it.
    let skipped = cancel.skipped.iter().filter(is_newest).filter(|id| !used.here.contains(id));
    let skipped =
        skipped.map(|id| entry(folded, *id, "what it waits for is canceled: it is skipped then".to_owned()));
    sorted(redone.chain(along).chain(skipped).collect())
}

fn outside(folded: &Folded<'_>, closure: &Closure) -> Vec<Entry> {
    let mut found: BTreeMap<TargetId, Entry> = BTreeMap::new();
    for consumer in &folded.basis.consumers {
        let Some(chain) = folded.chain_of(consumer.input) else { continue };
        if !closure.redo.contains_key(&chain) {
            continue;
        }
        let input = folded.name(folded.newest(chain).1);
        found.entry(consumer.target).or_insert_with(|| Entry {
            target_id: consumer.target,
            name: consumer.name.clone(),
            kind: consumer.kind,
            identifier: None,
            why: format!("it is of event {} and consumed {input}; it is not redone", consumer.event),
            asked: false,
        });
    }
    found.into_values().collect()
}

/// A target of this event, and why it is in its list.
fn entry(folded: &Folded<'_>, id: TargetId, why: String) -> Entry {
    let target = &folded.basis.workflow.targets[&id];
    let identifier = folded.identifier(target.job).map(str::to_owned);
    Entry { target_id: id, name: target.name.clone(), kind: target.kind, identifier, why, asked: false }
}
