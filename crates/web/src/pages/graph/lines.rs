//! Inputs as lines between rows, bundled where that says the same with less ink.

use std::collections::BTreeMap;

use super::super::workflow::fold::{Edge, FoldedPipeline, Source};
use super::boxes::{Box, key, source_key};
use super::curve;
use super::layout::Layout;

/// All lines from one box to another; on their way they share lanes.
pub(super) struct Bundle {
    pub(super) from: usize,
    pub(super) to: usize,
    lines: Vec<Ends>,
}

/// What a line joins. Without a row it is the box as a whole.
struct Ends {
    from: Option<usize>,
    to: Vec<usize>,
    is_outdated: bool,
}

/// A drawn line.
pub(in super::super) struct Line {
    pub(in super::super) path: String,
    /// The key of the row that it comes from; none if it only tells the order of two steps.
    pub(in super::super) from: String,
    /// The keys of the rows that it leads to.
    pub(in super::super) to: String,
    /// Whether it comes from an attempt that is not the newest any more.
    pub(in super::super) is_outdated: bool,
}

/// The lines between boxes, and where there are none, the order of steps.
pub(super) fn bundles(boxes: &[Box], folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>]) -> Vec<Bundle> {
    let rows: BTreeMap<&str, (usize, usize)> = boxes
        .iter()
        .enumerate()
        .flat_map(|(number, shown)| {
            shown.rows.iter().enumerate().map(move |(row, of)| (of.key.as_str(), (number, row)))
        })
        .collect();
    // Targets that consume the same row, by the box and row of both.
    let mut consumers: BTreeMap<(usize, usize), BTreeMap<(usize, bool), Vec<usize>>> = BTreeMap::new();
    for edge in edges {
        let from = rows.get(source_key(&edge.from).as_str());
        let to = rows.get(key(edge.to).as_str());
        if let (Some(from), Some(to)) = (from, to) {
            let is_outdated = matches!(edge.from, Source::Chain { is_outdated: true, .. });
            let of_boxes = consumers.entry((from.0, to.0)).or_default();
            of_boxes.entry((from.1, is_outdated)).or_default().push(to.1);
        }
    }
    let mut bundles: Vec<Bundle> = consumers
        .into_iter()
        .map(|((from, to), sources)| Bundle { from, to, lines: ends(sources, boxes[to].rows.len()) })
        .collect();
    bundles.extend(orders(folded, &bundles));
    bundles
}

/// One line for each consumer; one for all of them together if that is the whole box.
fn ends(sources: BTreeMap<(usize, bool), Vec<usize>>, row_count: usize) -> Vec<Ends> {
    let mut lines = Vec::new();
    for ((from, is_outdated), consumers) in sources {
        if consumers.len() == row_count {
            lines.push(Ends { from: Some(from), to: consumers, is_outdated });
        } else {
            lines.extend(consumers.into_iter().map(|to| Ends {
                from: Some(from),
                to: vec![to],
                is_outdated,
            }));
        }
    }
    lines
}

/// A step that consumes nothing of the step before it still follows it.
fn orders(folded: &[FoldedPipeline<'_>], bundles: &[Bundle]) -> Vec<Bundle> {
    let mut orders = Vec::new();
    let mut first = 0;
    for pipeline in folded {
        for (place, step) in pipeline.steps.iter().enumerate() {
            let Some(previous) = step.previous else { continue };
            let (from, to) = (first + previous, first + place);
            if !bundles.iter().any(|bundle| (bundle.from, bundle.to) == (from, to)) {
                let line = Ends { from: None, to: Vec::new(), is_outdated: false };
                orders.push(Bundle { from, to, lines: vec![line] });
            }
        }
        first += pipeline.steps.len();
    }
    orders
}

/// The bundles as they are drawn.
pub(super) fn lines(boxes: &[Box], bundles: &[Bundle], layout: &Layout, margin: i32) -> Vec<Line> {
    let mut lines = Vec::new();
    for (bundle, lanes) in bundles.iter().zip(&layout.lanes) {
        let (from, to) = (&boxes[bundle.from], &boxes[bundle.to]);
        let lanes: Vec<_> = lanes.iter().map(|lane| lane.moved(margin)).collect();
        for line in &bundle.lines {
            let start = line.from.map_or(from.middle_of_head(), |row| from.middle_of_row(row));
            let start = (from.x + from.width, start);
            let ends: Vec<i32> = line.to.iter().map(|row| to.middle_of_row(*row)).collect();
            let path = match ends.as_slice() {
                [] => curve::path(start, &lanes, (to.x, to.middle_of_head())),
                [end] => curve::path(start, &lanes, (to.x, *end)),
                ends => curve::comb(start, &lanes, to.x, ends),
            };
            let keys = line.to.iter().map(|row| to.rows[*row].key.as_str());
            lines.push(Line {
                path,
                from: line.from.map_or_else(String::new, |row| from.rows[row].key.clone()),
                to: keys.collect::<Vec<_>>().join(" "),
                is_outdated: line.is_outdated,
            });
        }
    }
    lines
}
