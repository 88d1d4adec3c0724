use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::folded::{Chain, Folded, stands};
use super::{ArtifactLife, Selection};
use crate::details::JobDetails;
use crate::ids::TargetId;
use crate::words::{BuildSystem, Fulfilment, JobKind, Needs};
use crate::workflow::{CancelPlan, Input, Target};

/// What a rerun touches, with the reasons.
#[derive(Debug, Default)]
pub(super) struct Closure {
    /// What is redone.
    pub(super) redo: BTreeMap<Chain, String>,
    /// What would be, but cannot.
    pub(super) cannot: BTreeMap<Chain, String>,
    /// What is canceled: what is redone and has not ended, and what that takes along.
    pub(super) cancel: CancelPlan,
}

impl Closure {
    /// The newest attempts that are redone although they have not ended.
    pub(super) fn unfinished(&self, folded: &Folded<'_>) -> impl Iterator<Item = (TargetId, String)> {
        let newest = self.redo.keys().map(|chain| folded.newest(*chain));
        newest
            .filter(|(_, target)| !target.status.is_finished())
            .map(|(id, target)| (id, folded.name(target)))
    }
}

/// Finds what is redone: the roots, their follow-ups, and what those need that cannot serve as it is.
pub(super) fn find(
    folded: &Folded<'_>,
    roots: &BTreeMap<Chain, String>,
    selection: &Selection,
    life: &ArtifactLife,
    now: DateTime<Utc>,
) -> Closure {
    let mut cannot = BTreeMap::new();
    // What cannot be redone brings no follow-ups, and what needs it cannot be redone either: begin again without it. Each
    // round finds at least one more, and most workflows need one round.
    loop {
        let closure = Closure { cannot: cannot.clone(), ..Closure::default() };
        let mut search = Search { folded, life, now, closure, refused: BTreeMap::new() };
        search.begin(roots, selection.follow_ups);
        search.complete(selection.cancel_running);
        if search.refused.is_empty() {
            return search.closure;
        }
        cannot.extend(search.refused);
    }
}

/// How an input stands for a target that is redone.
enum Serves {
    /// As it is, now or when it has ended.
    Yes,
    /// Only if it is redone; why.
    No(String),
    /// Not at all; why.
    Never(String),
}

struct Search<'a> {
    folded: &'a Folded<'a>,
    life: &'a ArtifactLife,
    now: DateTime<Utc>,
    closure: Closure,
    /// What this round found that cannot be redone.
    refused: BTreeMap<Chain, String>,
}

