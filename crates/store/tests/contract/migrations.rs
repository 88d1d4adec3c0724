use std::collections::BTreeSet;
use std::path::Path;

use store::{Error, Migrations};
use test_support::{TestDatabase, on_both_databases};

use crate::raw::Raw;
use crate::support::{migrated, open};

/// One migration is the same step on both databases.
#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |dialect: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

on_both_databases! {
    async fn migrating_twice_changes_nothing(database: TestDatabase) {
        let db = open(&database).await;
        assert!(Migrations(&db).state().await.unwrap().iter().all(|migration| !migration.applied));
        Migrations(&db).run().await.unwrap();
        let state = Migrations(&db).state().await.unwrap();
        assert!(state.iter().all(|migration| migration.applied));
        let raw = Raw::open(&database).await;
        let applied = "SELECT CAST(installed_on AS TEXT) FROM _sqlx_migrations ORDER BY version";
        let before = raw.texts(applied).await;
        assert_eq!(before.len(), state.len());
        Migrations(&db).run().await.unwrap();
        assert_eq!(Migrations(&db).state().await.unwrap(), state);
        assert_eq!(raw.texts(applied).await, before);
    }

    async fn several_servers_may_migrate_at_once(database: TestDatabase) {
        let (one, other) = (open(&database).await, open(&database).await);
        let (one, other) = tokio::join!(
            tokio::spawn(async move { Migrations(&one).run().await }),
            tokio::spawn(async move { Migrations(&other).run().await }),
        );
        one.unwrap().unwrap();
        other.unwrap().unwrap();
    }

    async fn a_database_of_a_newer_version_is_refused_and_told_so(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        raw.run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            SELECT 9999, 'from the future', success, checksum, execution_time FROM _sqlx_migrations LIMIT 1",
        )
        .await;
        let error = Migrations(&db).run().await.unwrap_err();
        assert!(matches!(error, Error::NewerSchema(9999)), "{error:?}");
        assert!(error.to_string().contains("newer version"), "{error}");
        assert!(!error.is_passing());
        let state = Migrations(&db).state().await.unwrap();
        let unknown: Vec<_> = state.iter().filter(|migration| !migration.known).collect();
        assert_eq!(unknown.len(), 1, "{unknown:?}");
        assert_eq!((unknown[0].version, unknown[0].name.as_str()), (9999, "from the future"));
        assert!(state.iter().all(|migration| migration.applied), "{state:?}");
    }

    /// What is another program's is no empty place, and asking what it holds leaves it so.
    async fn looking_at_a_database_changes_nothing_in_it(database: TestDatabase) {
        let db = open(&database).await;
        assert!(Migrations(&db).is_empty().await.unwrap());
        assert!(Migrations(&db).state().await.unwrap().iter().all(|migration| !migration.applied));
        assert!(Migrations(&db).is_empty().await.unwrap());
        let raw = Raw::open(&database).await;
        raw.run("CREATE TABLE somebodys (id BIGINT)").await;
        assert!(!Migrations(&db).is_empty().await.unwrap());
        assert!(Migrations(&db).state().await.unwrap().iter().all(|migration| !migration.applied));
        let tables = if database.is_postgres() {
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        } else {
            "SELECT count(*) FROM sqlite_master"
        };
        assert_eq!(raw.number(tables).await, 1);
    }

    async fn a_file_of_another_program_stays_byte_for_byte(database: TestDatabase) {
        let Some(file) = database.url().strip_prefix("sqlite://") else { return };
        std::fs::write(file, "").unwrap();
        let raw = Raw::open(&database).await;
        raw.run("CREATE TABLE somebodys (id BIGINT)").await;
        let before = std::fs::read(file).unwrap();
        let db = open(&database).await;
        assert!(Migrations(&db).state().await.unwrap().iter().all(|migration| !migration.applied));
        db.close().await;
        assert!(std::fs::read(file).unwrap() == before);
        // Whoever wants it there has it made there.
        let db = open(&database).await;
        Migrations(&db).run().await.unwrap();
        db.close().await;
        drop(raw);
        open(&database).await.close().await;
        assert_eq!(Raw::open(&database).await.texts("PRAGMA journal_mode").await, ["wal"]);
    }

    /// What was changed after it was released is still found where nothing is missing.
    async fn a_migration_that_was_changed_is_refused(database: TestDatabase) {
        let db = migrated(&database).await;
        let sum = "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2) WHERE version = 1";
        Raw::open(&database).await.run(sum).await;
        let error = Migrations(&db).run().await.unwrap_err();
        assert!(matches!(error, Error::Migration(_)), "{error:?}");
    }

    /// PostgreSQL would take bytes for characters there.
    async fn a_database_that_keeps_no_utf_8_is_not_begun(database: TestDatabase) {
        assert_eq!(Migrations(&open(&database).await).other_encoding().await.unwrap(), None);
        if !database.is_postgres() {
            return;
        }
        let raw = Raw::open(&database).await;
        let name = format!("{}_ascii", raw.texts("SELECT current_database()::TEXT").await[0]);
        raw.run(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")).await;
        let url = database.url().replacen(name.trim_end_matches("_ascii"), &name, 1);
        let db = store::Db::open(&url.parse().unwrap()).await.unwrap();
        let error = Migrations(&db).run().await.unwrap_err();
        let is_empty = Migrations(&db).is_empty().await.unwrap();
        let encoding = Migrations(&db).other_encoding().await.unwrap();
        db.close().await;
        raw.run(&format!("DROP DATABASE {name}")).await;
        assert!(matches!(&error, Error::Encoding(encoding) if encoding == "SQL_ASCII"), "{error:?}");
        assert!(error.to_string().contains("ENCODING 'UTF8'") && is_empty);
        assert_eq!(encoding.as_deref(), Some("SQL_ASCII"));
    }

    /// For people who query by hand: the source document's names.
    async fn the_views_answer(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = crate::support::recorded(&db, &crate::plans::build_and_test(&["f42", "f43"])).await;
        let raw = Raw::open(&database).await;
        for (view, rows) in [
            ("srpm_build", 1),
            ("srpm_build_target", 1),
            ("copr_build", 1),
            ("copr_build_chroot", 2),
            ("koji_build", 0),
            ("koji_build_chroot", 0),
            ("test_run", 1),
            ("test_run_chroot", 2),
            ("bodhi_update", 0),
        ] {
            let count = format!("SELECT count(*) FROM {view} WHERE event_id = {event}");
            assert_eq!(raw.number(&count).await, rows, "{view}");
        }
    }
}
