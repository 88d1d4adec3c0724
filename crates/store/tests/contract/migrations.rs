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
