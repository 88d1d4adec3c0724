//! Today's schema: project events, and pipelines that lead to groups of targets.

mod tables;
mod updates;

use std::collections::BTreeMap;

use domain::words::{EventKind, ReferenceKind};
use store::import::{self, Place};

use crate::model::{SourceEvent, SourcePipeline};
use crate::row::Row;
use crate::run::Run;
use crate::today::tables::{LINKS, Tables};
use crate::today::updates::link_updates;
use crate::{Result, Stage, places};

/// Events that are read and written at once.
const BATCH: usize = 400;

/// Imports all events and what ran for them.
pub(crate) async fn import(run: &mut Run<'_>) -> Result<()> {
    let newer = run.options.since.map_or_else(String::new, |since| {
        format!(
            " WHERE EXISTS (SELECT 1 FROM pipelines p WHERE p.project_event_id = t.id AND p.datetime >= '{}')",
            since.naive_utc()
        )
    });
    let select = format!("SELECT row_to_json(t)::text FROM project_events t{newer} ORDER BY id");
    run.source.declare("events", &select).await?;
    loop {
        let events = run.source.fetch("events", "project_events", BATCH).await?;
        if events.is_empty() {
            break;
        }
        let ids: Vec<i64> = events.iter().map(Row::id).collect();
        let pipelines = run.source.rows("pipelines", "project_event_id", &ids).await?;
        let mut tables = Tables::load(run, &pipelines).await?;
        tables.add_releases(run, &events).await?;
        let places = places_of(run, &events).await?;
        let mut of_events: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for pipeline in &pipelines {
            of_events.entry(pipeline.int("project_event_id").unwrap_or_default()).or_default().push(pipeline);
        }
        let mut batch = Vec::with_capacity(events.len());
        for row in &events {
            let pipelines = of_events.remove(&row.id()).unwrap_or_default();
            batch.push(event(run, row, places[&row.id()], &pipelines, &tables));
        }
        run.progress(Stage::Events, batch.len());
        run.write(batch).await?;
    }
    without_event(run).await
}

/// Pipelines that no event leads to: each is an event of the unknown project.
async fn without_event(run: &mut Run<'_>) -> Result<()> {
    let newer = run
        .options
        .since
        .map_or_else(String::new, |since| format!(" AND t.datetime >= '{}'", since.naive_utc()));
    let select = format!(
        "SELECT row_to_json(t)::text FROM pipelines t WHERE (t.project_event_id IS NULL \
         OR NOT EXISTS (SELECT 1 FROM project_events e WHERE e.id = t.project_event_id)){newer} ORDER BY id"
    );
    run.source.declare("lost", &select).await?;
    loop {
        let pipelines = run.source.fetch("lost", "pipelines", BATCH).await?;
        if pipelines.is_empty() {
            return Ok(());
        }
        let tables = Tables::load(run, &pipelines).await?;
        let place = places::nowhere(run, ReferenceKind::Branch).await?;
        let mut batch = Vec::with_capacity(pipelines.len());
        for row in &pipelines {
            run.notes
                .add(&row.source(), "it has no project event; imported as an event of the unknown project");
            let at = run.newest_of(row.time("datetime", run.now));
            let mut event = SourceEvent {
                delivery: row.source().to_string(),
                sources: Vec::new(),
                place,
                kind: EventKind::Unknown,
                hash: None,
                config: None,
                at,
                pipelines: Vec::new(),
                groups: Vec::new(),
            };
            fill(run, &mut event, &[row], &tables);
            batch.push(event);
        }
        run.write(batch).await?;
    }
}

/// Where events happened; what cannot be found is the unknown reference of the unknown project.
async fn places_of(run: &mut Run<'_>, events: &[Row]) -> Result<BTreeMap<i64, Place>> {
    let mut wanted: BTreeMap<&'static str, Vec<i64>> = BTreeMap::new();
    for event in events {
        if let (Some((table, ..)), Some(id)) = (places::of_type(event.text("type")), event.int("event_id")) {
            wanted.entry(table).or_default().push(id);
        }
    }
    let mut known: BTreeMap<&'static str, BTreeMap<i64, Place>> = BTreeMap::new();
    for (table, ids) in wanted {
        let found = import::references_of(run.writer.look().await?, table, &ids).await?;
        known.insert(table, found);
    }
    let mut places = BTreeMap::new();
    for event in events {
        let of_type = places::of_type(event.text("type"));
        let found = of_type.and_then(|(table, ..)| known.get(table)?.get(&event.int("event_id")?).copied());
        let place = match found {
            Some(place) => place,
            None => {
                run.notes
                    .add(&event.source(), "what it happened at is gone; imported under the unknown project");
                places::nowhere(run, of_type.map_or(ReferenceKind::Branch, |(.., kind)| kind)).await?
            }
        };
        places.insert(event.id(), place);
    }
    Ok(places)
}

fn event(run: &mut Run<'_>, row: &Row, place: Place, pipelines: &[&Row], tables: &Tables) -> SourceEvent {
    let times = pipelines.iter().filter_map(|pipeline| pipeline.time("datetime", run.now));
    let happened = times.min();
    if happened.is_none() {
        run.notes.add(&row.source(), "it has no time; imported with that of the event before it");
    }
    let kind = places::of_type(row.text("type")).map_or(EventKind::Unknown, |(_, kind, _)| kind);
    let release = row.int("event_id").filter(|_| kind == EventKind::Release);
    let hash = row.text("commit_sha").or_else(|| release.and_then(|id| tables.release_hash(id)));
    let mut event = SourceEvent {
        delivery: row.source().to_string(),
        sources: vec![row.source()],
        place,
        kind,
        hash: hash.map(str::to_owned),
        config: row.columns.get("packages_config").filter(|config| !config.is_null()).cloned(),
        at: run.newest_of(happened),
        pipelines: Vec::new(),
        groups: Vec::new(),
    };
    fill(run, &mut event, pipelines, tables);
    event
}

/// Adds the pipelines of an event and their groups.
fn fill(run: &mut Run<'_>, event: &mut SourceEvent, pipelines: &[&Row], tables: &Tables) {
    let mut pipelines = pipelines.to_vec();
    pipelines.sort_by_key(|row| (row.time("datetime", run.now).unwrap_or(event.at), row.id()));
    let mut groups: BTreeMap<(&'static str, i64), usize> = BTreeMap::new();
    for row in pipelines {
        let at = row.time("datetime", run.now).unwrap_or(event.at);
        let mut places = Vec::new();
        for (index, link) in LINKS.iter().enumerate() {
            let Some(id) = row.int(link.column) else { continue };
            let place = match groups.get(&(link.column, id)) {
                Some(place) => Some(*place),
                None => tables.group(run, index, id, at).map(|group| {
                    event.groups.push(group);
                    groups.insert((link.column, id), event.groups.len() - 1);
                    event.groups.len() - 1
                }),
            };
            match place {
                Some(place) => places.push(place),
                None => run.notes.add(&row.source(), &format!("its {} {id} leads to no target", link.column)),
            }
            if let (Some(place), "copr_build_group_id") = (place, link.column) {
                places.extend(tables.follow_ups(run, event, &mut groups, place, id, at));
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
