//! Targets as rows of a box.

use std::collections::BTreeMap;

use store::reads::{InputView, TargetView};

use super::super::attempt::ran;
use super::super::state::{State, Unknown};
use super::super::text::{Href, Text};
use super::super::workflow::fold::{Chain, Source};
use super::super::{duration, titles};
use super::fit;
use super::looks::{Looks, Picked, TICK};

/// The height of a row.
pub(super) const ROW: i32 = 28;
/// The room at both sides of a box.
pub(super) const SIDE: i32 = 12;
/// Where names begin: behind the state.
const NAME_AT: i32 = 36;
/// Names longer than this lose their middle. The longest usual one, `opensuse-tumbleweed-x86_64`, is shorter.
pub(super) const LONGEST_NAME: usize = 30;
/// The states of the newest few attempts behind the one on top are drawn; the table has them all.
const SHOWN_OLDER: usize = 3;
const OLDER: i32 = 13;
/// What a pointer needs to hit a link (WCAG 2.2, 2.5.8).
const QUICK: i32 = 24;

/// A target.
pub(in super::super) struct Row {
    /// What lines refer to it by.
    pub(in super::super) key: String,
    pub(in super::super) y: i32,
    pub(in super::super) status: State,
    pub(in super::super) name: Text,
    /// What is read aloud, and shown to a pointer that rests on it.
    pub(in super::super) label: Text,
    pub(in super::super) href: String,
    /// The states of the attempts behind this one, oldest first, with their places.
    pub(in super::super) older: Vec<(State, i32)>,
    /// How many attempts there are before those, in the table only, with its right end.
    pub(in super::super) more: Option<(String, i32)>,
    pub(in super::super) took: Option<String>,
    pub(in super::super) took_x: i32,
    /// The build system's page and log.
    pub(in super::super) quick: Vec<Quick>,
    /// Names how what a rerun does to it looks.
    pub(in super::super) does: Option<&'static str>,
    /// Whether a word on what a rerun does to it stands in the place of its duration.
    pub(in super::super) is_planned: bool,
    /// Whether it is chosen, where it can be.
    pub(in super::super) pick: Option<Picked>,
    /// The room before its state.
    pub(in super::super) lead: i32,
}

/// A link for the pointer; for others it stands in the table.
pub(in super::super) struct Quick {
    pub(in super::super) icon: &'static str,
    pub(in super::super) title: &'static str,
    pub(in super::super) href: Href,
    pub(in super::super) x: i32,
}

/// A row's key, by the chain.
pub(super) fn key(chain: i64) -> String {
    format!("c{chain}")
}

/// A row's key, by what is consumed.
pub(super) fn source_key(source: &Source<'_>) -> String {
    match source {
        Source::Chain { id, .. } => key(*id),
        Source::Outside { input, .. } => format!("o{}", input.target_id),
    }
}

impl Row {
    pub(super) fn of_chain(
        chain: &Chain<'_>,
        stories: &BTreeMap<i64, String>,
        unknown: &Unknown,
        looks: &Looks,
    ) -> Self {
        let newest = chain.newest;
        let state = |target: &TargetView| State::of(target.id, target.status, unknown);
        let mut label = format!("{}: {}", newest.name, state(newest));
        if let Some(taken) = ran(newest) {
            label.push_str(&format!(" in {}", duration::in_words(taken)));
        }
        if newest.attempt > 1 {
            label.push_str(&format!(", attempt {}", newest.attempt));
        }
        if !chain.older.is_empty() {
            let before: Vec<String> =
                chain.older.iter().rev().map(|older| state(older).to_string()).collect();
            label.push_str(&format!(" after {}", before.join(", ")));
        }
        if let Some(story) = stories.get(&chain.id) {
            label.push_str(&format!(". {story}"));
        }
        let quick = |icon, title, url: &Option<String>| {
            Some(Quick { icon, title, href: Href::new(url.as_ref()?)?, x: 0 })
        };
        let links = [quick("log", "Log", &newest.logs_url), quick("page", "Page", &newest.url)];
        let more = chain.older.len().saturating_sub(SHOWN_OLDER);
        let row = Self {
            key: key(chain.id),
            y: 0,
            status: state(newest),
            name: Text::new(fit::cut(&newest.name, LONGEST_NAME)),
            label: Text::new(label),
            href: looks.told.target(newest.id),
            more: (more > 0).then(|| (format!("+{more}"), 0)),
            older: chain.older.iter().take(SHOWN_OLDER).rev().map(|older| (state(older), 0)).collect(),
            took: ran(newest).map(duration::short),
            took_x: 0,
            quick: links.into_iter().flatten().collect(),
            does: None,
            is_planned: false,
            pick: None,
            lead: 0,
        };
        row.looking(newest.id, looks)
    }

