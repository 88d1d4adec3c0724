//! The schema before groups: a row of `pipelines` for each chroot, and nothing that says what was asked for together.

mod tables;

use std::collections::BTreeMap;

use crate::Result;
use crate::before_groups::tables::{LINKS, Tables};
use crate::reader::{Batches, Reader};
use crate::row::Row;

/// Rows of `pipelines` that are read at once, at most; those of an event are kept together beyond it.
const BATCH: usize = 2000;

/// Reads all events and what ran for them. A trigger for which nothing ran says of no event: it stands for a reference, and
/// which commit it will be about is known once something has run.
pub(crate) async fn read(reader: &mut Reader, to: &Batches) -> Result<()> {
    let select = rows_with_commits(reader);
    reader.source.declare("rows", &select).await?;
    let mut waiting: Vec<Row> = Vec::new();
    let mut portion = reader.portion(BATCH);
    loop {
        let rows = reader.source.fetch("rows", "pipelines", portion.rows()).await?;
        let at_end = rows.is_empty();
        waiting.extend(rows);
        // The last event may go on in what comes next.
        let last = waiting.last().map(delivery);
        let ready = if at_end {
            waiting.len()
        } else {
            waiting.iter().position(|row| Some(delivery(row)) == last).unwrap_or_default()
        };
        let batch: Vec<Row> = waiting.drain(..ready).collect();
        if !batch.is_empty() {
            batch_of(reader, &batch, to).await?;
            portion.took(batch.len(), reader.source.take_bytes());
        }
        if at_end {
            break;
        }
    }
    Ok(())
}

/// The rows of `pipelines`, each with the commit that stands on what it leads to, in the order of events.
fn rows_with_commits(reader: &Reader) -> String {
    let newer = reader
        .options
        .since
        .map_or_else(String::new, |since| format!(" WHERE x.newest >= '{}'", since.naive_utc()));
    let linked = || LINKS.iter().filter(|(_, layout)| reader.source.has(layout.table));
    let joins: Vec<String> = linked()
        .map(|(column, layout)| format!("LEFT JOIN {0} ON {0}.id = t.{column}", layout.table))
        .collect();
    let commits: Vec<String> =
        linked().map(|(_, layout)| format!("NULLIF({}.commit_sha, '')", layout.table)).collect();
    format!(
        "SELECT row_to_json(x)::text FROM (SELECT y.*, max(y.datetime) OVER (PARTITION BY {TRIGGER}, {REST}) AS newest FROM \
         (SELECT t.*, COALESCE({}) AS commit_sha, \
         (SELECT j.id FROM job_triggers j WHERE j.id = t.job_trigger_id LIMIT 1) AS {TRIGGER} FROM pipelines t {}) y) x{newer} \
         ORDER BY {TRIGGER}, {REST}, id",
        commits.join(", "),
        joins.join(" ")
    )
}

/// The column of a row's trigger, if that is there.
const TRIGGER: &str = "known_trigger";

/// What tells events of one trigger apart, and those without one, in SQL: as [`delivery`].
const REST: &str = "CASE WHEN known_trigger IS NOT NULL THEN commit_sha \
    WHEN srpm_build_id IS NOT NULL THEN concat('srpm_builds:', srpm_build_id) ELSE concat('pipelines:', id) END";

/// The event of a row: the rows of one are read together, since it is written once. A trigger stands for all commits of a
/// reference, and an event is of one commit; what has no trigger goes by its SRPM, and without one is an event of its own.
fn delivery(row: &Row) -> (Option<i64>, String) {
    let trigger = row.int(TRIGGER);
    let rest = match (trigger, row.text("commit_sha"), row.int("srpm_build_id")) {
        (Some(_), hash, _) => hash.unwrap_or_default().to_owned(),
        (None, _, Some(srpm)) => format!("srpm_builds:{srpm}"),
        (None, _, None) => row.source().to_string(),
    };
    (trigger, rest)
}

async fn batch_of(reader: &mut Reader, rows: &[Row], to: &Batches) -> Result<()> {
    let tables = Tables::load(reader, rows).await?;
    let mut events: BTreeMap<(Option<i64>, String), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        events.entry(delivery(row)).or_default().push(row);
    }
    let mut batch = Vec::with_capacity(events.len());
    for ((trigger, rest), rows) in events {
        let hash = rows.iter().find_map(|row| row.text("commit_sha")).map(str::to_owned);
        let at = rows.iter().filter_map(|row| row.time("datetime", reader.now)).min();
        let at = reader.newest_of(at);
        let row = trigger.and_then(|id| tables.triggers.get(&id));
        let delivery = match trigger {
            Some(id) => format!("job_triggers:{id}@{rest}"),
            None => format!("pipelines@{rest}"),
        };
        let mut event = tables.event(row, delivery, hash, at);
        if row.is_none() {
            for row in &rows {
                reader
                    .notes
                    .add(&row.source(), "it has no trigger; imported as an event of the unknown project");
            }
        }
        tables.fill(reader, &mut event, &rows);
        batch.push(event);
    }
    reader.send(batch, rows.len(), to).await
}
