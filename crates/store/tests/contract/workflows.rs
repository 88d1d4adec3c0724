use std::sync::Arc;

use domain::ids::{EventId, TargetId};
use domain::rerun::Selection;
use domain::words::{EventStatus, TargetStatus};
use domain::workflow::{Seen, Workflow};
use store::verify::verify;
use store::{Db, Error, workflows};
use test_support::{TestDatabase, on_both_databases};
use tokio::sync::Barrier;

use crate::plans::{build_and_test, two_builds_one_update};
use crate::raw::Raw;
use crate::reruns::{done, request, targets};
use crate::support::{at, end, load, migrated, open, recorded, submit_all, target_named};

/// Tells of a result once all others at the barrier do.
async fn end_at_once(db: Db, barrier: Arc<Barrier>, event: EventId, target: TargetId) {
    barrier.wait().await;
    end(&db, event, target, TargetStatus::Succeeded, at(20)).await;
}

on_both_databases! {
    /// Two inputs of one target end at the same moment, told to two servers. Without one writer per event each of them
    /// would still see the other's input running, and the update would wait for ever.
    async fn two_results_at_once_leave_nothing_waiting(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for round in 0..50 {
            let event = recorded(&one, &two_builds_one_update()).await;
            submit_all(&one, event, at(10)).await;
            let workflow = load(&one, event).await;
            let barrier = Arc::new(Barrier::new(2));
            let results = [(&one, "f42"), (&other, "f43")].map(|(db, name)| {
                let build = target_named(&workflow, "koji_build", name);
                tokio::spawn(end_at_once(db.clone(), Arc::clone(&barrier), event, build))
            });
            for result in results {
                result.await.unwrap();
            }
            let workflow = load(&one, event).await;
            let update = &workflow.targets[&target_named(&workflow, "bodhi_update", "sidetag")];
            assert_eq!(update.status, TargetStatus::Ready, "round {round}");
            assert!(update.submission.is_some(), "round {round}");
        }
        assert_eq!(verify(&one).await.unwrap(), []);
    }

    /// The same result told by a message, a callback and a poll at once is one result.
    async fn one_result_told_many_times_at_once_is_one(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let event = recorded(&one, &two_builds_one_update()).await;
        submit_all(&one, event, at(10)).await;
        let build = target_named(&load(&one, event).await, "koji_build", "f42");
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..12 {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            let status = if index % 3 == 0 { TargetStatus::Failed } else { TargetStatus::Succeeded };
            tasks.spawn(async move { end(&db, event, build, status, at(20 + index)).await });
        }
        tasks.join_all().await;
        assert_eq!(verify(&one).await.unwrap(), []);
        let settled = load(&one, event).await.targets[&build].clone();
        end(&one, event, build, TargetStatus::Canceled, at(99)).await;
        assert_eq!(load(&one, event).await.targets[&build], settled, "rule 6");
    }

    /// Everything that a target can tell comes back as it was written.
    async fn a_target_is_kept_as_it_was_written(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        submit_all(&db, event, at(10)).await;
        let build = target_named(&load(&db, event).await, "copr_build", "f42");
        let seen = Seen {
            reason: Some("exit code 1".to_owned()),
            url: Some("https://copr/8001".to_owned()),
            logs_url: Some("https://copr/8001/log".to_owned()),
            peer_started_at: Some(at(11)),
            peer_finished_at: Some(at(19)),
            made: Some(domain::details::TargetDetails {
                packages: vec!["ogr-1-1.noarch".to_owned()],
                artifact_url: Some("https://copr/ogr.src.rpm".to_owned()),
                ..Default::default()
            }),
            ..Seen::new(build, TargetStatus::Failed)
        };
        // Its input is not known yet, so its result is held.
        let written = workflows::change(&db, event, at(20), |workflow| {
            workflow.observe(seen, at(20));
            workflow.clone()
        })
        .await
        .unwrap();
        let stored = load(&db, event).await;
        assert_eq!(stored, Workflow { changed: Default::default(), ..written });
        assert!(stored.targets[&build].held.is_some());
        end(&db, event, target_named(&stored, "srpm_build", "srpm"), TargetStatus::Succeeded, at(30)).await;
        let told = load(&db, event).await;
        assert_eq!(
            (told.targets[&build].status, told.targets[&build].reason.as_deref()),
            (TargetStatus::Failed, Some("exit code 1"))
        );
        assert_eq!(told.status(), EventStatus::Failed);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// A build is done again without what follows it: its test was skipped and will not run by itself any more.
    async fn what_stays_skipped_although_its_input_succeeded_makes_the_event_canceled(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let ends = [
            ("srpm_build", "srpm", TargetStatus::Succeeded),
            ("copr_build", "f42", TargetStatus::Succeeded),
            ("copr_build", "f43", TargetStatus::Failed),
            ("test_run", "f42", TargetStatus::Succeeded),
        ];
        for (kind, name, status) in ends {
            submit_all(&db, event, at(10)).await;
            end(&db, event, target_named(&load(&db, event).await, kind, name), status, at(20)).await;
        }
        let build = target_named(&load(&db, event).await, "copr_build", "f43");
        let selection = Selection { follow_ups: false, ..targets(&[build]) };
        done(&db, &request(event, &selection)).await;
        submit_all(&db, event, at(110)).await;
        let again = target_named(&load(&db, event).await, "copr_build", "f43");
        end(&db, event, again, TargetStatus::Succeeded, at(120)).await;
        let view = store::reads::workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.status, EventStatus::Canceled);
        let was = |second| view.at(at(second)).unwrap().status;
        assert_eq!((was(99), was(130)), (Some(EventStatus::Failed), Some(EventStatus::Canceled)));
        assert_eq!(verify(&db).await.unwrap(), []);
        // As it was stored before that was so, and put right by a migration.
        let raw = Raw::open(&database).await;
        raw.run("UPDATE events SET status = 'succeeded'").await;
        let findings = verify(&db).await.unwrap();
        assert!(findings[0].what.contains("stored as succeeded; its targets make it canceled"), "{findings:?}");
        raw.run(include_str!("../../migrations/sqlite/0022_left_behind.sql")).await;
        assert_eq!(verify(&db).await.unwrap(), []);
        // With its test it is whole.
        let test = target_named(&load(&db, event).await, "test_run", "f43");
        done(&db, &request(event, &targets(&[test]))).await;
        submit_all(&db, event, at(130)).await;
        let test = target_named(&load(&db, event).await, "test_run", "f43");
        end(&db, event, test, TargetStatus::Succeeded, at(140)).await;
        assert_eq!(load(&db, event).await.status(), EventStatus::Succeeded);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// While the SRPM runs, one of its builds is done again: that cancels the whole Copr build, as was shown.
    async fn what_a_rerun_takes_along_is_canceled_as_shown_and_the_event_says_so(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        submit_all(&db, event, at(10)).await;
        let first = load(&db, event).await;
        let build = target_named(&first, "copr_build", "f42");
        let selection = Selection { cancel_running: true, ..targets(&[build]) };
        let rerun = done(&db, &request(event, &selection)).await;
        let along = target_named(&first, "copr_build", "f43");
        assert!(rerun.plan.cancel.iter().any(|entry| entry.target_id == along), "{:?}", rerun.plan.cancel);
        for target in [target_named(&first, "srpm_build", "srpm"), build, along] {
            end(&db, event, target, TargetStatus::Canceled, at(110)).await;
        }
        for (kind, name) in [("srpm_build", "srpm"), ("copr_build", "f42"), ("test_run", "f42")] {
            submit_all(&db, event, at(120)).await;
            let again = target_named(&load(&db, event).await, kind, name);
            end(&db, event, again, TargetStatus::Succeeded, at(130)).await;
        }
        let stored = load(&db, event).await;
        let along = &stored.targets[&along];
        assert_eq!(
            (along.status, along.reason.as_deref()),
            (TargetStatus::Canceled, Some("canceled by alice, to be done again"))
        );
        assert_eq!(stored.status(), EventStatus::Canceled);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn a_change_that_is_refused_changes_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let before = store::reads::workflow(&db, event).await.unwrap();
        let error = workflows::change(&db, event, at(5), |workflow| {
            let ids: Vec<TargetId> = workflow.targets.keys().copied().collect();
            workflow.targets.get_mut(&ids[0]).unwrap().reason = Some("written".to_owned());
            workflow.targets.get_mut(&ids[1]).unwrap().finished_at = Some(at(5));
            workflow.changed.extend(ids);
        })
        .await
        .unwrap_err();
        assert!(!error.is_passing(), "{error:?}");
        assert_eq!(store::reads::workflow(&db, event).await.unwrap(), before);
    }

    async fn there_is_nothing_to_change_in_an_event_that_is_not_there(database: TestDatabase) {
        let db = migrated(&database).await;
        let error = workflows::change(&db, EventId(987), at(0), |_| ()).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    }
}
