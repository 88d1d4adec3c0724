//! A worker's step: what came of a call, written behind the fence of its lease.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, ProjectId, SubmissionId};
use domain::words::{BuildSystem, TargetStatus};
use domain::workflow::Seen;
use store::reads::workflow;
use store::submissions::{Limits, Submission, called, change_event, claim, find, hurry, release_all, step};
use store::verify::verify;
use store::{Db, Error};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::{build_and_test, of_size};
use crate::raw::Raw;
use crate::support::{at, migrated, recorded};

/// Claims the one Copr submission that is due at this second, for a minute.
async fn claim_one(db: &Db, second: i64, worker: &str) -> Submission {
    let limits = Limits { total: 10, per_project: 10 };
    let claimed = claim(db, BuildSystem::Copr, at(second), at(second + 60), worker, limits, ProjectId(0))
        .await
        .unwrap();
    let [submission] = &claimed[..] else { panic!("{claimed:?}") };
    submission.clone()
}

async fn version(db: &Db, event: EventId) -> i64 {
    workflow(db, event).await.unwrap().unwrap().event.version
}

/// A worker sends a submission; Copr answers with an id.
async fn send(db: &Db, submission: &Submission, worker: &str, second: i64) -> Option<()> {
    step(db, submission, worker, at(second), |held, workflow| {
        held.external_id = Some("8001".to_owned());
        held.sent_at = Some(at(second));
        held.release(at(second + 30));
        workflow.submitting(held.id);
        workflow.submitted(held.id, "8001", at(second));
    })
    .await
    .unwrap()
}

