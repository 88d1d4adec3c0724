//! Ids for the rows of a batch, taken before they are written.

use super::{EventRows, PipelineRow};
use crate::ids::{Wanted, take};
use crate::{Error, Result, Tx};

/// An event of the batch with the ids of all its rows, in the order of its lists.
pub(super) struct Placed<'a> {
    pub(super) rows: &'a EventRows,
    pub(super) event: i64,
    pub(super) pipelines: Vec<i64>,
    /// The rerun that a new pipeline is of.
    pub(super) reruns: Vec<Option<i64>>,
    pub(super) jobs: Vec<i64>,
    pub(super) steps: Vec<i64>,
    pub(super) targets: Vec<i64>,
}

impl Placed<'_> {
    pub(super) fn is_new(&self) -> bool {
        self.rows.known.is_none()
    }
}

/// Gives every row of the batch its id.
pub(super) async fn place<'a>(tx: &mut Tx, batch: &'a [EventRows]) -> Result<Vec<Placed<'a>>> {
    let mut wanted = Wanted::default();
    for event in batch {
        wanted.events += usize::from(event.known.is_none());
        wanted.pipelines += event.pipelines.iter().filter(|row| row.known.is_none()).count();
        wanted.reruns += event.pipelines.iter().filter(|row| is_new_rerun(row)).count();
        wanted.jobs += event.jobs.iter().filter(|row| row.known.is_none()).count();
        wanted.steps += event.steps.iter().filter(|row| row.known.is_none()).count();
        wanted.targets += event.targets.iter().filter(|row| row.known.is_none()).count();
    }
    let taken = take(tx, wanted).await?;
    let (mut events, mut pipelines) = (taken.events.into_iter(), taken.pipelines.into_iter());
    let (mut reruns, mut jobs) = (taken.reruns.into_iter(), taken.jobs.into_iter());
    let (mut steps, mut targets) = (taken.steps.into_iter(), taken.targets.into_iter());
    batch
        .iter()
        .map(|rows| {
            Ok(Placed {
                rows,
                event: id(rows.known, &mut events)?,
                pipelines: ids(rows.pipelines.iter().map(|row| row.known), &mut pipelines)?,
                reruns: rows
                    .pipelines
                    .iter()
                    .map(|row| if is_new_rerun(row) { id(None, &mut reruns).map(Some) } else { Ok(None) })
                    .collect::<Result<_>>()?,
                jobs: ids(rows.jobs.iter().map(|row| row.known), &mut jobs)?,
                steps: ids(rows.steps.iter().map(|row| row.known), &mut steps)?,
                targets: ids(rows.targets.iter().map(|row| row.known), &mut targets)?,
            })
        })
        .collect()
}

fn is_new_rerun(row: &PipelineRow) -> bool {
    row.known.is_none() && row.rerun_of.is_some()
}

fn id(known: Option<i64>, new: &mut impl Iterator<Item = i64>) -> Result<i64> {
    known.or_else(|| new.next()).ok_or_else(|| Error::NotFound("id for a new row".to_owned()))
}

fn ids(known: impl Iterator<Item = Option<i64>>, new: &mut impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    known.map(|known| id(known, new)).collect()
}