impl Search<'_> {
    /// The roots and, if wanted, all that follows them.
    fn begin(&mut self, roots: &BTreeMap<Chain, String>, follow_ups: bool) {
        for (chain, why) in roots {
            self.redo(*chain, || why.clone());
        }
        if !follow_ups {
            return;
        }
        let mut open: Vec<Chain> = self.closure.redo.keys().copied().collect();
        while let Some(chain) = open.pop() {
            for follower in self.folded.followers(chain) {
                if self.closure.redo.contains_key(follower) {
                    continue;
                }
                let name = || self.folded.name(self.folded.newest(chain).1);
                if self.redo(*follower, || format!("it consumes {}, which is redone", name())) {
                    open.push(*follower);
                }
            }
        }
    }

    /// Takes up a chain, unless it cannot be redone. Tells whether it is redone.
    fn redo(&mut self, chain: Chain, why: impl FnOnce() -> String) -> bool {
        if self.closure.redo.contains_key(&chain) {
            return true;
        }
        if self.closure.cannot.contains_key(&chain) || self.refused.contains_key(&chain) {
            return false;
        }
        if let Some(reason) = never_again(self.folded, chain, self.life) {
            self.refused.insert(chain, reason);
            return false;
        }
        self.closure.redo.insert(chain, why());
        true
    }

    /// Takes up what is needed by what is redone, until nothing more is.
    fn complete(&mut self, cancel_running: bool) {
        loop {
            let before = self.closure.redo.len();
            let mut open: Vec<Chain> = self.closure.redo.keys().copied().collect();
            while let Some(chain) = open.pop() {
                for input in self.folded.consumed(chain) {
                    open.extend(self.provide(chain, input));
                }
            }
            let chains: Vec<Chain> = self.closure.redo.keys().copied().collect();
            for chain in chains {
                let inputs: BTreeSet<Chain> = self.folded.inputs(chain).collect();
                self.keep_together(chain, &inputs);
            }
            if cancel_running {
                let unfinished: BTreeSet<TargetId> =
                    self.closure.unfinished(self.folded).map(|(id, _)| id).collect();
                let cancel = self.folded.basis.workflow.plan_cancel(&unfinished);
                let same = cancel == self.closure.cancel;
                self.closure.cancel = cancel;
                if !same {
                    continue;
                }
            }
            if self.closure.redo.len() == before {
                return;
            }
        }
    }

    /// Sees to it that a redone chain gets this input. The input's chain, if it was taken up for that.
    fn provide(&mut self, chain: Chain, input: Input) -> Option<Chain> {
        let Some(of) = self.folded.chain_of(input.target) else {
            if let Some(reason) = self.elsewhere_fails(input) {
                self.refused.insert(chain, reason);
            }
            return None;
        };
        if self.closure.redo.contains_key(&of) {
            return None;
        }
        let (id, target) = self.folded.newest(of);
        match self.serves(id, target, input.needs) {
            Serves::Yes => None,
            Serves::Never(reason) => {
                self.refused.insert(chain, reason);
                None
            }
            Serves::No(reason) => {
                let consumer = self.folded.name(self.folded.newest(chain).1);
                if self.redo(of, || format!("{consumer} needs it, and {reason}")) {
                    return Some(of);
                }
                let name = self.folded.name(target);
                self.refused.insert(chain, format!("it needs {name}: {reason}, and that cannot be redone"));
                None
            }
        }
    }

    fn serves(&self, id: TargetId, target: &Target, needs: Needs) -> Serves {
        if self.closure.cancel.taken_along.contains(&id) {
            return Serves::No("it is canceled with what it was submitted with".to_owned());
        }
        match needs.fulfilled_by(target.status) {
            Fulfilment::Open => Serves::Yes,
            Fulfilment::Met => {
                let ended = target.peer_finished_at.or(target.finished_at);
                match self.life.gone(id, target.kind, target.status, ended, self.now) {
                    Some(reason) => Serves::No(reason),
                    None => Serves::Yes,
                }
            }
            // Nothing is redone in the hope that it fails.
            Fulfilment::Impossible if needs == Needs::Failure => Serves::Never(format!(
                "it has something to do only if {} fails; that {}",
                self.folded.name(target),
                stands(target.status)
            )),
            Fulfilment::Impossible => Serves::No(format!("it {}", stands(target.status))),
        }
    }

    /// Why the newest attempt of a target of another event cannot serve; none if it can, or still may.
    fn elsewhere_fails(&self, input: Input) -> Option<String> {
        let other = self.folded.basis.elsewhere.get(&input.target)?;
        let reason = match input.needs.fulfilled_by(other.status) {
            Fulfilment::Open => return None,
            Fulfilment::Met => {
                self.life.gone(other.newest, other.kind, other.status, other.finished_at, self.now)?
            }
            Fulfilment::Impossible => format!("it {}", stands(other.status)),
        };
        Some(format!(
            "it consumes {} {} of event {}, target {}, which is not redone here: {reason}",
            other.kind, other.name, other.event, other.newest
        ))
    }

    /// What one target consumes stands in one job (rule 3). If some of it is redone, or its newest attempts are of several
    /// jobs, all of it is redone, and stands together again.
    fn keep_together(&mut self, consumer: Chain, inputs: &BTreeSet<Chain>) {
        if inputs.len() < 2 {
            return;
        }
        let redone = inputs.iter().filter(|chain| self.closure.redo.contains_key(chain)).count();
        if redone == 0 {
            let jobs: BTreeSet<_> = inputs.iter().map(|chain| self.folded.newest(*chain).1.job).collect();
            if jobs.len() == 1 {
                return;
            }
        }
        let name = self.folded.name(self.folded.newest(consumer).1);
        for chain in inputs {
            if !self.redo(*chain, || format!("{name} consumes it together with others that are redone")) {
                let part = self.folded.name(self.folded.newest(*chain).1);
                self.refused.insert(
                    consumer,
                    format!(
                        "it consumes {part} together with others that are redone, and that cannot be redone"
                    ),
                );
                return;
            }
        }
        // Redone together, they stand in one job only if what they consume does.
        let above: BTreeSet<Chain> = inputs.iter().flat_map(|chain| self.folded.inputs(*chain)).collect();
        self.keep_together(consumer, &above);
    }
}

/// Why a chain can never be done again; none if it can.
fn never_again(folded: &Folded<'_>, chain: Chain, life: &ArtifactLife) -> Option<String> {
    if folded.origin(chain).is_none() {
        return Some("it stands in no pipeline of this event".to_owned());
    }
    let (id, target) = folded.newest(chain);
    let system = BuildSystem::of(target.kind);
    if life.missing.contains(&system) {
        return Some(format!("no {system} is configured here, which would carry it out"));
    }
    let details = folded.basis.jobs.get(&target.job).map(|facts| &facts.details);
    if life.imported_stays && matches!(details, Some(JobDetails::Imported(_))) {
        return Some(
            "it was imported without what its build system was told: a push or a comment starts it anew"
                .to_owned(),
        );
    }
    let scratch = match details {
        Some(JobDetails::KojiBuild(details)) => details.scratch,
        Some(JobDetails::Imported(_)) => target.details.imported.as_ref().is_some_and(|row| row.is_scratch()),
        _ => false,
    };
    if target.kind != JobKind::KojiBuild || scratch {
        return None;
    }
    // Whatever became of later attempts: an NVR that was built once is taken for ever.
    if folded.ever_succeeded(chain) {
        return Some(
            "Koji completed this build, and an NVR that was built once can never be built again".to_owned(),
        );
    }
    let nvr = target.details.nvr.as_deref().unwrap_or("what it builds");
    folded.basis.completed_elsewhere.contains(&id).then(|| {
        format!("Koji completed {nvr} for another target, and what was built once can never be built again")
    })
}
