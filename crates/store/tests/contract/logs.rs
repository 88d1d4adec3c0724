//! What programs of ours told is kept by target.

use domain::ids::TargetId;
use store::logs;
use test_support::{TestDatabase, on_both_databases};

use crate::plans::of_size;
use crate::support::{at, load, migrated, recorded};

on_both_databases! {
    async fn a_log_is_kept_instead_of_an_earlier_one(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(1)).await;
        let target = *load(&db, event).await.targets.keys().next().unwrap();
        assert_eq!(logs::read(&db, target).await.unwrap(), None);
        logs::keep(&db, target, "first", at(1)).await.unwrap();
        logs::keep(&db, target, "second\0 with a byte that is no text", at(2)).await.unwrap();
        let kept = logs::read(&db, target).await.unwrap();
        assert_eq!(kept.as_deref(), Some("second\u{fffd} with a byte that is no text"));
        assert!(logs::keep(&db, TargetId(987), "of nobody", at(3)).await.is_err());
    }
}
