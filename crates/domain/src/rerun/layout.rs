use std::collections::{BTreeMap, BTreeSet};

use super::closure::Closure;
use super::folded::{Chain, Folded};
use super::outcome::{NewInput, NewTarget, RerunPipeline, RerunStep, StepJob};
use crate::ids::{JobId, PipelineId};

/// The job behind which a new one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Previous {
    None,
    Shared(JobId),
    /// The new job of this index.
    New(usize),
}

/// A job that comes to be: the redone chains of one folded step that consume one job.
struct NewJob {
    place: JobId,
    previous: Previous,
    chains: Vec<Chain>,
}

/// The pipelines of a rerun: for each first pipeline, the shared steps before what is redone, then the new ones.
pub(super) fn pipelines(folded: &Folded<'_>, closure: &Closure) -> Vec<RerunPipeline> {
    let jobs = jobs(folded, closure);
    let mut by_origin: BTreeMap<PipelineId, Vec<usize>> = BTreeMap::new();
    let mut origins: Vec<Option<PipelineId>> = Vec::with_capacity(jobs.len());
    for (index, job) in jobs.iter().enumerate() {
        // What consumes a new job stands with it, although imported chains may have begun in different pipelines.
        let origin = match job.previous {
            Previous::New(before) => origins[before],
            Previous::None | Previous::Shared(_) => {
                job.chains.first().and_then(|chain| folded.origin(*chain))
            }
        };
        origins.push(origin);
        if let Some(origin) = origin {
            by_origin.entry(origin).or_default().push(index);
        }
    }
    by_origin.into_iter().map(|(origin, own)| pipeline(folded, closure, origin, &jobs, &own)).collect()
}

/// The new jobs, each behind the one that it consumes. Folded steps are in the order of their ids, in which nearly all stand
/// behind what they consume; of an import, a newer attempt may consume a chain that began later. Of one folded step, what
/// consumes shared jobs comes first.
fn jobs(folded: &Folded<'_>, closure: &Closure) -> Vec<NewJob> {
    let mut places: BTreeMap<JobId, Vec<Chain>> = BTreeMap::new();
    for chain in closure.redo.keys() {
        places.entry(folded.place(*chain)).or_default().push(*chain);
    }
    let mut jobs: Vec<NewJob> = Vec::new();
    let mut job_of: BTreeMap<Chain, usize> = BTreeMap::new();
    let mut left: Vec<(JobId, Vec<Chain>)> = places.into_iter().collect();
    while !left.is_empty() {
        let is_next = |(_, chains): &(JobId, Vec<Chain>)| {
            let consumed = chains.iter().filter_map(|chain| folded.inputs(*chain).next());
            consumed
                .into_iter()
                .all(|input| !closure.redo.contains_key(&input) || job_of.contains_key(&input))
        };
        let (place, chains) = left.remove(left.iter().position(is_next).unwrap_or_default());
        let mut behind: BTreeMap<Previous, Vec<Chain>> = BTreeMap::new();
        for chain in chains {
            behind.entry(previous(folded, chain, &job_of)).or_default().push(chain);
        }
        for (previous, chains) in behind {
            job_of.extend(chains.iter().map(|chain| (*chain, jobs.len())));
            jobs.push(NewJob { place, previous, chains });
        }
    }
    jobs
}

fn previous(folded: &Folded<'_>, chain: Chain, job_of: &BTreeMap<Chain, usize>) -> Previous {
    match folded.inputs(chain).next() {
        Some(input) => match job_of.get(&input) {
            Some(index) => Previous::New(*index),
            None => Previous::Shared(folded.newest(input).1.job),
        },
        // It consumes nothing of its previous job, if it has one.
        None => match folded.basis.workflow.jobs[&folded.newest(chain).1.job].previous {
            Some(job) => Previous::Shared(job),
            None => Previous::None,
        },
    }
}

fn pipeline(
    folded: &Folded<'_>,
    closure: &Closure,
    origin: PipelineId,
    jobs: &[NewJob],
    own: &[usize],
) -> RerunPipeline {
    let mut shared: BTreeSet<JobId> = BTreeSet::new();
    for index in own {
        let mut above = match jobs[*index].previous {
            Previous::Shared(job) => Some(job),
            Previous::None | Previous::New(_) => None,
        };
        while let Some(job) = above.filter(|job| shared.insert(*job)) {
            above = folded.basis.workflow.jobs[&job].previous;
        }
    }
    let place_of_shared: BTreeMap<JobId, usize> =
        shared.iter().enumerate().map(|(at, job)| (*job, at)).collect();
    let place_of_new: BTreeMap<usize, usize> =
        own.iter().enumerate().map(|(at, index)| (*index, shared.len() + at)).collect();
    let mut steps: Vec<RerunStep> = Vec::new();
    for job_id in &shared {
        let job = &folded.basis.workflow.jobs[job_id];
        steps.push(RerunStep {
            previous: job.previous.map(|job| place_of_shared[&job]),
            kind: job.kind,
            identifier: folded.identifier(*job_id).map(str::to_owned),
            job: StepJob::Shared { job_id: *job_id },
        });
    }
    for index in own {
        let job = &jobs[*index];
        steps.push(RerunStep {
            previous: match job.previous {
                Previous::None => None,
                Previous::Shared(job) => Some(place_of_shared[&job]),
                Previous::New(job) => Some(place_of_new[&job]),
            },
            kind: folded.basis.workflow.jobs[&job.place].kind,
            identifier: folded.identifier(job.place).map(str::to_owned),
            job: StepJob::New {
                like_job_id: job.place,
                targets: job.chains.iter().map(|chain| new_target(folded, closure, *chain)).collect(),
            },
        });
    }
    let package = folded.basis.pipelines.get(&origin).and_then(|pipeline| pipeline.package.clone());
    RerunPipeline { origin_id: origin, package, steps }
}

fn new_target(folded: &Folded<'_>, closure: &Closure, chain: Chain) -> NewTarget {
    let (id, target) = folded.newest(chain);
    let inputs = folded.consumed(chain).map(|input| match folded.chain_of(input.target) {
        Some(of) => NewInput {
            target_id: folded.newest(of).0,
            redone: closure.redo.contains_key(&of),
            needs: input.needs,
        },
        None => {
            NewInput { target_id: folded.newest_elsewhere(input.target), redone: false, needs: input.needs }
        }
    });
    let mut inputs: Vec<NewInput> = inputs.collect();
    // An earlier attempt and its newest one may both be asked for: they are the same by now.
    let mut told = BTreeSet::new();
    inputs.retain(|input| told.insert(input.target_id));
    NewTarget { old_target_id: id, name: target.name.clone(), inputs }
}
