//! What is said to one run alone.

use domain::ids::TargetId;
use domain::rerun::Selection;
use domain::words::TargetStatus;
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};

use super::{done, event_e, newest, request, targets};
use crate::support::{at, end, load, migrated, submit_all};

on_both_databases! {
    /// As its variables are: who wants them again says so again.
    async fn builds_of_another_event_are_tested_by_the_run_that_was_told_to(database: TestDatabase) {
        let db = migrated(&database).await;
        let (event, other) = (event_e(&db, "ogr").await, event_e(&db, "packit").await);
        let (own, theirs) =
            (newest(&db, event, "copr_build", "f42").await, newest(&db, other, "copr_build", "f42").await);
        for (with_builds, expected) in
            [(vec![], vec![own]), (vec![theirs], vec![own, theirs]), (vec![theirs], vec![own, theirs]), (vec![], vec![own])]
        {
            let test = newest(&db, event, "test_run", "f42").await;
            let selection =
                Selection { with_builds: with_builds.into_iter().collect(), ..targets(&[test]) };
            let new = done(&db, &request(event, &selection)).await.created[&test];
            let inputs: Vec<TargetId> =
                load(&db, event).await.targets[&new].inputs.iter().map(|input| input.target).collect();
            assert_eq!(inputs, expected);
            submit_all(&db, event, at(110)).await;
            end(&db, event, new, TargetStatus::Succeeded, at(120)).await;
        }
        assert_eq!(verify(&db).await.unwrap(), []);
    }
}