    /// With what a rerun does to it, and whether it is chosen.
    fn looking(mut self, newest: i64, looks: &Looks) -> Self {
        if let Some(mark) = looks.marks.get(&newest) {
            self.does = Some(mark.class);
            self.label = Text::new(format!("{}. {}", self.label, mark.label));
            if let Some(word) = &mark.word {
                self.is_planned = true;
                self.took = Some(word.clone()).filter(|word| !word.is_empty());
            }
        }
        let Some(picks) = &looks.picks else { return self };
        // While somebody chooses, nothing leads away.
        self.quick = Vec::new();
        if !self.is_planned {
            self.took = None;
        }
        if let Some(pick) = picks.targets.get(&newest) {
            self.pick = Some(pick.picked);
            self.lead = TICK;
            self.href = format!("{}#{}", pick.href, self.key);
            self.label = Text::new(format!("{} {}", pick.picked.deed(), self.label));
        }
        self
    }

    pub(super) fn of_outside(event: i64, input: &InputView, unknown: &Unknown) -> Self {
        let title = titles::job(input.kind, input.identifier.as_deref());
        let state = State::of(input.target_id, input.status, unknown);
        Self {
            key: format!("o{}", input.target_id),
            y: 0,
            status: state,
            name: Text::new(fit::cut(&input.name, LONGEST_NAME)),
            label: Text::new(format!("{title} {} of event {event}: {state}", input.name)),
            href: format!("/events/{event}#target-{}", input.target_id),
            older: Vec::new(),
            more: None,
            took: None,
            took_x: 0,
            quick: Vec::new(),
            does: None,
            is_planned: false,
            pick: None,
            lead: 0,
        }
    }

    /// The least width of a box with this row.
    pub(super) fn width(&self) -> i32 {
        let took = self.took.as_deref().map_or(0, |took| fit::sans(took) + 8);
        self.lead
            + NAME_AT
            + fit::mono(&self.name.to_string())
            + 8
            + self.older_width()
            + took
            + self.quick_width()
            + SIDE
    }

    fn older_width(&self) -> i32 {
        let more = self.more.as_ref().map_or(0, |(more, _)| fit::sans(more) + 3);
        self.older.iter().map(|_| OLDER).sum::<i32>() + more
    }

    fn quick_width(&self) -> i32 {
        self.quick.iter().map(|_| QUICK).sum()
    }

    /// Puts the row in its place, from the right: links, duration, older attempts.
    pub(super) fn put(&mut self, x: i32, y: i32, width: i32) {
        self.y = y;
        let right = x + width - SIDE / 2;
        for (quick, at) in self.quick.iter_mut().rev().zip(1..) {
            quick.x = right - at * QUICK;
        }
        self.took_x = right - self.quick_width() - if self.quick.is_empty() { SIDE / 2 } else { 2 };
        let left = self.took_x - self.took.as_deref().map_or(0, |took| fit::sans(took) + 2);
        for (older, at) in self.older.iter_mut().rev().zip(1..) {
            older.1 = left - at * OLDER;
        }
        if let (Some(more), Some((_, oldest))) = (&mut self.more, self.older.first()) {
            more.1 = oldest - 3;
        }
    }
}
