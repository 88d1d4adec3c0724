//! What a drawing shows besides the workflow: what a rerun does to its targets, and what can be chosen for one.

use std::collections::BTreeMap;

/// The room that a box to tick takes.
pub(super) const TICK: i32 = 24;

/// What is shown besides the workflow; nothing, unless told otherwise.
#[derive(Default)]
pub(in super::super) struct Looks {
    /// What is done to targets, by the newest attempt of each chain.
    pub(in super::super) marks: BTreeMap<i64, Mark>,
    /// What can be chosen.
    pub(in super::super) picks: Option<Picks>,
    /// Where more is told of what is drawn.
    pub(in super::super) told: Told,
}

/// Where more is told of what is drawn; links lead there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) enum Told {
    /// In tables on the same page.
    #[default]
    Here,
    /// On pages of their own: targets' and this event's.
    OfEvent(i64),
}

impl Told {
    pub(super) fn target(self, id: i64) -> String {
        match self {
            Self::Here => format!("#target-{id}"),
            Self::OfEvent(_) => format!("/targets/{id}"),
        }
    }

    pub(super) fn step(self, id: i64) -> String {
        match self {
            Self::Here => format!("#step-{id}"),
            Self::OfEvent(event) => format!("/events/{event}#step-{id}"),
        }
    }
}

/// What is done to a target.
#[derive(Debug, Clone)]
pub(in super::super) struct Mark {
    /// Names how it looks.
    pub(in super::super) class: &'static str,
    /// What stands in the place of its duration; none if that stays.
    pub(in super::super) word: Option<String>,
    /// What is read aloud.
    pub(in super::super) label: String,
}

/// What can be chosen.
#[derive(Default)]
pub(in super::super) struct Picks {
    /// By target.
    pub(in super::super) targets: BTreeMap<i64, Pick>,
    /// By the folded step: all of its targets.
    pub(in super::super) steps: BTreeMap<i64, Pick>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Pick {
    pub(in super::super) picked: Picked,
    /// Where it leads: to the same page with this one chosen, or not any more.
    pub(in super::super) href: String,
}

/// How much of it is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Picked {
    None,
    Some,
    All,
}

impl Picked {
    /// Of so many, so many.
    pub(in super::super) fn of(count: usize, picked: usize) -> Self {
        match picked {
            0 => Self::None,
            _ if picked == count => Self::All,
            _ => Self::Some,
        }
    }

    pub(in super::super) fn icon(self) -> &'static str {
        match self {
            Self::None => "unpicked",
            Self::Some => "partly",
            Self::All => "picked",
        }
    }

    /// What following the choice does.
    pub(in super::super) fn deed(self) -> &'static str {
        match self {
            Self::None | Self::Some => "Choose",
            Self::All => "Leave out",
        }
    }
}
