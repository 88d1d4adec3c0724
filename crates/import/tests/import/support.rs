//! A source, an import of it, and what Packflow's reads tell of an old row.

use std::path::Path;

use import::{Options, Report};
use sqlx::Connection;
use store::origins::SourceRow;
use store::reads::{EventFilter, Origin, Viewer, WorkflowView};
use store::{Db, Migrations, reads};
use test_support::{Postgres, PostgresDatabase, TestDatabase};

/// An empty source; none if PostgreSQL is not installed.
pub(crate) fn source(test: &str) -> Option<PostgresDatabase> {
    Some(Postgres::shared(test)?.create_database())
}

/// A source loaded from a dump of the corpus; none if the corpus or PostgreSQL is not there.
pub(crate) fn dump(test: &str, file: &str) -> Option<PostgresDatabase> {
    let folder = test_support::corpus(test)?.join("packit-service-db");
    let source = source(test)?;
    source.load(&folder.join(file));
    Some(source)
}

/// A file of the corpus that holds known answers.
pub(crate) fn answers(test: &str, file: &str) -> Option<serde_json::Value> {
    let path = test_support::corpus(test)?.join("packit-service-db").join(file);
    Some(read_json(&path))
}

fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The database, migrated.
pub(crate) async fn open(database: &TestDatabase) -> Db {
    let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
    Migrations(&db).run().await.unwrap();
    db
}

/// Imports with these options.
pub(crate) async fn import_with(source: &PostgresDatabase, db: &Db, options: &Options) -> Report {
    let report = import::import(source.url(), db, options, &mut |_| ()).await.unwrap();
    for (table, counted) in &report.tables {
        assert!(counted.reconciles(), "{table}: {counted:?}");
    }
    report
}

/// Imports all there is.
pub(crate) async fn import_all(source: &PostgresDatabase, db: &Db) -> Report {
    import_with(source, db, &Options::default()).await
}

/// No rule is broken and every stored status is what the rows make it.
pub(crate) async fn assert_clean(db: &Db) {
    let findings = store::verify::verify(db).await.unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The rows of ours that an old row became, in one of our tables.
pub(crate) async fn became(db: &Db, table: &str, id: i64, our_table: &str) -> Vec<Origin> {
    let found = store::reads::origins(db, &Viewer::Everything, &SourceRow::new(table, id)).await.unwrap();
    found.into_iter().filter(|row| row.our_table == our_table).collect()
}

/// The one row of ours that an old row became in one of our tables.
pub(crate) async fn one(db: &Db, table: &str, id: &serde_json::Value, our_table: &str) -> i64 {
    let found = became(db, table, number(id), our_table).await;
    assert_eq!(found.len(), 1, "{table}:{id} in {our_table}");
    found[0].our_id
}

/// The workflow that an old row is in; it is in one.
pub(crate) async fn workflow_of(db: &Db, table: &str, id: i64) -> WorkflowView {
    let found = store::reads::origins(db, &Viewer::Everything, &SourceRow::new(table, id)).await.unwrap();
    let event =
        found.iter().find_map(|row| row.event_id).unwrap_or_else(|| panic!("{table}:{id} is nowhere"));
    reads::workflow(db, domain::ids::EventId(event)).await.unwrap().unwrap()
}

/// The old id of a target.
pub(crate) fn old_id(workflow: &WorkflowView, target: i64) -> i64 {
    let target = workflow.targets.iter().find(|known| known.id == target).unwrap();
    target.details.imported.as_ref().unwrap().id
}

/// Runs statements in a source.
pub(crate) async fn execute(source: &PostgresDatabase, statements: &str) {
    let mut connection = sqlx::PgConnection::connect(source.url()).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The events that the lists show.
pub(crate) async fn all_events(db: &Db) -> Vec<i64> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let page = reads::events(db, &Viewer::Public, &EventFilter::default(), cursor, 100).await.unwrap();
        events.extend(page.rows.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            return events;
        }
    }
}

/// The table of targets and, in today's schema, of their groups, by the kind that the answers name.
pub(crate) fn tables(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "srpm_build" => ("srpm_builds", "srpm_builds"),
        "copr_build" => ("copr_build_targets", "copr_build_groups"),
        "koji_build" => ("koji_build_targets", "koji_build_groups"),
        "test_run" => ("tft_test_run_targets", "tft_test_run_groups"),
        "sync_release" => ("sync_release_run_targets", "sync_release_runs"),
        "bodhi_update" => ("bodhi_update_targets", "bodhi_update_groups"),
        "vm_image_build" => ("vm_image_build_targets", "vm_image_build_targets"),
        "koji_tag_request" => ("koji_tag_request_targets", "koji_tag_request_groups"),
        "log_detective" => ("log_detective_run", "log_detective_run_groups"),
        other => panic!("{other}"),
    }
}

/// A number of the answers.
pub(crate) fn number(value: &serde_json::Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}
