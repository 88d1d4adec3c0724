//! The whole workflow of an event as one drawing (`docs/design.md` section 1, "workflow"): columns by step, one box for
//! each job with a row for each target, the newest attempt on top, and lines from inputs.
//!
//! A pure function of the folded workflow: the same workflow gives the same drawing, byte for byte. The tables below it
//! are its text form, with every time and reason.

mod boxes;
mod curve;
mod fit;
mod layout;
mod lineage;
mod lines;
mod looks;
mod row;

use self::boxes::{HEAD, JobBox, SHORTEST};
use self::layout::Item;
use self::lines::Line;
pub(super) use self::looks::{Looks, Mark, Pick, Picked, Picks, Told};
use super::state::{State, Unknown, tally};
use super::text::Text;
use super::workflow::fold::{Edge, FoldedPipeline};

/// Room for the rings around what has the focus.
const MARGIN: i32 = 4;
/// The height of a pipeline's name, where the drawing has several.
const BAND_HEAD: i32 = 30;

/// The drawing, in pixels.
pub(super) struct Drawing {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Every status that occurs, with how many targets have it.
    pub(super) tally: Vec<(State, usize)>,
    pub(super) bands: Vec<Band>,
    pub(super) lines: Vec<Line>,
    pub(super) boxes: Vec<JobBox>,
    /// Whether tables on the same page tell all of it.
    pub(super) is_told_below: bool,
}

/// The boxes of one pipeline.
pub(super) struct Band {
    pub(super) y: i32,
    pub(super) name: Text,
}

impl Drawing {
    /// Draws a folded workflow; none if it has no step. Of the past it may be `unknown` where a target stood.
    pub(super) fn new(folded: &[FoldedPipeline<'_>], edges: &[Edge<'_>], unknown: &Unknown) -> Option<Self> {
        Self::with(folded, edges, unknown, &Looks::default())
    }

    /// The same with what a rerun does, and what can be chosen.
    pub(super) fn with(
        folded: &[FoldedPipeline<'_>],
        edges: &[Edge<'_>],
        unknown: &Unknown,
        looks: &Looks,
    ) -> Option<Self> {
        let mut boxes = boxes::boxes(folded, edges, unknown, looks);
        if boxes.is_empty() {
            return None;
        }
        let bundles = lines::bundles(&boxes, folded, edges);
        let items: Vec<Item> = boxes
            .iter()
            .map(|shown| Item { band: shown.band, width: shown.width, height: shown.height })
            .collect();
        let links: Vec<(usize, usize)> = bundles.iter().map(|bundle| (bundle.from, bundle.to)).collect();
        let layout = layout::lay_out(&items, &links, if folded.len() > 1 { BAND_HEAD } else { 0 });
        for (shown, place) in boxes.iter_mut().zip(&layout.boxes) {
            shown.put(place.x + MARGIN, place.y + MARGIN, place.width);
        }
        let lines = lines::lines(&boxes, &bundles, &layout, MARGIN);
        boxes.sort_by_key(|shown| (shown.band, shown.x, shown.y));
        Some(Self {
            width: layout.width.max(SHORTEST) + 2 * MARGIN,
            height: layout.height.max(HEAD) + 2 * MARGIN,
            tally: tally(boxes.iter().filter(|shown| !shown.is_outside).flat_map(JobBox::statuses)),
            bands: if folded.len() > 1 { bands(folded, &layout.bands) } else { Vec::new() },
            lines,
            boxes,
            is_told_below: looks.told == Told::Here,
        })
    }
}

fn bands(folded: &[FoldedPipeline<'_>], tops: &[i32]) -> Vec<Band> {
    let named = |pipeline: &FoldedPipeline<'_>| {
        let pipeline = pipeline.pipeline;
        pipeline.package.as_ref().map_or_else(|| Text::new(format!("Pipeline {}", pipeline.id)), Text::new)
    };
    folded
        .iter()
        .zip(tops)
        .map(|(pipeline, top)| Band { y: top + MARGIN + BAND_HEAD - 12, name: named(pipeline) })
        .collect()
}

#[cfg(test)]
mod tests;
