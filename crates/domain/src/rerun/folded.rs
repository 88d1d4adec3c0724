use std::collections::{BTreeMap, BTreeSet};

use super::{Basis, Selection};
use crate::ids::{JobId, PipelineId, TargetId};
use crate::words::{Fulfilment, TargetStatus};
use crate::workflow::{Input, Target, ended};

/// A chain, named by its first attempt.
pub(super) type Chain = TargetId;

/// The workflow as it is drawn: chains with their newest attempts, and who consumes whom.
pub(super) struct Folded<'a> {
    pub(super) basis: &'a Basis,
    /// Builds of other events that the tests are to consume this time.
    with_builds: &'a BTreeSet<TargetId>,
    newest: BTreeMap<Chain, (TargetId, &'a Target)>,
    followers: BTreeMap<Chain, Vec<Chain>>,
    /// Chains of which an attempt succeeded, be it not the newest.
    succeeded: BTreeSet<Chain>,
    /// The first pipeline in which a job stands; of a job that began in a rerun, the one that it is a rerun of.
    origins: BTreeMap<JobId, PipelineId>,
}

impl<'a> Folded<'a> {
    pub(super) fn of(basis: &'a Basis, selection: &'a Selection) -> Self {
        let mut newest: BTreeMap<Chain, (TargetId, &Target)> = BTreeMap::new();
        let mut succeeded = BTreeSet::new();
        for (id, target) in &basis.workflow.targets {
            if target.status == TargetStatus::Succeeded {
                succeeded.insert(target.chain);
            }
            let top = newest.entry(target.chain).or_insert((*id, target));
            if top.1.attempt < target.attempt {
                *top = (*id, target);
            }
        }
        let mut followers: BTreeMap<Chain, Vec<Chain>> = BTreeMap::new();
        for (chain, (_, target)) in &newest {
            for input in &target.inputs {
                if let Some(of) = basis.workflow.targets.get(&input.target) {
                    followers.entry(of.chain).or_default().push(*chain);
                }
            }
        }
        let mut origins = BTreeMap::new();
        for step in basis.steps.values() {
            if let Some(pipeline) = basis.pipelines.get(&step.pipeline) {
                origins.entry(step.job).or_insert(pipeline.origin.unwrap_or(step.pipeline));
            }
        }
        Self { basis, with_builds: &selection.with_builds, newest, followers, succeeded, origins }
    }

    /// The newest attempts, by chain.
    pub(super) fn chains(&self) -> impl Iterator<Item = (Chain, TargetId, &'a Target)> {
        self.newest.iter().map(|(chain, (id, target))| (*chain, *id, *target))
    }

    /// The newest attempt of a chain of this event.
    pub(super) fn newest(&self, chain: Chain) -> (TargetId, &'a Target) {
        self.newest[&chain]
    }

    /// The chain of a target of this event; none for one of another event.
    pub(super) fn chain_of(&self, target: TargetId) -> Option<Chain> {
        self.basis.workflow.targets.get(&target).map(|target| target.chain)
    }

    /// What the next attempt of a chain consumes: what the newest one does. Builds of other events that a test was only told
    /// to consume as well were an argument of that run, as variables are: they are left out unless they are asked for again.
    pub(super) fn consumed(&self, chain: Chain) -> impl Iterator<Item = Input> {
        let (_, target) = self.newest(chain);
        let inputs = target.inputs.iter().copied();
        inputs.filter(move |input| {
            !target.kind.is_test()
                || self.chain_of(input.target).is_some()
                || self.with_builds.contains(&input.target)
                || self.was_planned(chain, input.target)
        })
    }

    /// Whether the first attempt of a chain consumed this target of another event, be it an earlier attempt of it.
    fn was_planned(&self, chain: Chain, input: TargetId) -> bool {
        let first = self.basis.workflow.targets.get(&chain);
        first.is_some_and(|first| {
            first
                .inputs
                .iter()
                .any(|planned| self.newest_elsewhere(planned.target) == self.newest_elsewhere(input))
        })
    }

    /// The newest attempt of a target of another event, as far as it is known.
    pub(super) fn newest_elsewhere(&self, input: TargetId) -> TargetId {
        self.basis.elsewhere.get(&input).map_or(input, |other| other.newest)
    }

    /// The chains that a chain's newest attempt consumes, those of other events left out.
    pub(super) fn inputs(&self, chain: Chain) -> impl Iterator<Item = Chain> {
        self.newest[&chain].1.inputs.iter().filter_map(|input| self.chain_of(input.target))
    }

    /// The chains that consume a chain.
    pub(super) fn followers(&self, chain: Chain) -> &[Chain] {
        self.followers.get(&chain).map_or(&[], Vec::as_slice)
    }

    /// The folded step of a chain: the job of its first attempt.
    pub(super) fn place(&self, chain: Chain) -> JobId {
        self.basis.workflow.targets.get(&chain).unwrap_or(self.newest[&chain].1).job
    }

    /// Whether any attempt of a chain succeeded.
    pub(super) fn ever_succeeded(&self, chain: Chain) -> bool {
        self.succeeded.contains(&chain)
    }

    /// The first pipeline of a chain.
    pub(super) fn origin(&self, chain: Chain) -> Option<PipelineId> {
        self.origins.get(&self.place(chain)).copied()
    }

    /// Whether a newest attempt counts as failed: it failed, errored or was canceled, or was skipped although the newest
    /// attempts of all its inputs give what it needs. What was skipped for good reason comes along as a follow-up only.
    pub(super) fn is_failed(&self, target: &Target) -> bool {
        match target.status {
            TargetStatus::Failed | TargetStatus::Errored | TargetStatus::Canceled => true,
            TargetStatus::Skipped => self.consumed(target.chain).all(|input| {
                let status = self.newest_status(input.target);
                status.is_none_or(|status| input.needs.fulfilled_by(status) == Fulfilment::Met)
            }),
            _ => false,
        }
    }

    fn newest_status(&self, input: TargetId) -> Option<TargetStatus> {
        match self.chain_of(input) {
            Some(chain) => Some(self.newest(chain).1.status),
            None => self.basis.elsewhere.get(&input).map(|other| other.status),
        }
    }

    /// A target of this event as people call it: `test_run fedora-43-x86_64 (full)`.
    pub(super) fn name(&self, target: &Target) -> String {
        match self.identifier(target.job) {
            Some(identifier) => format!("{} {} ({identifier})", target.kind, target.name),
            None => format!("{} {}", target.kind, target.name),
        }
    }

    /// The identifier of a job.
    pub(super) fn identifier(&self, job: JobId) -> Option<&'a str> {
        self.basis.jobs.get(&job).and_then(|facts| facts.identifier.as_deref())
    }
}

/// Where a target stands, as the end of a sentence that begins with its name.
pub(super) fn stands(status: TargetStatus) -> &'static str {
    match status {
        TargetStatus::Waiting => "is waiting",
        TargetStatus::Ready => "is ready to be submitted",
        TargetStatus::Submitting => "is being submitted",
        TargetStatus::Submitted => "was submitted and has not ended",
        TargetStatus::Running => "is running",
        finished => ended(finished),
    }
}
