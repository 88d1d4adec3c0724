use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::folded::{Chain, Folded, stands};
use super::outcome::{Conflict, Replaced, listed};
use crate::ids::{StepId, TargetId};
use crate::words::JobKind;
use crate::workflow::Target;

/// What was asked for. A set that is empty is a set that was asked for: it selects nothing, never all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Which part of the workflow.
    pub asked: Asked,
    /// Of these kinds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<JobKind>>,
    /// Of jobs with one of these identifiers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<BTreeSet<String>>,
    /// Of jobs with at least one of these labels only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<String>>,
    /// Of these packages only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<BTreeSet<String>>,
    /// Variables for the redone tests, over those they were planned with; an empty value takes one away.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Builds of other events that the redone tests consume as well, each in its own chroot and this time only: what
    /// [`super::Basis::consume_as_well`] was given.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub with_builds: BTreeSet<TargetId>,
    /// Whether what consumes a redone target is redone too.
    #[serde(default = "with_follow_ups")]
    pub follow_ups: bool,
    /// Whether what has not ended is canceled, so that it can be redone.
    #[serde(default)]
    pub cancel_running: bool,
}

fn with_follow_ups() -> bool {
    true
}

/// A part of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Every target.
    Everything,
    /// Every target that failed.
    Failed,
    /// Every build that failed.
    FailedBuilds,
    /// Every test that failed.
    FailedTests,
    /// The newest attempts of folded steps; a step of any pipeline stands for the folded step that it is drawn in.
    Steps(BTreeSet<StepId>),
    /// These targets, which must be newest attempts.
    Targets(BTreeSet<TargetId>),
    /// The newest attempts of these targets: what a check run's button means.
    NewestOf(BTreeSet<TargetId>),
}

/// What a selection comes to.
pub(super) enum Roots {
    /// Chains, at least one, each with why it is redone.
    Chains(BTreeMap<Chain, String>),
    /// None; why.
    Nothing(String),
    /// It cannot be meant.
    Conflict(Conflict),
}

impl Selection {
    /// This part, follow-ups included, nothing canceled.
    pub fn of(asked: Asked) -> Self {
        Self {
            asked,
            kinds: None,
            identifiers: None,
            labels: None,
            packages: None,
            variables: BTreeMap::new(),
            with_builds: BTreeSet::new(),
            follow_ups: true,
            cancel_running: false,
        }
    }

    /// The chains that were asked for.
    pub(super) fn roots(&self, folded: &Folded<'_>) -> Roots {
        let chains = match self.asked_chains(folded) {
            Ok(chains) => chains,
            Err(conflict) => return Roots::Conflict(conflict),
        };
        let roots: BTreeMap<Chain, String> = chains
            .into_iter()
            .map(|chain| (chain, folded.newest(chain).1))
            .filter(|(chain, target)| self.admits(folded, *chain, target))
            .map(|(chain, target)| (chain, format!("asked for; it {}", stands(target.status))))
            .collect();
        if roots.is_empty() { Roots::Nothing(self.why_nothing(folded)) } else { Roots::Chains(roots) }
    }

    fn asked_chains(&self, folded: &Folded<'_>) -> Result<Vec<Chain>, Conflict> {
        let failed = |wanted: fn(JobKind) -> bool| {
            let chains = folded.chains();
            chains
                .filter(|(_, _, target)| wanted(target.kind) && folded.is_failed(target))
                .map(|(chain, ..)| chain)
                .collect()
        };
        Ok(match &self.asked {
            Asked::Everything => folded.chains().map(|(chain, ..)| chain).collect(),
            Asked::Failed => failed(|_| true),
            Asked::FailedBuilds => failed(JobKind::is_build),
            Asked::FailedTests => failed(JobKind::is_test),
            Asked::Steps(steps) => of_steps(folded, steps)?,
            Asked::Targets(targets) => newest_only(folded, targets)?,
            Asked::NewestOf(targets) => known(folded, targets)?,
        })
    }

