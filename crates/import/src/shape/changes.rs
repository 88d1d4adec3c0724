//! What ended otherwise at the source than it was imported.

use std::collections::BTreeMap;

use domain::words::TargetStatus;
use store::import::KnownEvent;
use store::origins::SourceRow;

use crate::model::SourceEvent;
use crate::report::Changed;

/// The rows of an event that is here which say another end by now. What has ended keeps its status (`docs/design.md` rule 6),
/// so that it can only be told.
pub(crate) fn changes(event: &SourceEvent, known: &KnownEvent) -> Vec<(SourceRow, String)> {
    let statuses: BTreeMap<i64, TargetStatus> =
        known.targets.iter().map(|target| (target.id, target.status)).collect();
    let mut here: BTreeMap<(&str, &str), TargetStatus> = BTreeMap::new();
    for (table, id, our_table, our_id) in &known.origins {
        if let ("targets", Some(status)) = (our_table.as_str(), statuses.get(our_id)) {
            here.insert((table, id), *status);
        }
    }
    let targets = event.groups.iter().flat_map(|group| &group.targets);
    let changed = targets.filter_map(|target| {
        let source = target.status?;
        let here = *here.get(&(target.source.table.as_str(), target.source.id.as_str()))?;
        (source != here).then(|| (target.source.clone(), Changed { here, source }.to_string()))
    });
    changed.collect()
}
