//! A plan as people read it: what is done to each target, in the words of the API, and what it costs.

use std::collections::BTreeMap;

use domain::rerun::{Cost, Entry, Plan};

use super::super::graph::Mark;
use super::super::text::Text;
use super::super::titles;

/// What is done to one target.
pub(in super::super) struct Deed {
    /// Names how it looks.
    pub(in super::super) class: &'static str,
    /// The list of the plan that it stands in; two where it is canceled and redone.
    pub(in super::super) word: String,
    pub(in super::super) why: Text,
}

/// What is done to a target that has no place in the drawing: an older attempt, or one of another event.
pub(in super::super) struct Aside {
    pub(in super::super) target_id: i64,
    pub(in super::super) what: Text,
    pub(in super::super) deed: Deed,
}

/// The lists of a plan in the order of their weight, with what each is called.
fn lists(plan: &Plan) -> [(&'static str, &'static str, &[Entry]); 7] {
    [
        ("cannot", "cannot", &plan.cannot),
        ("redo", "redo", &plan.redo),
        ("cancel", "cancel", &plan.cancel),
        ("wait", "wait", &plan.wait),
        ("share", "share", &plan.share),
        ("not-needed", "not needed", &plan.not_needed),
        ("outside", "outside", &plan.outside),
    ]
}

/// What is done to each target that the plan names.
pub(super) fn deeds(plan: &Plan) -> BTreeMap<i64, Deed> {
    let mut deeds: BTreeMap<i64, Deed> = BTreeMap::new();
    for (class, word, entries) in lists(plan) {
        for entry in entries {
            let deed = Deed { class, word: word.to_owned(), why: Text::new(&entry.why) };
            deeds
                .entry(entry.target_id.0)
                .and_modify(|known| known.word = format!("{word}, {}", known.word))
                .or_insert(deed);
        }
    }
    deeds
}

/// What stands in the drawing beside each target.
pub(super) fn marks(deeds: &BTreeMap<i64, Deed>) -> BTreeMap<i64, Mark> {
    let mark = |deed: &Deed| Mark {
        class: deed.class,
        // What is left alone only fades.
        word: Some(if deed.class == "not-needed" { String::new() } else { deed.word.clone() }),
        label: format!("Plan: {}: {}", deed.word, deed.why),
    };
    deeds.iter().map(|(id, deed)| (*id, mark(deed))).collect()
}

/// What is told of targets that are not drawn.
pub(super) fn asides(plan: &Plan, mut is_drawn: impl FnMut(i64) -> bool) -> Vec<Aside> {
    let mut asides = Vec::new();
    for (class, word, entries) in lists(plan) {
        for entry in entries.iter().filter(|entry| !is_drawn(entry.target_id.0)) {
            let deed = Deed { class, word: word.to_owned(), why: Text::new(&entry.why) };
            asides.push(Aside { target_id: entry.target_id.0, what: named(entry), deed });
        }
    }
    asides
}

/// `Copr build fedora-43-x86_64`
pub(super) fn named(entry: &Entry) -> Text {
    let identifier = entry.identifier.as_ref().map_or_else(String::new, |text| format!(" {text}"));
    Text::new(format!("{}{identifier} {}", titles::job_kind(entry.kind), entry.name))
}

/// How many targets each list has, but for those that nothing is done to.
pub(super) fn tally(plan: &Plan) -> Vec<(&'static str, String)> {
    let counted =
        lists(plan).into_iter().filter(|(class, _, entries)| *class != "not-needed" && !entries.is_empty());
    let mut tally: Vec<_> =
        counted.map(|(class, word, entries)| (class, format!("{} {word}", entries.len()))).collect();
    tally.sort_by_key(|(class, _)| {
        ["redo", "cancel", "wait", "share", "cannot", "outside"].iter().position(|known| known == class)
    });
    tally
}

/// `1 build, 2 tests`
pub(super) fn counted(cost: &Cost) -> String {
    let parts = [(cost.builds, "build"), (cost.tests, "test"), (cost.others, "other target")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| titles::counted(count, what))
        .collect();
    parts.join(", ")
}

/// What it takes, from what the same took lately.
pub(super) fn minutes(cost: &Cost) -> String {
    match (cost.expected_minutes, cost.without_history) {
        (None, _) => "Nobody knows how long it takes: none of this ever ended here.".to_owned(),
        (Some(minutes), 0) => format!("About {} of work, as it took lately.", span(minutes)),
        (Some(minutes), unknown) => format!(
            "About {} of work, as it took lately, and {unknown} that never ended here, of which nobody knows.",
            span(minutes)
        ),
    }
}

fn span(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, 1) => "1 minute".to_owned(),
        (0, minutes) => format!("{minutes} minutes"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
