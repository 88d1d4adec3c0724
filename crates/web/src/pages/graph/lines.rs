//! Inputs as lines between rows, bundled where that says the same with less ink.

use std::collections::BTreeMap;

use super::super::workflow::fold::{Edge, FoldedPipeline, Source};
use super::boxes::JobBox;
use super::curve;
use super::layout::Layout;
use super::row::{key, source_key};

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
    pub(in super::super) kind: &'static str,
    /// The keys of the rows that it joins; none if it stands for several, or only for the order of two steps.
    pub(in super::super) ends: Option<(String, String)>,
}

/// From the newest attempt.
const CURRENT: &str = "current";
/// From an attempt that is not the newest any more.
const OUTDATED: &str = "outdated";
/// No input: one step follows another.
const ORDER: &str = "order";
/// One of the lines that are drawn together; it shows only when it is pointed at.
const STRAND: &str = "strand";

/// The lines between boxes, and where there are none, the order of steps.
pub(super) fn bundles(boxes: &[JobBox], folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>]) -> Vec<Bundle> {
    let rows: BTreeMap<&str, (usize, usize)> = boxes
        .iter()
        .enumerate()
        .flat_map(|(number, shown)| {
            shown.rows.iter().enumerate().map(move |(row, of)| (of.key.as_str(), (number, row)))
        })
        .collect();
    // Targets that consume the same row, by the box and row of both.
    let mut consumers: BTreeMap<(usize, usize), Sources> = BTreeMap::new();
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

/// The rows of one box that consume each row of another; whether they tested an older build of it is told apart.
type Sources = BTreeMap<(usize, bool), Vec<usize>>;

/// One line for each consumer; one for all of them together if that is the whole box.
fn ends(sources: Sources, row_count: usize) -> Vec<Ends> {
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
pub(super) fn lines(boxes: &[JobBox], bundles: &[Bundle], layout: &Layout, margin: i32) -> Vec<Line> {
    let mut lines = Vec::new();
    for (bundle, lanes) in bundles.iter().zip(&layout.lanes) {
        let (from, to) = (&boxes[bundle.from], &boxes[bundle.to]);
        let lanes: Vec<_> = lanes.iter().map(|lane| lane.moved(margin)).collect();
        let edge = from.x + from.width;
        for line in &bundle.lines {
            let Some(row) = line.from else {
                let path = curve::path((edge, from.middle_of_head()), &lanes, (to.x, to.middle_of_head()));
                lines.push(Line { path, kind: ORDER, ends: None });
                continue;
            };
            let start = (edge, from.middle_of_row(row));
            let kind = if line.is_outdated { OUTDATED } else { CURRENT };
            let key = |of: usize| Some((from.rows[row].key.clone(), to.rows[of].key.clone()));
            let heights: Vec<i32> = line.to.iter().map(|row| to.middle_of_row(*row)).collect();
            if let ([end], [height]) = (line.to.as_slice(), heights.as_slice()) {
                let path = curve::path(start, &lanes, (to.x, *height));
                lines.push(Line { path, kind, ends: key(*end) });
                continue;
            }
            lines.push(Line { path: curve::comb(start, &lanes, to.x, &heights), kind, ends: None });
            lines.extend(line.to.iter().zip(&heights).map(|(end, height)| Line {
                path: curve::strand(start, &lanes, to.x, heights[0], *height),
                kind: STRAND,
                ends: key(*end),
            }));
        }
    }
    lines
}
