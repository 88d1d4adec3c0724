//! A rerun in a line: who asked for what, and why.

use std::collections::{BTreeMap, BTreeSet};

use domain::rerun::{Asked, Entry, Selection};
use store::reruns::Rerun;

use super::super::text::Text;
use super::super::titles;
use super::shown;

/// More targets or steps than these are counted, not named.
const MOST_NAMED: usize = 3;

/// Who asked for what, and why.
#[derive(Clone)]
pub(in super::super) struct Brief {
    pub(in super::super) id: i64,
    pub(in super::super) by: Text,
    pub(in super::super) asked: Text,
    /// In their words.
    pub(in super::super) because: Option<Text>,
}

/// The reruns of an event by their ids.
pub(in super::super) type Briefs = BTreeMap<i64, Brief>;

impl Brief {
    pub(in super::super) fn new(rerun: &Rerun) -> Self {
        Self {
            id: rerun.id.0,
            by: Text::new(&rerun.requested_by),
            asked: asked(rerun),
            because: Text::opt(rerun.reason.as_ref()),
        }
    }

    pub(in super::super) fn by_id(reruns: &[Rerun]) -> Briefs {
        reruns.iter().map(Self::new).map(|brief| (brief.id, brief)).collect()
    }
}

/// What was asked for, in words.
fn asked(rerun: &Rerun) -> Text {
    let selection = &rerun.selection;
    let mut text = match &selection.asked {
        Asked::Everything => "everything".to_owned(),
        Asked::Failed => "all that failed".to_owned(),
        Asked::FailedBuilds => "failed builds".to_owned(),
        Asked::FailedTests => "failed tests".to_owned(),
        Asked::Steps(steps) => {
            let named = |entry: &Entry| titles::job(entry.kind, entry.identifier.as_deref());
            named_or_counted(rerun, steps.len(), "step", named)
        }
        Asked::Targets(targets) | Asked::NewestOf(targets) => {
            named_or_counted(rerun, targets.len(), "target", |entry| shown::named(entry).to_string())
        }
    };
    text.push_str(&narrowed(selection));
    Text::new(text)
}

/// A few are named, if what was done tells all their names.
fn named_or_counted(rerun: &Rerun, count: usize, what: &str, named: impl Fn(&Entry) -> String) -> String {
    let plan = &rerun.plan;
    let asked = plan.redo.iter().chain(&plan.cannot).filter(|entry| entry.asked);
    let mut names: Vec<String> = Vec::new();
    for name in asked.map(named) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() == count && count <= MOST_NAMED { names.join(", ") } else { titles::counted(count, what) }
}

/// What it was narrowed down to, and how it was to be done.
fn narrowed(selection: &Selection) -> String {
    let words = |words: Option<Vec<String>>, what: &str| {
        words.map(|words| format!(", {what} {}", words.join(" or "))).unwrap_or_default()
    };
    let list = |set: &Option<BTreeSet<String>>| set.as_ref().map(|set| set.iter().cloned().collect());
    let kinds = selection.kinds.as_ref().map(|kinds| kinds.iter().map(ToString::to_string).collect());
    let mut text = words(kinds, "kind");
    text.push_str(&words(list(&selection.identifiers), "identifier"));
    text.push_str(&words(list(&selection.labels), "label"));
    text.push_str(&words(list(&selection.packages), "package"));
    if !selection.variables.is_empty() {
        let variables: Vec<String> =
            selection.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text.push_str(&format!(", with {}", variables.join(" ")));
    }
    if !selection.with_builds.is_empty() {
        text.push_str(&format!(
            ", with {} of other events",
            titles::counted(selection.with_builds.len(), "build")
        ));
    }
    if !selection.follow_ups {
        text.push_str(", without what follows");
    }
    if selection.cancel_running {
        text.push_str(", what ran was canceled");
    }
    text
}
