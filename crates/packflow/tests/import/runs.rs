//! One run, a second one, one that was killed, and what is refused.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;
use test_support::{Postgres, PostgresDatabase, TestDatabase, on_both_databases};

use crate::schema;
use crate::served::Served;
use crate::support::{Ended, Place};

/// Events of the source that the tests make.
const EVENTS: usize = 3500;

/// A small source of today's schema, with a row that is set aside; none if PostgreSQL is not installed.
fn source(place: &Place) -> Option<PostgresDatabase> {
    let source = Postgres::shared(module_path!())?.create_database();
    let rows = "
        INSERT INTO allowlist (id, namespace) VALUES (1, 'packit');
        INSERT INTO git_projects VALUES (1, 'packit', 'ogr', 'https://github.com/packit/ogr', 'github.com');
        INSERT INTO pull_requests VALUES (1, 42, 1);
        INSERT INTO project_events SELECT n, 'pull_request', 1, 'c' || n, NULL FROM generate_series(1, EVENTS) n;
        INSERT INTO srpm_builds (id, status, submitted_time)
            SELECT n, 'success', '2025-01-01' FROM generate_series(1, EVENTS) n;
        INSERT INTO copr_build_groups SELECT n, '2025-01-01' FROM generate_series(1, EVENTS) n;
        INSERT INTO copr_build_targets (id, status, target, copr_build_group_id)
            SELECT n, 'success', 'fedora-43-x86_64', n FROM generate_series(1, EVENTS) n;
        INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id)
            SELECT n, timestamp '2025-01-01' + n * interval '1 minute', n, n, n FROM generate_series(1, EVENTS) n;
        CREATE INDEX ON pipelines (project_event_id); CREATE INDEX ON copr_build_targets (copr_build_group_id);
        CREATE INDEX ON srpm_builds (id); CREATE INDEX ON copr_build_targets (id); CREATE INDEX ON copr_build_groups (id);";
    let script = format!("{}{}", schema::TODAY, rows.replace("EVENTS", &EVENTS.to_string()));
    source.load(std::path::Path::new(&place.file("source.sql", script)));
    Some(source)
}

fn import(place: &Place, source: &str, database: &str, more: &[&str]) -> Ended {
    place.run(&[&["import", source, "--database", database], more].concat())
}

fn report(place: &Place) -> Value {
    serde_json::from_str(&std::fs::read_to_string(place.path("report.json")).unwrap()).unwrap()
}

