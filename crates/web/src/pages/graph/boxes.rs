//! Jobs as boxes, targets as their rows.

use std::collections::BTreeMap;

use domain::words::TargetStatus;
use store::reads::InputView;

use super::super::text::{Href, Text};
use super::super::workflow::attempt::ran;
use super::super::workflow::fold::{Chain, Edge, FoldedPipeline, FoldedStep, Source};
use super::super::{duration, titles};
use super::fit;

/// The height of a box's title with the bar below it.
pub(super) const HEAD: i32 = 42;
const ROW: i32 = 28;
const FOOT: i32 = 6;
/// The least width of a box.
pub(super) const SHORTEST: i32 = 168;
/// Where names begin: behind the state.
const NAME_AT: i32 = 36;
/// Names longer than this lose their middle. The longest usual one, `opensuse-tumbleweed-x86_64`, is shorter.
const LONGEST_NAME: usize = 30;
const SIDE: i32 = 12;
/// The states of the newest few attempts behind the one on top are drawn; the table has them all.
const SHOWN_OLDER: usize = 3;
const OLDER: i32 = 13;
/// More neighbours than these are counted, not named.
const MOST_TOLD: usize = 4;
/// What a pointer needs to hit a link (WCAG 2.2, 2.5.8).
const QUICK: i32 = 24;

/// A job, or what is consumed of another event.
pub(in super::super) struct Box {
    pub(in super::super) band: usize,
    pub(in super::super) is_outside: bool,
    pub(in super::super) x: i32,
    pub(in super::super) y: i32,
    pub(in super::super) width: i32,
    pub(in super::super) height: i32,
    pub(in super::super) title: Text,
    pub(in super::super) identifier: Option<Text>,
    /// What is read aloud.
    pub(in super::super) label: Text,
    /// Where its title leads.
    pub(in super::super) href: String,
    /// How much of the job is in which state, as parts of the box's width.
    pub(in super::super) bar: Vec<Segment>,
    pub(in super::super) rows: Vec<Row>,
}

/// A part of a bar.
pub(in super::super) struct Segment {
    pub(in super::super) status: TargetStatus,
    pub(in super::super) x: i32,
    pub(in super::super) width: i32,
}

/// A target.
pub(in super::super) struct Row {
    /// What lines refer to it by.
    pub(in super::super) key: String,
    pub(in super::super) y: i32,
    pub(in super::super) status: TargetStatus,
    pub(in super::super) name: Text,
    /// What is read aloud, and shown to a pointer that rests on it.
    pub(in super::super) label: Text,
    pub(in super::super) href: String,
    /// The states of the attempts behind this one, oldest first, with their places.
    pub(in super::super) older: Vec<(TargetStatus, i32)>,
    pub(in super::super) took: Option<String>,
    pub(in super::super) took_x: i32,
    /// The build system's page and log.
    pub(in super::super) quick: Vec<Quick>,
}

/// A link for the pointer; for others it stands in the table.
pub(in super::super) struct Quick {
    pub(in super::super) icon: &'static str,
    pub(in super::super) title: &'static str,
    pub(in super::super) href: Href,
    pub(in super::super) x: i32,
}

/// All boxes: those of the pipelines in their order, then what comes from other events.
pub(super) fn boxes(folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>]) -> Vec<Box> {
    let stories = stories(folded, edges);
    let mut boxes: Vec<Box> = Vec::new();
    let mut bands: BTreeMap<String, usize> = BTreeMap::new();
    for (band, pipeline) in folded.iter().enumerate() {
        for step in &pipeline.steps {
            let shown = Box::of_step(band, step, &stories);
            bands.extend(shown.rows.iter().map(|row| (row.key.clone(), band)));
            boxes.push(shown);
        }
    }
    boxes.extend(outside(edges, &bands));
    boxes
}

