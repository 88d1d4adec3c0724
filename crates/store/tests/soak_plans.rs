//! At 200 thousand targets no question is answered by reading a large table from its beginning to its end.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use store::generate::{Scale, generate};
use store::reads::{QueryPlan, Sample, query_plans};
use store::{Db, Migrations};
use test_support::{TestDatabase, on_both_databases, soak};

/// Of this many events come somewhat more than 200 thousand targets.
const EVENTS: u64 = 22_000;
const LEAST_TARGETS: u64 = 200_000;
/// A table of up to so many rows may be read as a whole.
const SMALL: i64 = 10_000;
/// What statements call the tables that grow with the number of events.
const TABLES: [(&str, &[&str]); 12] = [
    ("projects", &["p"]),
    ("references", &["r", "n"]),
    ("commits", &["c", "o", "h"]),
    ("events", &["e", "n", "m"]),
    ("event_packages", &["k"]),
    ("omissions", &["o"]),
    ("pipelines", &["p", "l"]),
    ("jobs", &["j"]),
    ("steps", &["s"]),
    ("submissions", &["s"]),
    ("targets", &["t", "n", "o"]),
    ("inputs", &["i", "b"]),
];

async fn rows(database: &TestDatabase, table: &str) -> i64 {
    let text = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
    if database.is_postgres() {
        sqlx::query_scalar(text).fetch_one(&PgPool::connect(database.url()).await.unwrap()).await.unwrap()
    } else {
        sqlx::query_scalar(text).fetch_one(&SqlitePool::connect(database.url()).await.unwrap()).await.unwrap()
    }
}

/// What is read from its beginning to its end: the table on PostgreSQL, on SQLite what the statement calls it.
fn scanned(plan: &QueryPlan) -> Vec<String> {
    let name = |line: &str, mark: &str| {
        line.split_once(mark)
            .map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default().replace('"', ""))
    };
    let lines = plan.lines.iter();
    lines
        .filter_map(|line| {
            // A list walks an index of its events in order, and ends after a page.
            let is_walk = [" USING INDEX events_", " USING COVERING INDEX events_", "SCAN k USING"];
            let by_sqlite =
                || if is_walk.iter().any(|walk| line.contains(walk)) { None } else { name(line, "SCAN ") };
            // A part of a plan that never ran read nothing.
            if line.contains("never executed") { None } else { name(line, "Seq Scan on ").or_else(by_sqlite) }
        })
        .collect()
}

on_both_databases! {
    async fn no_question_reads_a_large_table_as_a_whole(database: TestDatabase) {
        if !soak("no_question_reads_a_large_table_as_a_whole") {
            return;
        }
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        let until: DateTime<Utc> = "2026-11-22T00:00:00Z".parse().unwrap();
        let made = generate(&db, Scale { events: EVENTS, seed: 4, until }, |_| {}).await.unwrap();
        assert!(made.targets >= LEAST_TARGETS, "{made:?}");
        let mut large = Vec::new();
        for (table, names) in TABLES {
            if rows(&database, table).await > SMALL {
                large.push(table);
                if !database.is_postgres() {
                    large.extend(names);
                }
            }
        }
        assert!(large.contains(&"targets") && large.contains(&"events"), "{large:?}");
        let sample = Sample::choose(&db, until).await.unwrap().unwrap();
        let faults: Vec<String> = query_plans(&db, &sample)
            .await
            .unwrap()
            .into_iter()
            .filter(|plan| scanned(plan).iter().any(|name| large.contains(&name.as_str())))
            .map(|plan| format!("{}:\n{}\n", plan.question, plan.lines.join("\n")))
            .collect();
        assert!(faults.is_empty(), "{}", faults.concat());
    }
}

#[test]
fn a_scan_is_found_in_a_plan() {
    let plan = |lines: &[&str]| QueryPlan {
        question: String::new(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    assert_eq!(scanned(&plan(&["  ->  Seq Scan on targets t (actual rows=1 loops=1)"])), ["targets"]);
    assert_eq!(
        scanned(&plan(&[
            "SCAN t",
            "SCAN e USING INDEX events_recent",
            "SCAN j USING INDEX jobs_event",
            "SEARCH p USING INTEGER PRIMARY KEY"
        ])),
        ["t", "j"]
    );
    assert_eq!(scanned(&plan(&["Parallel Seq Scan on \"references\" r"])), ["references"]);
    assert_eq!(scanned(&plan(&["Seq Scan on targets t (never executed)"])), [] as [&str; 0]);
}