/// The run's report, if all went well.
fn reported(place: &Place, source: &str, database: &str, more: &[&str]) -> Value {
    let file = place.path("report.json").display().to_string();
    import(place, source, database, &[&["--report", &file], more].concat()).ok();
    report(place)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Both sides agree, and no rule is broken.
fn holds(place: &Place, source: &str, database: &str) {
    assert_eq!(import(place, source, database, &["--verify"]).ok(), "both sides agree\n");
    let found = place.run(&["doctor", "--verify", "--database", database]);
    assert!(found.stdout.contains("ok      rules") && !found.stdout.contains("WRONG"), "{found:?}");
}

on_both_databases! {
    async fn the_report_counts_every_row_and_a_second_run_imports_none(database: TestDatabase) {
        let place = Place::new();
        let Some(source) = source(&place) else { return };
        let (source, database) = (source.url(), database.url());
        place.run(&["migrate", "--database", database]).ok();
        let told = reported(&place, source, database, &["--dry-run"]);
        assert_eq!(place.run(&["show", "--origin", "pipelines:1", "--database", database]).code, 2);
        let done = reported(&place, source, database, &[]);
        assert_eq!((&told["tables"], &told["set_aside"]), (&done["tables"], &done["set_aside"]));
        assert_eq!((&told["dry_run"], &done["dry_run"]), (&true.into(), &false.into()));
        let all = BTreeSet::from([
            "already_total", "dry_run", "groups_by_time", "imported_total", "notes", "notes_total", "revision",
            "seconds", "set_aside", "set_aside_total", "shared", "shared_total", "tables",
        ]);
        assert_eq!(keys(&done), all);
        let counts = BTreeSet::from(["already", "gone", "imported", "older", "rows", "set_aside"]);
        let count = |table: &Value, key: &str| table[key].as_u64().unwrap();
        let mut imported = 0;
        for (name, table) in done["tables"].as_object().unwrap() {
            assert_eq!(keys(table), counts, "{name}");
            assert_eq!(count(table, "rows"), count(table, "imported") + count(table, "set_aside"), "{name}");
            imported += count(table, "imported");
        }
        assert_eq!(done["tables"]["pipelines"]["imported"], EVENTS);
        assert_eq!(done["imported_total"], imported);
        assert_eq!(done["set_aside_total"], 1);
        let aside = &done["set_aside"][0];
        assert_eq!(keys(aside), BTreeSet::from(["id", "reason", "table"]));
        assert_eq!((&aside["table"], &aside["id"]), (&"allowlist".into(), &1.into()));
        holds(&place, source, database);
        let again = reported(&place, source, database, &[]);
        assert_eq!((&again["imported_total"], &again["already_total"]), (&0.into(), &imported.into()));
        assert_eq!(again["set_aside"], done["set_aside"]);
    }

    /// Killed in the middle, beside a serving Packflow, and run again: nothing is lost, nothing is there twice.
    async fn a_run_that_is_killed_is_gone_on_with_beside_a_serving_packflow(database: TestDatabase) {
        let place = Place::new();
        let Some(source) = source(&place) else { return };
        let (source, database) = (source.url(), database.url());
        place.run(&["migrate", "--database", database]).ok();
        let served = Served::start(&place, database);
        let mut run = place.command(&["import", source, "--database", database]);
        let mut running = run.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
        // Not on a terminal: one line per stage, as it begins.
        assert_eq!(lines.next().unwrap().unwrap(), "projects and references: 2 rows");
        assert_eq!(lines.next().unwrap().unwrap(), format!("events: {EVENTS} rows"));
        while served.of_origin("pipelines:1").is_empty() {
            assert!(running.try_wait().unwrap().is_none());
        }
        running.kill().unwrap();
        running.wait().unwrap();
        let report = reported(&place, source, database, &[]);
        let pipelines = &report["tables"]["pipelines"];
        let count = |key: &str| pipelines[key].as_u64().unwrap();
        assert!(count("already") > 0, "{pipelines}");
        assert_eq!(count("already") + count("imported"), EVENTS as u64);
        holds(&place, source, database);
        let mut found = BTreeSet::new();
        for id in [1, EVENTS / 2, EVENTS] {
            let events = served.of_origin(&format!("copr_build_targets:{id}"));
            assert_eq!(events.len(), 1);
            found.extend(events);
        }
        assert_eq!(found.len(), 3);
    }
}

#[test]
fn what_is_no_packit_service_is_refused_with_what_was_found() {
    let place = Place::new();
    let Some(server) = Postgres::shared(module_path!()) else { return };
    let foreign = server.create_database();
    let database = place.database();
    place.run(&["migrate", "--database", &database]).ok();
    let refused = |rows: &str| {
        foreign.load(std::path::Path::new(&place.file("foreign.sql", rows)));
        let ended = import(&place, foreign.url(), &database, &[]);
        assert_ne!(ended.code, 0, "{ended:?}");
        ended.stderr
    };
    assert!(refused("SELECT 1").contains("the database has no tables"));
    assert!(refused("CREATE TABLE orders (id int)").contains("its tables: orders"));
    let newer = "CREATE TABLE alembic_version (version_num text);
        INSERT INTO alembic_version VALUES ('0123456789ab'); CREATE TABLE copr_build_groups (id int)";
    let told = refused(newer);
    for part in ["0123456789ab", "groups of targets", "b4e11a52ea52", "70c369f7ba80"] {
        assert!(told.contains(part), "{told}");
    }
    let told = refused("UPDATE alembic_version SET version_num = 'b4e11a52ea52'");
    assert!(told.contains("missing: git_projects, pipelines"), "{told}");
    let ended = import(&place, &database, &database, &[]);
    assert!(ended.code != 0 && ended.stderr.contains("postgres://"), "{ended:?}");
}