/// For each chain in words what it came from and what came of it.
fn stories(folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>]) -> BTreeMap<i64, String> {
    let steps = || folded.iter().flat_map(|pipeline| &pipeline.steps);
    let names: BTreeMap<i64, String> = steps()
        .flat_map(|step| step.chains.iter().map(move |chain| (step, chain.newest)))
        .map(|(step, target)| {
            (target.chain_id, format!("{} {}", titles::job_kind(step.job.kind), target.name))
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

/// Each status that occurs, with how often it does.
pub(super) fn tally(statuses: impl Iterator<Item = TargetStatus>) -> Vec<(TargetStatus, usize)> {
    let mut tally: Vec<(TargetStatus, usize)> = ORDER.iter().map(|status| (*status, 0)).collect();
    for status in statuses {
        tally.iter_mut().filter(|(counted, _)| *counted == status).for_each(|(_, count)| *count += 1);
    }
    tally.retain(|(_, count)| *count > 0);
    tally
}

/// Done well first, then what asks for attention, then what is still to come.
const ORDER: [TargetStatus; 10] = [
    TargetStatus::Succeeded,
    TargetStatus::Failed,
    TargetStatus::Errored,
    TargetStatus::Canceled,
    TargetStatus::Skipped,
    TargetStatus::Running,
    TargetStatus::Submitted,
    TargetStatus::Submitting,
    TargetStatus::Ready,
    TargetStatus::Waiting,
];

impl Box {
    fn of_step(band: usize, step: &FoldedStep<'_>, stories: &BTreeMap<i64, String>) -> Self {
        let title = titles::job_kind(step.job.kind);
        let rows: Vec<Row> = step.chains.iter().map(|chain| Row::of_chain(chain, stories)).collect();
        let identifier = Text::opt(step.job.identifier.as_deref().map(|text| fit::cut(text, LONGEST_NAME)));
        Self::new(band, title, identifier, format!("#step-{}", step.id), rows)
    }

    fn new(band: usize, title: &str, identifier: Option<Text>, href: String, rows: Vec<Row>) -> Self {
        let counts: Vec<String> = tally(rows.iter().map(|row| row.status))
            .iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect();
        let named = identifier.as_ref().map_or_else(String::new, |text| format!(" {text}"));
        let told = if counts.is_empty() { "no targets".to_owned() } else { counts.join(", ") };
        let widest = rows.iter().map(Row::width).max().unwrap_or(0);
        let count = i32::try_from(rows.len()).unwrap_or(i32::MAX / ROW);
        Self {
            band,
            is_outside: false,
            x: 0,
            y: 0,
            width: widest.max(2 * SIDE + fit::sans(&format!("{title}{named}"))).max(SHORTEST),
            height: HEAD + count * ROW + if count > 0 { FOOT } else { 0 },
            label: Text::new(format!("{title}{named}: {told}")),
            title: Text::new(title),
            identifier,
            href,
            bar: Vec::new(),
            rows,
        }
    }

    pub(super) fn statuses(&self) -> impl Iterator<Item = TargetStatus> {
        self.rows.iter().map(|row| row.status)
    }

    /// Puts the box with all that is in it in its place.
    pub(super) fn put(&mut self, x: i32, y: i32, width: i32) {
        (self.x, self.y, self.width) = (x, y, width);
        for (row, at) in self.rows.iter_mut().zip(0..) {
            row.put(x, y + HEAD + at * ROW, width);
        }
        self.bar = bar(&tally(self.statuses()), x + SIDE, width - 2 * SIDE);
    }

    /// The height at which lines to all of the box arrive.
    pub(super) fn middle_of_head(&self) -> i32 {
        self.y + 17
    }

    /// The height at which lines to and from a row arrive and leave.
    pub(super) fn middle_of_row(&self, row: usize) -> i32 {
        self.rows[row].y + ROW / 2
    }
}

/// Divides a width as the counts are divided.
fn bar(tally: &[(TargetStatus, usize)], x: i32, width: i32) -> Vec<Segment> {
    let total: usize = tally.iter().map(|(_, count)| count).sum();
    let at = |count: usize| {
        let share = usize::try_from(width).unwrap_or(0) * count / total.max(1);
        x + i32::try_from(share).unwrap_or(width)
    };
    let mut before = 0;
    tally
        .iter()
        .map(|(status, count)| {
            let (left, right) = (at(before), at(before + count));
            before += count;
            Segment { status: *status, x: left, width: right - left }
        })
        .collect()
}

impl Row {
    fn of_chain(chain: &Chain<'_>, stories: &BTreeMap<i64, String>) -> Self {
        let newest = chain.newest;
        let mut label = format!("{}: {}", newest.name, newest.status);
        if let Some(taken) = ran(newest) {
            label.push_str(&format!(" in {}", duration::in_words(taken)));
        }
        if newest.attempt > 1 {
            let before: Vec<&str> = chain.older.iter().rev().map(|older| older.status.as_str()).collect();
            label.push_str(&format!(", attempt {} after {}", newest.attempt, before.join(", ")));
        }
        if let Some(story) = stories.get(&newest.chain_id) {
            label.push_str(&format!(". {story}"));
        }
        let quick = |icon, title, url: &Option<String>| {
            Some(Quick { icon, title, href: Href::new(url.as_ref()?)?, x: 0 })
        };
        let links = [quick("log", "Log", &newest.logs_url), quick("page", "Page", &newest.url)];
        Self {
            key: key(newest.chain_id),
            y: 0,
            status: newest.status,
            name: Text::new(fit::cut(&newest.name, LONGEST_NAME)),
            label: Text::new(label),
            href: format!("#target-{}", newest.id),
            older: chain.older.iter().take(SHOWN_OLDER).rev().map(|older| (older.status, 0)).collect(),
            took: ran(newest).map(duration::short),
            took_x: 0,
            quick: links.into_iter().flatten().collect(),
        }
    }

    fn of_outside(event: i64, input: &InputView) -> Self {
        let title = titles::job_kind(input.kind);
        Self {
            key: format!("o{}", input.target_id),
            y: 0,
            status: input.status,
            name: Text::new(fit::cut(&input.name, LONGEST_NAME)),
            label: Text::new(format!("{title} {} of event {event}: {}", input.name, input.status)),
            href: format!("/events/{event}#target-{}", input.target_id),
            older: Vec::new(),
            took: None,
            took_x: 0,
            quick: Vec::new(),
        }
    }

    /// The least width of a box with this row.
    fn width(&self) -> i32 {
        let took = self.took.as_deref().map_or(0, |took| fit::sans(took) + 8);
        NAME_AT
            + fit::mono(&self.name.to_string())
            + 8
            + self.older_width()
            + took
            + self.quick_width()
            + SIDE
    }

    fn older_width(&self) -> i32 {
        self.older.iter().map(|_| OLDER).sum()
    }

    fn quick_width(&self) -> i32 {
        self.quick.iter().map(|_| QUICK).sum()
    }

    /// From the right: links, duration, older attempts.
    fn put(&mut self, x: i32, y: i32, width: i32) {
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
    }
}

/// What comes from other events: a box for each event, in the band of what consumes it first.
fn outside(edges: &[Edge<'_>], bands: &BTreeMap<String, usize>) -> Vec<Box> {
    let mut events: BTreeMap<i64, (usize, BTreeMap<i64, &InputView>)> = BTreeMap::new();
    for edge in edges {
        let Source::Outside { event_id, input } = edge.from else { continue };
        let band = bands.get(&key(edge.to)).copied().unwrap_or(0);
        events.entry(event_id).or_insert_with(|| (band, BTreeMap::new())).1.insert(input.target_id, input);
    }
    events
        .into_iter()
        .map(|(event, (band, inputs))| {
            let rows = inputs.into_values().map(|input| Row::of_outside(event, input)).collect();
            let title = format!("Event {event}");
            Box { is_outside: true, ..Box::new(band, &title, None, format!("/events/{event}"), rows) }
        })
        .collect()
}