on_both_databases! {
    async fn a_step_writes_the_submission_and_the_workflow_together(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        assert_eq!(send(&db, &submission, "w", 5).await, Some(()));
        let view = workflow(&db, event).await.unwrap().unwrap();
        let stored = &view.submissions[0];
        assert_eq!(
            (stored.external_id.as_deref(), stored.sent_at, stored.due_at),
            (Some("8001"), Some(at(5)), Some(at(35)))
        );
        let on_it: Vec<_> =
            view.targets.iter().filter(|target| target.submission_id == Some(stored.id)).collect();
        assert!(
            on_it
                .iter()
                .all(|target| target.status == TargetStatus::Submitted && target.submitted_at == Some(at(5)))
        );
        assert_eq!((on_it.len(), view.status.as_str()), (2, "running"));
        assert_eq!(
            find(&db, BuildSystem::Copr, "8001").await.unwrap().map(|found| found.id),
            Some(submission.id)
        );
        assert_eq!(find(&db, BuildSystem::Koji, "8001").await.unwrap(), None);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn who_lost_the_lease_writes_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let first = claim_one(&db, 0, "first").await;
        let second = claim_one(&db, 60, "second").await;
        let before = workflow(&db, event).await.unwrap();
        let mut asked = false;
        let written = step(&db, &first, "first", at(61), |_, _| asked = true).await.unwrap();
        assert_eq!((written, asked), (None, false));
        assert_eq!(workflow(&db, event).await.unwrap(), before);
        assert_eq!(send(&db, &second, "second", 62).await, Some(()));
        // Neither does one that gave it back.
        assert_eq!(step(&db, &second, "second", at(63), |_, _| ()).await.unwrap(), None);
    }

    /// The database refuses the second half of a step: the first half is gone too.
    async fn a_step_is_written_whole_or_not_at_all(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        let before = workflow(&db, event).await.unwrap();
        let error = step(&db, &submission, "w", at(5), |held, workflow| {
            held.external_id = Some("8001".to_owned());
            held.release(at(35));
            let id = *workflow.targets.keys().next().unwrap();
            workflow.targets.get_mut(&id).unwrap().status = TargetStatus::Succeeded;
            workflow.changed.insert(id);
        })
        .await
        .unwrap_err();
        assert!(matches!(error, Error::Database(_)) && !error.is_passing(), "{error:?}");
        assert_eq!(workflow(&db, event).await.unwrap(), before);
        assert_eq!(send(&db, &submission, "w", 6).await, Some(()), "the lease still holds");
    }

    /// Two calls cannot become one and the same build.
    async fn an_id_of_a_build_system_belongs_to_one_submission(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let first = claim_one(&db, 0, "w").await;
        send(&db, &first, "w", 1).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let second = claim_one(&db, 2, "w").await;
        let error = step(&db, &second, "w", at(3), |held, _| held.external_id = Some("8001".to_owned()))
            .await
            .unwrap_err();
        assert!(!error.is_passing(), "{error:?}");
    }

    /// To edit a Bodhi update is to submit again, and it keeps its alias.
    async fn an_edited_update_has_one_alias_in_two_submissions(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let raw = Raw::open(&database).await;
        raw.run("UPDATE submissions SET system = 'bodhi', external_id = 'FEDORA-2026-1'").await;
        let found = find(&db, BuildSystem::Bodhi, "FEDORA-2026-1").await.unwrap().unwrap();
        assert_eq!(found.id.0, raw.number("SELECT MAX(id) FROM submissions").await);
    }

    /// SQLite makes the table anew for that; a database that is in use loses nothing by it.
    async fn the_migration_for_it_keeps_every_row_and_reference(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        if database.is_postgres() {
            return;
        }
        let before = claim_one(&db, 0, "w").await;
        let raw = Raw::open(&database).await;
        raw.run("UPDATE sqlite_sequence SET seq = 900 WHERE name = 'submissions'").await;
        raw.run(&format!("BEGIN; {}; COMMIT", include_str!("../../migrations/sqlite/0015_updates.sql"))).await;
        // What came later is gone with the table.
        raw.run(include_str!("../../migrations/sqlite/0019_early_callbacks.sql")).await;
        assert_eq!(raw.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
        assert_eq!(raw.number("SELECT seq FROM sqlite_sequence WHERE name = 'submissions'").await, 900);
        assert_eq!(verify(&db).await.unwrap(), []);
        assert_eq!(send(&db, &before, "w", 1).await, Some(()), "it is held as before");
    }

    async fn a_submission_whose_targets_have_ended_is_never_due_again(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        step(&db, &submission, "w", at(5), |held, workflow| {
            held.release(at(35));
            workflow.end(held.id, TargetStatus::Errored, "Copr refused it", at(5));
        })
        .await
        .unwrap();
        let view = workflow(&db, event).await.unwrap().unwrap();
        assert_eq!((view.submissions[0].due_at, view.status.as_str()), (None, "errored"));
        assert_eq!(next_due(&db).await, None);
        hurry(&db, submission.id, at(6)).await.unwrap();
        assert_eq!(next_due(&db).await, None);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// A build of 200 chroots costs as many statements as a build of one.
    async fn the_statements_of_a_step_do_not_grow_with_its_targets(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut counts = Vec::new();
        for (index, chroots) in [(0, 1), (1, 200)] {
            recorded(&db, &of_size(chroots)).await;
            let submission = claim_one(&db, 100 * index, "w").await;
            let before = db.statements();
            let built = step(&db, &submission, "w", at(100 * index), |held, workflow| {
                workflow.submitted(held.id, &index.to_string(), at(1));
                for target in workflow.open_on(held.id) {
                    workflow.observe(Seen::new(target, TargetStatus::Succeeded), at(2));
                }
            });
            built.await.unwrap().unwrap();
            counts.push(db.statements() - before);
        }
        assert_eq!(counts[0], counts[1]);
        // All 201 tests are ready, each on a request of its own.
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// A cancel comes from outside the worker's loop, and whoever holds the lease sees it.
    async fn an_event_is_changed_whoever_holds_its_submissions(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        let touched = change_event(&db, event, at(5), |submissions, _| {
            for submission in submissions.iter_mut() {
                submission.cancel_requested_at = Some(at(5));
                submission.cancel_requested_by = Some("alice".to_owned());
            }
            submissions.len()
        })
        .await
        .unwrap();
        assert_eq!(touched, 1);
        let seen =
            step(&db, &submission, "w", at(6), |held, _| held.cancel_requested_by.clone()).await.unwrap();
        assert_eq!(seen, Some(Some("alice".to_owned())));
        let missing = change_event(&db, EventId(987), at(5), |_, _| ()).await.unwrap_err();
        assert!(matches!(missing, Error::NotFound(_)), "{missing:?}");
    }

    async fn an_event_is_changed_whole_or_not_at_all(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let before = workflow(&db, event).await.unwrap();
        change_event(&db, event, at(5), |submissions, workflow| {
            submissions[0].problem = Some("written first".to_owned());
            let id = *workflow.targets.keys().next().unwrap();
            workflow.targets.get_mut(&id).unwrap().finished_at = Some(at(5));
            workflow.changed.insert(id);
        })
        .await
        .unwrap_err();
        assert_eq!(workflow(&db, event).await.unwrap(), before);
    }

    async fn a_worker_that_ends_gives_back_what_it_holds(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "first").await;
        release_all(&db, "somebody else", at(1)).await.unwrap();
        assert_eq!(next_due(&db).await, Some(at(60)));
        release_all(&db, "first", at(1)).await.unwrap();
        assert_eq!(claim_one(&db, 1, "second").await.id, submission.id);
    }

    /// Who looks at it just now may have been answered too early: the lease is lost, and it is looked at again.
    async fn what_may_have_changed_is_looked_at_now(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        send(&db, &submission, "w", 2).await;
        assert_eq!(next_due(&db).await, Some(at(32)));
        hurry(&db, submission.id, at(3)).await.unwrap();
        assert_eq!(next_due(&db).await, Some(at(3)));
        hurry(&db, submission.id, at(10)).await.unwrap();
        assert_eq!(next_due(&db).await, Some(at(3)), "never put off by it");

        let looking = claim_one(&db, 3, "w").await;
        hurry(&db, looking.id, at(4)).await.unwrap();
        let written = step(&db, &looking, "w", at(5), |held, _| held.release(at(60))).await.unwrap();
        assert_eq!((written, next_due(&db).await), (None, Some(at(4))));
    }

    /// Everything on the row comes back as it was written.
    async fn a_submission_is_kept_as_it_was_written(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let submission = claim_one(&db, 0, "w").await;
        let written = step(&db, &submission, "w", at(5), |held, _| {
            *held = Submission {
                external_id: Some("8001".to_owned()),
                due_at: Some(at(90)),
                leased_by: None,
                tries: 4,
                sent_at: Some(at(5)),
                callback_hash: Some("c0ffee".to_owned()),
                problem: Some("no answer".to_owned()),
                cancel_requested_at: Some(at(6)),
                cancel_requested_by: Some("alice".to_owned()),
                canceled_at: Some(at(7)),
                called_at: Some(at(8)),
                ..held.clone()
            };
            held.clone()
        });
        let written = written.await.unwrap();
        assert_eq!(find(&db, BuildSystem::Copr, "8001").await.unwrap(), written);
        assert_ne!(written.map(|written| written.id), Some(SubmissionId(0)));
    }

    /// A24: who calls before the id is known is noted; who calls while it becomes known has it looked at.
    async fn a_call_is_taken_by_its_token_before_and_while_the_id_becomes_known(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &build_and_test(&["f42"])).await;
        let call = async |hash: &str, id: &str, second| called(&db, BuildSystem::Copr, hash, id, at(second)).await.unwrap();
        let sent = claim_one(&db, 0, "w").await;
        assert!(!call("c0ffee", "8001", 1).await, "nothing was sent with that token");
        step(&db, &sent, "w", at(2), |held, _| held.callback_hash = Some("c0ffee".to_owned())).await.unwrap();
        assert!(!call("another", "8001", 3).await);
        assert!(call("c0ffee", "8001", 3).await);
        let noted = step(&db, &sent, "w", at(4), |held, _| {
            held.external_id = Some("8001".to_owned());
            held.release(at(90));
            held.called_at.take()
        });
        assert_eq!(noted.await.unwrap(), Some(Some(at(3))), "the lease is not touched");
        assert!(!call("c0ffee", "9999", 5).await, "it is another's id");
        assert_eq!(next_due(&db).await, Some(at(90)));
        assert!(call("c0ffee", "8001", 5).await);
        assert_eq!(next_due(&db).await, Some(at(5)));
    }

    async fn what_people_see_counts_the_version_up_and_nothing_else_does(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        assert_eq!(version(&db, event).await, 1, "the first targets became ready");
        change_event(&db, event, at(1), |_, _| ()).await.unwrap();
        let submission = claim_one(&db, 1, "w").await;
        step(&db, &submission, "w", at(1), |held, _| held.release(at(2))).await.unwrap();
        assert_eq!(version(&db, event).await, 1, "a look that finds nothing new changes nothing");
        let submission = claim_one(&db, 2, "w").await;
        step(&db, &submission, "w", at(2), |held, _| {
            held.problem = Some("Copr is away".to_owned());
            held.release(at(3));
        })
        .await
        .unwrap();
        assert_eq!(version(&db, event).await, 2);
    }
}

/// When the first submission of the first event is looked at next.
pub(crate) async fn next_due(db: &Db) -> Option<DateTime<Utc>> {
    let view = workflow(db, EventId(1)).await.unwrap().unwrap();
    view.submissions.iter().filter_map(|submission| submission.due_at).min()
}
