//! Today's schema: project events, and pipelines that lead to groups of targets.

mod tables;
mod updates;

use std::collections::BTreeMap;

use domain::words::{EventKind, ReferenceKind};

use crate::model::{SourceEvent, SourcePipeline, Where};
use crate::reader::{Batches, Reader};
use crate::row::Row;
use crate::today::tables::{LINKS, Tables};
use crate::today::updates::link_updates;
use crate::{Result, places};

/// Events that are read and written at once, at most.
const BATCH: usize = 500;

/// Reads all events and what ran for them.
pub(crate) async fn read(reader: &mut Reader, to: &Batches) -> Result<()> {
    let newer = reader.options.since.map_or_else(String::new, |since| {
        format!(
            " WHERE EXISTS (SELECT 1 FROM pipelines p WHERE p.project_event_id = t.id AND p.datetime >= '{}')",
            since.naive_utc()
        )
    });
    let select = format!("SELECT row_to_json(t)::text FROM project_events t{newer} ORDER BY id");
    reader.source.declare("events", &select).await?;
    let mut portion = reader.portion(BATCH);
    loop {
        let events = reader.source.fetch("events", "project_events", portion.rows()).await?;
        if events.is_empty() {
            break;
        }
        let ids: Vec<i64> = events.iter().map(Row::id).collect();
        let pipelines = reader.source.rows("pipelines", "project_event_id", &ids).await?;
        let mut tables = Tables::load(reader, &pipelines).await?;
        tables.add_releases(reader, &events).await?;
        let mut of_events: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for pipeline in &pipelines {
            of_events.entry(pipeline.int("project_event_id").unwrap_or_default()).or_default().push(pipeline);
        }
        let mut batch = Vec::with_capacity(events.len());
        for row in &events {
            let pipelines = of_events.remove(&row.id()).unwrap_or_default();
            batch.push(event(reader, row, &pipelines, &tables));
        }
        let rows = batch.len();
        portion.took(rows, reader.source.take_bytes());
        reader.send(batch, rows, to).await?;
    }
    without_event(reader, to).await
}

/// Pipelines that no event leads to: each is an event of the unknown project.
async fn without_event(reader: &mut Reader, to: &Batches) -> Result<()> {
    let newer = reader
        .options
        .since
        .map_or_else(String::new, |since| format!(" AND t.datetime >= '{}'", since.naive_utc()));
    let select = format!(
        "SELECT row_to_json(t)::text FROM pipelines t WHERE (t.project_event_id IS NULL \
         OR NOT EXISTS (SELECT 1 FROM project_events e WHERE e.id = t.project_event_id)){newer} ORDER BY id"
    );
    reader.source.declare("lost", &select).await?;
    let mut portion = reader.portion(BATCH);
    loop {
        let pipelines = reader.source.fetch("lost", "pipelines", portion.rows()).await?;
        if pipelines.is_empty() {
            return Ok(());
        }
        let tables = Tables::load(reader, &pipelines).await?;
        let mut batch = Vec::with_capacity(pipelines.len());
        for row in &pipelines {
            reader
                .notes
                .add(&row.source(), "it has no project event; imported as an event of the unknown project");
            let at = reader.newest_of(row.time("datetime", reader.now));
            let mut event = SourceEvent {
                delivery: row.source().to_string(),
                sources: Vec::new(),
                place: Where::Unknown(ReferenceKind::Branch),
                kind: EventKind::Unknown,
                hash: None,
                config: None,
                at,
                pipelines: Vec::new(),
                groups: Vec::new(),
            };
            fill(reader, &mut event, &[row], &tables);
            batch.push(event);
        }
        portion.took(batch.len(), reader.source.take_bytes());
        reader.send(batch, 0, to).await?;
    }
}

fn event(reader: &mut Reader, row: &Row, pipelines: &[&Row], tables: &Tables) -> SourceEvent {
    let times = pipelines.iter().filter_map(|pipeline| pipeline.time("datetime", reader.now));
    let happened = times.min();
    if happened.is_none() {
        reader.notes.add(&row.source(), "it has no time; imported with that of the event before it");
    }
    let kind = places::of_type(row.text("type")).map_or(EventKind::Unknown, |(_, kind, _)| kind);
    let place = places::of_event(reader, row, "event_id");
    let release = row.int("event_id").filter(|_| kind == EventKind::Release);
    let hash = row.text("commit_sha").or_else(|| release.and_then(|id| tables.release_hash(id)));
    let mut event = SourceEvent {
        delivery: row.source().to_string(),
        sources: vec![row.source()],
        place,
        kind,
        hash: hash.map(str::to_owned),
        config: row.columns.get("packages_config").filter(|config| !config.is_null()).cloned(),
        at: reader.newest_of(happened),
        pipelines: Vec::new(),
        groups: Vec::new(),
    };
    fill(reader, &mut event, pipelines, tables);
    event
}

/// Adds the pipelines of an event and their groups.
fn fill(reader: &mut Reader, event: &mut SourceEvent, pipelines: &[&Row], tables: &Tables) {
    let mut pipelines = pipelines.to_vec();
    pipelines.sort_by_key(|row| (row.time("datetime", reader.now).unwrap_or(event.at), row.id()));
    let mut groups: BTreeMap<(&'static str, i64), usize> = BTreeMap::new();
    for row in pipelines {
        reader.notes.time(row, "datetime", reader.now);
        let at = row.time("datetime", reader.now).unwrap_or(event.at);
        let mut places = Vec::new();
        for (index, link) in LINKS.iter().enumerate() {
            let Some(id) = row.int(link.column) else { continue };
            let place = match groups.get(&(link.column, id)) {
                Some(place) => Some(*place),
                None => tables.group(reader, index, id, at).map(|group| {
                    event.groups.push(group);
                    groups.insert((link.column, id), event.groups.len() - 1);
                    event.groups.len() - 1
                }),
            };
            match place {
                Some(place) => places.push(place),
                None => {
                    reader.notes.add(&row.source(), &format!("its {} {id} leads to no target", link.column));
                }
            }
            if let (Some(place), "copr_build_group_id" | "koji_build_group_id") = (place, link.column) {
                places.extend(tables.follow_ups(reader, event, &mut groups, place, id, at));
            }
        }
        event.pipelines.push(SourcePipeline {
            sources: vec![row.source()],
            at: Some(at),
            package: row.text("package_name").map(str::to_owned),
            groups: places,
        });
    }
    link_updates(event);
}
