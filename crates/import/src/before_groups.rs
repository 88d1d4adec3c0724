//! The schema before groups: a row of `pipelines` for each chroot, and nothing that says what was asked for together.

mod tables;

use std::collections::BTreeMap;

use crate::Result;
use crate::before_groups::tables::{LINKS, Tables, places_of};
use crate::reader::{Batches, Reader};
use crate::row::Row;

/// Rows of `pipelines` that are read at once, at most; those of an event are kept together beyond it.
const BATCH: usize = 2000;

/// Reads all events and what ran for them.
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
        let last = waiting.last().map(whole);
        let ready = if at_end {
            waiting.len()
        } else {
            waiting.iter().position(|row| Some(whole(row)) == last).unwrap_or_default()
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
    if reader.options.since.is_none() {
        without_pipelines(reader, to).await?;
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
        "SELECT row_to_json(x)::text FROM (SELECT y.*, max(y.datetime) OVER (PARTITION BY y.job_trigger_id, y.commit_sha, \
         CASE WHEN y.job_trigger_id IS NULL THEN y.srpm_build_id END) AS newest FROM \
         (SELECT t.*, COALESCE({}) AS commit_sha FROM pipelines t {}) y) x{newer} \
         ORDER BY job_trigger_id, commit_sha, srpm_build_id, id",
        commits.join(", "),
        joins.join(" ")
    )
}

/// What has to be looked at together: an event's rows. Those without a trigger are told apart by their SRPM.
fn whole(row: &Row) -> (Option<i64>, Option<String>, Option<i64>) {
    let trigger = row.int("job_trigger_id");
    let srpm = row.int("srpm_build_id").filter(|_| trigger.is_none());
    (trigger, row.text("commit_sha").map(str::to_owned), srpm)
}

/// Triggers for which nothing ran.
async fn without_pipelines(reader: &mut Reader, to: &Batches) -> Result<()> {
    reader
        .source
        .declare(
            "rows",
            "SELECT row_to_json(t)::text FROM job_triggers t \
             WHERE NOT EXISTS (SELECT 1 FROM pipelines p WHERE p.job_trigger_id = t.id) ORDER BY id",
        )
        .await?;
    loop {
        let triggers = reader.source.fetch("rows", "job_triggers", BATCH).await?;
        if triggers.is_empty() {
            return Ok(());
        }
        let tables = Tables::of_places(places_of(reader, &triggers));
        let mut batch = Vec::new();
        for row in &triggers {
            reader
                .notes
                .add(&row.source(), "nothing ran for it; imported with the time of the event before it");
            let at = reader.newest_of(None);
            batch.push(tables.event(Some(row), row.source().to_string(), None, at));
        }
        reader.send(batch, 0, to).await?;
    }
}

async fn batch_of(reader: &mut Reader, rows: &[Row], to: &Batches) -> Result<()> {
    let tables = Tables::load(reader, rows).await?;
    // A trigger stands for all commits of a reference; an event is of one commit.
    let mut events: BTreeMap<(Option<i64>, String), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let trigger = row.int("job_trigger_id").filter(|id| tables.triggers.contains_key(id));
        let hash = row.text("commit_sha");
        let rest = match (trigger, hash, row.int("srpm_build_id")) {
            (Some(_), hash, _) => hash.unwrap_or_default().to_owned(),
            (None, _, Some(srpm)) => format!("srpm_builds:{srpm}"),
            (None, _, None) => row.source().to_string(),
        };
        events.entry((trigger, rest)).or_default().push(row);
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
