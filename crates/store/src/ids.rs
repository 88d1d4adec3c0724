//! Ids taken before the rows are written, so that rows which name each other go in with one statement per table.

use crate::db::Each;
use crate::{Result, Tx};

/// How many ids of each table are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) pipelines: usize,
    pub(crate) jobs: usize,
    pub(crate) steps: usize,
    pub(crate) targets: usize,
    pub(crate) submissions: usize,
    pub(crate) events: usize,
    pub(crate) reruns: usize,
}

/// Ids that are nobody else's, in ascending order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    pub(crate) pipelines: Vec<i64>,
    pub(crate) jobs: Vec<i64>,
    pub(crate) steps: Vec<i64>,
    pub(crate) targets: Vec<i64>,
    pub(crate) submissions: Vec<i64>,
    pub(crate) events: Vec<i64>,
    pub(crate) reruns: Vec<i64>,
}

/// Takes ids. On SQLite they are nobody else's because this transaction is the only one that writes, and only once rows with
/// them are inserted in it.
pub(crate) async fn take(tx: &mut Tx, wanted: Wanted) -> Result<Taken> {
    let mut taken = Taken::default();
    match tx.each() {
        Each::Postgres(connection) => {
            let rows: Vec<(String, Vec<i64>)> =
                sqlx::query_as(include_str!("../sql/ids/allocate.postgres.sql"))
                    .bind(count(wanted.pipelines))
                    .bind(count(wanted.jobs))
                    .bind(count(wanted.steps))
                    .bind(count(wanted.targets))
                    .bind(count(wanted.submissions))
                    .bind(count(wanted.events))
                    .bind(count(wanted.reruns))
                    .fetch_all(connection)
                    .await?;
            for (name, ids) in rows {
                *taken.of(&name) = ids;
            }
        }
        Each::Sqlite(connection) => {
            let last: Vec<(String, i64)> =
                sqlx::query_as(include_str!("../sql/ids/last.sqlite.sql")).fetch_all(connection).await?;
            let last_of = |table: &str| last.iter().find(|(name, _)| name == table).map_or(0, |(_, id)| *id);
            for (table, wanted) in [
                ("pipelines", wanted.pipelines),
                ("jobs", wanted.jobs),
                ("steps", wanted.steps),
                ("targets", wanted.targets),
                ("submissions", wanted.submissions),
                ("events", wanted.events),
                ("reruns", wanted.reruns),
            ] {
                let first = last_of(table) + 1;
                taken.of(table).extend(first..first + count(wanted));
            }
        }
    }
    for ids in [
        &mut taken.pipelines,
        &mut taken.jobs,
        &mut taken.steps,
        &mut taken.targets,
        &mut taken.submissions,
        &mut taken.events,
        &mut taken.reruns,
    ] {
        ids.sort_unstable();
    }
    Ok(taken)
}

impl Taken {
    fn of(&mut self, table: &str) -> &mut Vec<i64> {
        match table {
            "pipelines" => &mut self.pipelines,
            "jobs" => &mut self.jobs,
            "steps" => &mut self.steps,
            "targets" => &mut self.targets,
            "events" => &mut self.events,
            "reruns" => &mut self.reruns,
            _ => &mut self.submissions,
        }
    }
}

fn count(wanted: usize) -> i64 {
    i64::try_from(wanted).unwrap_or(i64::MAX)
}
