//! The rules of `docs/design.md` section 2 that the databases keep: each is broken by raw SQL, and the row is refused.

mod attempts;
mod deliveries;
mod steps;

use store::Db;
use test_support::TestDatabase;

use crate::plans::build_and_test;
use crate::raw::{By, Raw};
use crate::support::{load, migrated, recorded, target_named};

/// An event with a pipeline of SRPM, builds of f42 and f43, and tests of both, and the ids that tests need of it.
struct Story {
    db: Db,
    raw: Raw,
    event: i64,
    pipeline: i64,
    /// A second event, planned the same.
    other_event: i64,
    /// The jobs: SRPM, Copr, tests.
    jobs: [i64; 3],
    /// The steps that hold them.
    steps: [i64; 3],
    /// The Copr target of f42.
    build: i64,
}

impl Story {
    async fn of(database: &TestDatabase) -> Self {
        let db = migrated(database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let other = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let raw = Raw::open(database).await;
        let first = |table: &str| format!("SELECT MIN(id) FROM {table} WHERE event_id = {event}");
        let job = raw.number(&first("jobs")).await;
        let step = raw.number(&first("steps")).await;
        let build = target_named(&load(&db, event).await, "copr_build", "f42").0;
        let pipeline = raw.number(&first("pipelines")).await;
        Self {
            db,
            raw,
            event: event.0,
            pipeline,
            other_event: other.0,
            jobs: [job, job + 1, job + 2],
            steps: [step, step + 1, step + 2],
            build,
        }
    }

    async fn refuses(&self, sql: String, by: By) {
        self.raw.refuses(&sql, by).await;
    }

    /// A second pipeline of the event, made by a rerun.
    async fn rerun(&self) -> i64 {
        let Self { event, pipeline, .. } = self;
        self.raw
            .run(&format!(
                "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, created_at)
                VALUES (900, {event}, '{{}}', '{{}}', 'x', 'done', 'alice', 'api', '2026-01-01T00:00:00+00:00');
                INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
                VALUES (900, {event}, {pipeline}, 900, '2026-01-01T00:00:00+00:00')"
            ))
            .await;
        900
    }

    fn insert_target(&self, id: i64, columns: &str, values: &str) -> String {
        format!(
            "INSERT INTO targets (id, job_id, event_id, kind, status, created_at, details, {columns})
            VALUES ({id}, {}, {}, 'copr_build', 'waiting', '2026-01-01T00:00:00+00:00', '{{}}', {values})",
            self.jobs[1], self.event
        )
    }
}
