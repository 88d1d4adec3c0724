//! What may succeed in a moment is told apart from what never will.

use domain::ids::EventId;
use store::reads::workflow;
use store::{DatabaseUrl, Db, Error, workflows};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::of_size;
use crate::raw::Raw;
use crate::support::{at, migrated, recorded};

#[tokio::test]
async fn a_server_that_is_not_there_may_come_back() {
    let url: DatabaseUrl = "postgres://packflow:s3cret@127.0.0.1:1/packflow".parse().unwrap();
    let error = Db::open(&url).await.unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

/// The server is shut down or restarted under a running Packflow: the statement in flight fails, the next ones succeed.
#[tokio::test]
async fn a_connection_that_was_cut_is_made_again() {
    let Some(database) = TestDatabase::postgres("a_connection_that_was_cut_is_made_again") else { return };
    let db = migrated(&database).await;
    let event = recorded(&db, &of_size(1)).await;
    workflow(&db, event).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    Raw::open(&database).await.run(cut).await;
    let error = tx.lock_event(event).await.unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    drop(tx);
    for _ in 0..20 {
        match workflow(&db, event).await {
            Ok(found) => return assert!(found.is_some()),
            Err(error) => assert!(error.is_passing(), "{error:?}"),
        }
    }
    panic!("no connection is made again");
}

on_both_databases! {
    async fn a_database_that_is_closed_says_so(database: TestDatabase) {
        let db = migrated(&database).await;
        db.ping().await.unwrap();
        db.close().await;
        assert!(db.ping().await.unwrap_err().is_passing());
        assert!(db.write().await.unwrap_err().is_passing());
    }

    async fn what_is_wrong_with_the_rows_never_passes(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(1)).await;
        assert!(!workflows::change(&db, EventId(987), at(0), |_| ()).await.unwrap_err().is_passing());
        let raw = Raw::open(&database).await;
        raw.run("UPDATE jobs SET details = '{\"of\": \"something newer\"}'").await;
        let error = workflow(&db, event).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)) && !error.is_passing(), "{error:?}");
    }
}
