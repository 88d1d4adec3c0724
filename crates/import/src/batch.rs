//! A batch of events is written: those that are not there yet, and what is new of the others.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::EventId;
use store::import::{self, Place};
use store::origins::SourceRow;

use crate::model::{SourceEvent, Where};
use crate::reader::Batch;
use crate::report::Notes;
use crate::shape::{Shaped, changes, shape};
use crate::writer::Writer;
use crate::{Result, places};

/// Why what has not ended is left where it is.
const OPEN: &str = "something of its event has not ended in Packit Service; a later run imports it";

impl Writer {
    /// Writes a batch in a transaction of its own; returns how many rows of the stage it is.
    pub(crate) async fn write(&mut self, batch: Batch) -> Result<usize> {
        let Batch { events, open, mut notes, rows: done } = batch;
        let places = self.places_of(&events, &mut notes).await?;
        let mut untouched: BTreeSet<SourceRow> = open.iter().map(|(row, _)| row.clone()).collect();
        self.set_open_aside(open).await?;
        let tx = self.look().await?;
        let deliveries: Vec<String> = events.iter().map(|event| event.delivery.clone()).collect();
        let known = import::known_events(tx, &deliveries).await?;
        let ids: Vec<i64> = known.values().copied().collect();
        let mut loaded = import::load(tx, &ids).await?;
        let mut rows: Vec<import::EventRows> = Vec::new();
        let mut changed: Vec<(SourceRow, String)> = Vec::new();
        let mut grown: BTreeMap<i64, (&SourceEvent, Place)> = BTreeMap::new();
        for (event, place) in events.iter().zip(places) {
            let known = known.get(&event.delivery).and_then(|id| Some((*id, loaded.remove(id)?)));
            changed.extend(known.iter().flat_map(|(_, known)| changes(event, known)));
            match shape(event, place, known) {
                Some(shaped) => match shaped.rows.known {
                    Some(id) => drop(grown.insert(id, (event, place))),
                    None => rows.push(shaped.rows),
                },
                None => untouched.extend(event.rows()),
            }
        }
        for shaped in self.grown(&grown).await? {
            rows.push(shaped.rows);
            notes.0.extend(shaped.notes);
        }
        if !rows.is_empty() {
            let now = self.now;
            import::write(self.tx().await?, &rows, now).await?;
        }
        notes.forget(&untouched);
        notes.0.extend(changed);
        self.note(&notes).await?;
        self.end_batch().await?;
        Ok(done)
    }

    /// Where events happened; what cannot be found is the unknown reference of the unknown project.
    async fn places_of(&mut self, events: &[SourceEvent], notes: &mut Notes) -> Result<Vec<Place>> {
        let mut wanted: BTreeMap<&'static str, BTreeSet<i64>> = BTreeMap::new();
        for event in events {
            if let Where::At(table, id, _) = event.place {
                wanted.entry(table).or_default().insert(id);
            }
        }
        let mut known: BTreeMap<(&'static str, i64), Place> = BTreeMap::new();
        for (table, ids) in wanted {
            let ids: Vec<i64> = ids.into_iter().collect();
            let found = import::references_of(self.look().await?, table, &ids).await?;
            known.extend(found.into_iter().map(|(id, place)| ((table, id), place)));
        }
        let mut told = BTreeSet::new();
        let mut places = Vec::with_capacity(events.len());
        for event in events {
            let place = match event.place {
                Where::At(table, id, kind) => match known.get(&(table, id)) {
                    Some(place) => *place,
                    None => {
                        for row in event.sources.iter().filter(|row| told.insert((*row).clone())) {
                            notes.add(row, places::GONE);
                        }
                        self.nowhere(kind).await?
                    }
                },
                Where::Unknown(kind) => self.nowhere(kind).await?,
            };
            places.push(place);
        }
        Ok(places)
    }

    /// Sets those of these rows aside that came to nothing and are not set aside yet.
    async fn set_open_aside(&mut self, mut open: Vec<(SourceRow, String)>) -> Result<()> {
        let mut by_table: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (row, _) in &open {
            by_table.entry(row.table.clone()).or_default().push(row.id.clone());
        }
        for (table, ids) in by_table {
            let accounted = import::accounted(self.look().await?, &table, &ids).await?;
            open.retain(|(row, _)| row.table != table || !accounted.contains(&row.id));
        }
        if open.is_empty() {
            return Ok(());
        }
        let rows: Vec<(SourceRow, String, String)> =
            open.into_iter().map(|(row, kept)| (row, OPEN.to_owned(), kept)).collect();
        Ok(import::set_aside(self.tx().await?, &rows).await?)
    }

    /// Events that are here and have something new at the source, each shaped once more under its lock: a rerun may have
    /// changed it since it was looked at.
    async fn grown(&mut self, events: &BTreeMap<i64, (&SourceEvent, Place)>) -> Result<Vec<Shaped>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.tx().await?;
        for id in events.keys() {
            tx.lock_event(EventId(*id)).await?;
        }
        let ids: Vec<i64> = events.keys().copied().collect();
        let mut loaded = import::load(tx, &ids).await?;
        let shaped = events
            .iter()
            .filter_map(|(id, (event, place))| shape(event, *place, Some((*id, loaded.remove(id)?))));
        Ok(shaped.collect())
    }
}
