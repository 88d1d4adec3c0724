//! Jobs as boxes.

use std::collections::BTreeMap;

use store::reads::InputView;

use super::super::state::{State, Unknown, tally};
use super::super::text::Text;
use super::super::titles;
use super::super::workflow::fold::{Edge, FoldedPipeline, FoldedStep, Source};
use super::fit;
use super::lineage::stories;
use super::looks::{Looks, Picked, TICK};
use super::row::{LONGEST_NAME, ROW, Row, SIDE, key};

/// The height of a box's title with the bar below it.
pub(super) const HEAD: i32 = 42;
const FOOT: i32 = 6;
/// The least width of a box.
pub(super) const SHORTEST: i32 = 168;

/// A job, or what is consumed of another event.
pub(in super::super) struct JobBox {
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
    /// How much of it is chosen, where it can be.
    pub(in super::super) pick: Option<Picked>,
    /// The room before its title.
    pub(in super::super) lead: i32,
    /// How much of the job is in which state, as parts of the box's width.
    pub(in super::super) bar: Vec<Segment>,
    pub(in super::super) rows: Vec<Row>,
}

/// A part of a bar.
pub(in super::super) struct Segment {
    pub(in super::super) status: State,
    pub(in super::super) x: i32,
    pub(in super::super) width: i32,
}

/// All boxes: those of the pipelines in their order, then what comes from other events.
pub(super) fn boxes(
    folded: &[FoldedPipeline<'_>],
    edges: &[Edge<'_>],
    unknown: &Unknown,
    looks: &Looks,
) -> Vec<JobBox> {
    let stories = stories(folded, edges);
    let mut boxes: Vec<JobBox> = Vec::new();
    let mut bands: BTreeMap<String, usize> = BTreeMap::new();
    for (band, pipeline) in folded.iter().enumerate() {
        for step in &pipeline.steps {
            let shown = JobBox::of_step(band, step, &stories, unknown, looks);
            bands.extend(shown.rows.iter().map(|row| (row.key.clone(), band)));
            boxes.push(shown);
        }
    }
    boxes.extend(outside(edges, &bands, unknown));
    boxes
}

impl JobBox {
    fn of_step(
        band: usize,
        step: &FoldedStep<'_>,
        stories: &BTreeMap<i64, String>,
        unknown: &Unknown,
        looks: &Looks,
    ) -> Self {
        let title = titles::job_kind(step.job.kind);
        let rows: Vec<Row> =
            step.chains.iter().map(|chain| Row::of_chain(chain, stories, unknown, looks)).collect();
        let identifier = Text::opt(step.job.identifier.as_deref().map(|text| fit::cut(text, LONGEST_NAME)));
        let shown = Self::new(band, title, identifier, looks.told.step(step.id), rows);
        match looks.picks.as_ref().and_then(|picks| picks.steps.get(&step.id)) {
            Some(pick) => Self {
                pick: Some(pick.picked),
                href: pick.href.clone(),
                lead: TICK,
                width: shown.width + TICK,
                ..shown
            },
            None => shown,
        }
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
            pick: None,
            lead: 0,
            bar: Vec::new(),
            rows,
        }
    }

    pub(super) fn statuses(&self) -> impl Iterator<Item = State> {
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
fn bar(tally: &[(State, usize)], x: i32, width: i32) -> Vec<Segment> {
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

/// What comes from other events: a box for each event, in the band of what consumes it first.
fn outside(edges: &[Edge<'_>], bands: &BTreeMap<String, usize>, unknown: &Unknown) -> Vec<JobBox> {
    let mut events: BTreeMap<i64, (usize, BTreeMap<i64, &InputView>)> = BTreeMap::new();
    for edge in edges {
        let Source::Outside { event_id, input } = edge.from else { continue };
        let band = bands.get(&key(edge.to)).copied().unwrap_or(0);
        events.entry(event_id).or_insert_with(|| (band, BTreeMap::new())).1.insert(input.target_id, input);
    }
    events
        .into_iter()
        .map(|(event, (band, inputs))| {
            let rows = inputs.into_values().map(|input| Row::of_outside(event, input, unknown)).collect();
            let title = format!("Event {event}");
            JobBox { is_outside: true, ..JobBox::new(band, &title, None, format!("/events/{event}"), rows) }
        })
        .collect()
}
