//! Sidetags: one for each group and branch at a time, each with one holder at a time.

use store::sidetags;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{at, migrated, open};

on_both_databases! {
    async fn a_group_has_one_sidetag_for_each_branch_at_a_time(database: TestDatabase) {
        let (db, process) = (migrated(&database).await, open(&database).await);
        let both = tokio::join!(
            sidetags::ensure(&db, "g", "f43", at(0)),
            sidetags::ensure(&process, "g", "f43", at(0))
        );
        let (one, other) = (both.0.unwrap(), both.1.unwrap());
        assert_eq!(one, other);
        assert_ne!(sidetags::ensure(&db, "g", "f42", at(0)).await.unwrap().id, one.id);
        assert_ne!(sidetags::ensure(&db, "h", "f43", at(0)).await.unwrap().id, one.id);
        let claimed = sidetags::claim(&db, at(1), at(60), "worker", 1).await.unwrap().remove(0);
        let mut removed = claimed.clone();
        (removed.name, removed.removed_at, removed.due_at) = (Some("f43-build-side-1".into()), Some(at(2)), None);
        assert!(sidetags::save(&db, &claimed, &removed).await.unwrap());
        let next = sidetags::ensure(&db, &claimed.group_name, &claimed.branch, at(3)).await.unwrap();
        assert_ne!(next.id, claimed.id, "one that was removed makes room");
        assert_eq!(sidetags::list(&db).await.unwrap().len(), 4);
    }

    /// Who lost its lease writes nothing; who keeps it goes on after a note.
    async fn a_sidetag_has_one_holder(database: TestDatabase) {
        let db = migrated(&database).await;
        sidetags::ensure(&db, "g", "f43", at(0)).await.unwrap();
        let claimed = sidetags::claim(&db, at(1), at(60), "one", 9).await.unwrap().remove(0);
        assert_eq!(sidetags::claim(&db, at(2), at(60), "two", 9).await.unwrap(), []);
        let mut noted = claimed.clone();
        noted.asked_at = Some(at(2));
        assert!(sidetags::note(&db, &claimed, &noted).await.unwrap());
        noted.name = Some("f43-build-side-1".into());
        noted.due_at = Some(at(90));
        let later = sidetags::claim(&db, at(61), at(120), "two", 9).await.unwrap();
        assert_eq!(later.len(), 1, "the lease ended");
        assert!(!sidetags::save(&db, &claimed, &noted).await.unwrap());
        assert!(sidetags::save(&db, &later[0], &noted).await.unwrap());
        assert!(sidetags::hurry(&db, "f43-build-side-1", at(70)).await.unwrap());
        assert!(!sidetags::hurry(&db, "f43-build-side-2", at(70)).await.unwrap());
        let due = sidetags::claim(&db, at(70), at(130), "two", 9).await.unwrap();
        assert_eq!(due.len(), 1);
    }

    async fn a_build_is_seen_in_a_sidetag_once(database: TestDatabase) {
        let db = migrated(&database).await;
        let sidetag = sidetags::ensure(&db, "g", "f43", at(0)).await.unwrap();
        for is_new in [true, false] {
            let mut tx = db.write().await.unwrap();
            assert_eq!(sidetags::seen(&mut tx, &sidetag, "a-1-1", "a", at(1)).await.unwrap(), is_new);
            tx.commit().await.unwrap();
        }
        assert_eq!(sidetags::builds(&db, &sidetag).await.unwrap(), ["a-1-1".to_owned()].into());
    }
}