    fn admits(&self, folded: &Folded<'_>, chain: Chain, target: &Target) -> bool {
        let Some(job) = folded.basis.jobs.get(&target.job) else { return false };
        let configured = job.details.configured();
        let pipeline = folded.origin(chain).and_then(|id| folded.basis.pipelines.get(&id));
        let package = pipeline.and_then(|pipeline| pipeline.package.as_deref());
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&target.kind))
            && any_of(&self.identifiers, job.identifier.as_deref())
            && any_of(&self.labels, configured.labels.iter().map(String::as_str))
            && any_of(&self.packages, package.into_iter().chain([configured.package.as_str()]))
    }

    /// Whether it is narrowed by kind, identifier, label or package.
    pub fn is_filtered(&self) -> bool {
        self.kinds.is_some() || self.identifiers.is_some() || self.labels.is_some() || self.packages.is_some()
    }

    fn why_nothing(&self, folded: &Folded<'_>) -> String {
        let failed = |wanted: fn(JobKind) -> bool| {
            named(folded, |target| wanted(target.kind) && folded.is_failed(target))
        };
        let of_those = if self.is_filtered() { " of what was asked for" } else { "" };
        let (what, instead) = match &self.asked {
            Asked::Everything if self.is_filtered() => ("nothing is of what was asked for".to_owned(), None),
            Asked::Everything => ("the event started nothing".to_owned(), None),
            Asked::Failed => (format!("nothing{of_those} failed"), None),
            Asked::FailedBuilds => (
                format!("no build{of_those} failed"),
                failed(JobKind::is_test).map(|tests| format!("failed tests: {tests}")),
            ),
            Asked::FailedTests => (
                format!("no test{of_those} failed"),
                failed(JobKind::is_build)
                    .map(|builds| format!("failed builds: {builds}; redo these, and their tests come along")),
            ),
            Asked::Steps(_) | Asked::Targets(_) | Asked::NewestOf(_) if self.is_filtered() => {
                ("none of them is of what was asked for".to_owned(), None)
            }
            Asked::Steps(_) => ("no step was asked for".to_owned(), None),
            Asked::Targets(_) | Asked::NewestOf(_) => ("no target was asked for".to_owned(), None),
        };
        let unfinished = match self.asked {
            Asked::Failed | Asked::FailedBuilds | Asked::FailedTests => {
                named(folded, |target| !target.status.is_finished())
            }
            _ => None,
        };
        let mut reason = what;
        for more in [instead, unfinished.map(|open| format!("not ended yet: {open}"))].into_iter().flatten() {
            reason.push_str("; ");
            reason.push_str(&more);
        }
        reason
    }
}

/// Whether one of these words is wanted.
fn any_of<'a>(wanted: &Option<BTreeSet<String>>, words: impl IntoIterator<Item = &'a str>) -> bool {
    wanted.as_ref().is_none_or(|wanted| words.into_iter().any(|word| wanted.contains(word)))
}

/// The names of the newest attempts that are so; none if there are none.
fn named(folded: &Folded<'_>, are: impl Fn(&Target) -> bool) -> Option<String> {
    let found: Vec<String> = folded
        .chains()
        .filter(|(_, _, target)| are(target))
        .map(|(_, id, target)| format!("{}, target {id}", folded.name(target)))
        .collect();
    (!found.is_empty()).then(|| listed(found.into_iter(), "; "))
}

fn of_steps(folded: &Folded<'_>, steps: &BTreeSet<StepId>) -> Result<Vec<Chain>, Conflict> {
    let unknown: BTreeSet<StepId> =
        steps.iter().filter(|step| !folded.basis.steps.contains_key(step)).copied().collect();
    if !unknown.is_empty() {
        return Err(Conflict::NoSuchStep(unknown));
    }
    let jobs: BTreeSet<_> = steps.iter().map(|step| folded.basis.steps[step].job).collect();
    let targets = folded.basis.workflow.targets.values();
    let places: BTreeSet<_> = targets
        .filter(|target| jobs.contains(&target.job))
        .map(|target| folded.place(target.chain))
        .collect();
    Ok(folded
        .chains()
        .map(|(chain, ..)| chain)
        .filter(|chain| places.contains(&folded.place(*chain)))
        .collect())
}

fn known(folded: &Folded<'_>, targets: &BTreeSet<TargetId>) -> Result<Vec<Chain>, Conflict> {
    let unknown: BTreeSet<TargetId> =
        targets.iter().filter(|target| folded.chain_of(**target).is_none()).copied().collect();
    if !unknown.is_empty() {
        return Err(Conflict::NoSuchTarget(unknown));
    }
    let chains: BTreeSet<Chain> = targets.iter().filter_map(|target| folded.chain_of(*target)).collect();
    Ok(chains.into_iter().collect())
}

fn newest_only(folded: &Folded<'_>, targets: &BTreeSet<TargetId>) -> Result<Vec<Chain>, Conflict> {
    let chains = known(folded, targets)?;
    let replaced: Vec<Replaced> = targets
        .iter()
        .filter_map(|target| {
            let (newest, now) = folded.newest(folded.chain_of(*target)?);
            (newest != *target).then(|| Replaced {
                target_id: *target,
                name: folded.name(now),
                newest_id: newest,
                status: now.status,
            })
        })
        .collect();
    if replaced.is_empty() { Ok(chains) } else { Err(Conflict::Replaced(replaced)) }
}
