//! Bodhi updates and the Koji builds that they carry.

use std::collections::BTreeMap;

use domain::words::JobKind;
use store::origins::SourceRow;

use crate::model::{SourceEvent, SourceInput, SourceTarget};

/// Bodhi updates say by name and version which Koji builds they carry. Those of other events are looked for later.
pub(super) fn link_updates(event: &mut SourceEvent) {
    let builds = || {
        event.groups.iter().filter(|group| group.kind == JobKind::KojiBuild).flat_map(|group| &group.targets)
    };
    let by_name: BTreeMap<String, SourceRow> =
        builds().filter_map(|target| Some((nvr(target)?, target.source.clone()))).collect();
    let updates = event.groups.iter_mut().filter(|group| group.kind == JobKind::BodhiUpdate);
    for target in updates.flat_map(|group| &mut group.targets) {
        let names = carried(target);
        target.by_name = names.is_empty();
        for name in names {
            if let Some(build) = by_name.get(&name) {
                target.inputs.push(SourceInput { target: build.clone(), source: None });
            }
        }
    }
}

fn column<'a>(target: &'a SourceTarget, name: &str) -> Option<&'a str> {
    target.details.imported.as_ref()?.columns.get(name)?.as_str()
}

fn nvr(target: &SourceTarget) -> Option<String> {
    column(target, "nvr").map(str::to_owned)
}

fn carried(target: &SourceTarget) -> Vec<String> {
    column(target, "koji_nvrs")
        .map(|names| names.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default()
}
