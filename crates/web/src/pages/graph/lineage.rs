//! What a target came from and what came of it, in words.

use std::collections::BTreeMap;

use super::super::titles;
use super::super::workflow::fold::{Edge, FoldedPipeline, Source};

/// More neighbours than these are counted, not named.
const MOST_TOLD: usize = 4;

/// For each chain in words what it came from and what came of it.
pub(super) fn stories(folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>]) -> BTreeMap<i64, String> {
    let steps = || folded.iter().flat_map(|pipeline| &pipeline.steps);
    let names: BTreeMap<i64, String> = steps()
        .flat_map(|step| step.chains.iter().map(move |chain| (step, chain)))
        .map(|(step, chain)| {
            let job = titles::job(step.job.kind, step.job.identifier.as_deref());
            (chain.id, format!("{job} {}", chain.newest.name))
        })
        .collect();
    let mut from: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let mut to: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for edge in edges {
        let source = match &edge.from {
            Source::Chain { id, is_outdated } => {
                to.entry(*id).or_default().extend(names.get(&edge.to).cloned());
                let named = names.get(id).cloned().unwrap_or_default();
                if *is_outdated { format!("an older attempt at {named}") } else { named }
            }
            Source::Outside { event_id, input } => {
                format!("{} {} of event {event_id}", titles::job_kind(input.kind), input.name)
            }
        };
        from.entry(edge.to).or_default().push(source);
    }
    let told = |verb: &str, others: Option<&Vec<String>>| {
        others.map(|others| match others.as_slice() {
            few if few.len() <= MOST_TOLD => format!("{verb} {}", few.join(", ")),
            many => format!("{verb} {} targets", many.len()),
        })
    };
    names
        .keys()
        .map(|chain| {
            let parts = [told("From", from.get(chain)), told("Goes into", to.get(chain))];
            (*chain, parts.into_iter().flatten().collect::<Vec<_>>().join(". "))
        })
        .filter(|(_, story)| !story.is_empty())
        .collect()
}
