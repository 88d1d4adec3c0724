use domain::plan::Plan;
use domain::words::{EventStatus, ProjectKey, Reference, ReferenceKind, TargetStatus};
use store::events::{NewEvent, Tell, commits_of_pull_request, record, unfinished_of_reference};
use store::reads::{WorkflowView, workflow};
use store::verify::verify;
use store::{inbox, reports};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::{build_and_test, of_size};
use crate::raw::Raw;
use crate::support::{HASH, at, migrated, new_event, open, project, record_at, recorded};

/// The tables that an event writes to.
const TABLES: &[&str] = &[
    "projects",
    "references",
    "commits",
    "events",
    "omissions",
    "pipelines",
    "jobs",
    "steps",
    "targets",
    "inputs",
    "submissions",
    "reports",
];

on_both_databases! {
    async fn an_event_is_recorded_with_all_that_it_starts(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let view: WorkflowView = workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.status, EventStatus::Waiting);
        assert_eq!(view.commit.as_deref(), Some(HASH));
        assert_eq!((view.event.occurred_at, view.event.version), (at(0), 1));
        let places: Vec<_> = view.steps.iter().map(|step| (step.id, step.job_id, step.previous)).collect();
        let steps: Vec<i64> = view.steps.iter().map(|step| step.id).collect();
        let jobs: Vec<_> =
            view.jobs.iter().map(|job| (job.id, job.kind.as_str(), job.previous_job_id)).collect();
        assert_eq!(
            places,
            [
                (steps[0], jobs[0].0, None),
                (steps[1], jobs[1].0, Some(steps[0])),
                (steps[2], jobs[2].0, Some(steps[1])),
            ]
        );
        assert_eq!(
            jobs.iter().map(|job| (job.1, job.2)).collect::<Vec<_>>(),
            [("srpm_build", None), ("copr_build", Some(jobs[0].0)), ("test_run", Some(jobs[1].0)),]
        );
        let ids: Vec<i64> = view.targets.iter().map(|target| target.id).collect();
        let inputs: Vec<_> = view
            .targets
            .iter()
            .map(|target| {
                (target.name.as_str(), target.inputs.iter().map(|input| input.target_id).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            inputs,
            [
                ("srpm", vec![]),
                ("f42", vec![ids[0]]),
                ("f43", vec![ids[0]]),
                ("f42", vec![ids[1]]),
                ("f43", vec![ids[2]]),
            ]
        );
        assert!(view.targets.iter().all(|target| target.chain_id == target.id && target.attempt == 1));
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// At Copr the SRPM takes the first Copr job's targets along; tests wait for their builds.
    async fn what_is_ready_is_queued_at_once(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        let [submission] = &view.submissions[..] else { panic!("{:?}", view.submissions) };
        assert_eq!((submission.system.as_str(), submission.due_at), ("copr", Some(at(0))));
        let rides: Vec<_> = view.targets.iter().map(|target| (target.status, target.submission_id)).collect();
        let id = Some(submission.id);
        assert_eq!(
            rides,
            [
                (TargetStatus::Ready, id),
                (TargetStatus::Waiting, id),
                (TargetStatus::Waiting, id),
                (TargetStatus::Waiting, None),
                (TargetStatus::Waiting, None),
            ]
        );
    }

    async fn an_event_that_starts_nothing_says_why(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &Plan::nothing("mallory may not start builds")).await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.status, EventStatus::Nothing);
        assert_eq!(view.omissions.len(), 1);
        assert_eq!(
            (view.omissions[0].kind.as_str(), view.omissions[0].reason.as_str()),
            ("event", "mallory may not start builds")
        );
        assert!(view.pipelines.is_empty() && view.targets.is_empty() && view.submissions.is_empty());
    }

    async fn two_events_share_project_reference_and_commit(database: TestDatabase) {
        let db = migrated(&database).await;
        let first = workflow(&db, recorded(&db, &of_size(1)).await).await.unwrap().unwrap();
        let second = workflow(&db, recorded(&db, &of_size(1)).await).await.unwrap().unwrap();
        let place =
            |view: &WorkflowView| (view.event.project_id, view.event.reference_id, view.event.commit_id);
        assert_eq!(place(&first), place(&second));
        assert!(first.targets.iter().all(|one| second.targets.iter().all(|other| one.id < other.id)));
    }

    /// "The same number of statements for 1 and for 200 targets": nothing here is done target by target.
    async fn the_number_of_statements_does_not_grow_with_the_targets(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut counts = Vec::new();
        for (name, chroots) in [("warm-up", 1), ("small", 1), ("large", 200)] {
            let before = db.statements();
            record_at(&db, name, &of_size(chroots), 0).await;
            counts.push(db.statements() - before);
        }
        assert_eq!(counts[1], counts[2]);
    }

    async fn a_large_plan_is_recorded_whole(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(1200)).await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.targets.len(), 1 + 2 * 1200);
        assert_eq!(view.targets.iter().map(|target| target.inputs.len()).sum::<usize>(), 2 * 1200);
    }

    async fn an_event_that_is_not_committed_leaves_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut tx = db.write().await.unwrap();
        let facts = project("ogr");
        let reference = Reference::new(ReferenceKind::PullRequest, 7);
        record(&mut tx, &new_event(&facts, &reference, at(0)), &of_size(3), Some(Tell::Event("packflow")), at(0))
            .await
            .unwrap();
        drop(tx);
        let raw = Raw::open(&database).await;
        for table in TABLES {
            assert_eq!(raw.number(&format!("SELECT count(*) FROM \"{table}\"")).await, 0, "{table}");
        }
        // Ids that were taken and not used are no gap that anybody minds.
        recorded(&db, &of_size(3)).await;
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// Rule 5, last line of defence: one delivery, one event, whoever forgot to look.
    async fn one_delivery_comes_to_one_event(database: TestDatabase) {
        let db = migrated(&database).await;
        let delivery = inbox::NewDelivery {
            source: "github.com",
            delivery_id: "d-1",
            kind: "push",
            received_at: at(0),
            body: b"{}",
            settled: None,
        };
        let inbox::Received::New(id) = inbox::receive(&db, &delivery).await.unwrap() else {
            panic!("not new")
        };
        let facts = project("ogr");
        let reference = Reference::new(ReferenceKind::PullRequest, 7);
        let event = NewEvent { inbox: Some(id), ..new_event(&facts, &reference, at(0)) };
        let mut tx = db.write().await.unwrap();
        record(&mut tx, &event, &of_size(1), None, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let error = record(&mut tx, &event, &of_size(1), None, at(0)).await.unwrap_err();
        assert!(!error.is_passing(), "{error:?}");
    }

    async fn many_events_are_recorded_at_once(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..24 {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            let name = format!("p{}", index % 3);
            tasks.spawn(async move { record_at(&db, &name, &of_size(4), index).await });
        }
        let mut events = tasks.join_all().await;
        events.sort_unstable();
        events.dedup();
        assert_eq!(events.len(), 24);
        assert_eq!(verify(&one).await.unwrap(), []);
    }

    /// The forge is told of the commit under one name, and of the newest event only.
    async fn the_forge_is_to_be_told_where_a_commit_is_known(database: TestDatabase) {
        let db = migrated(&database).await;
        let facts = project("ogr");
        let reference = Reference::new(ReferenceKind::Branch, "main");
        let mut tx = db.write().await.unwrap();
        let unknown = NewEvent { hash: None, ..new_event(&facts, &reference, at(0)) };
        record(&mut tx, &unknown, &of_size(1), Some(Tell::Event("packflow")), at(0)).await.unwrap();
        record(&mut tx, &new_event(&facts, &reference, at(1)), &of_size(1), None, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reports::claim(&db, at(9), at(60), "w", 10).await.unwrap(), []);
        recorded(&db, &of_size(1)).await;
        let newest = recorded(&db, &of_size(1)).await;
        let due = reports::claim(&db, at(9), at(60), "w", 10).await.unwrap();
        assert_eq!(
            due.iter()
                .map(|report| (report.event_id, report.hash.as_str(), report.name.as_str()))
                .collect::<Vec<_>>(),
            [(newest, HASH, "packflow")]
        );
    }

    /// Which commit of a pull request is newer is read from what was delivered of it.
    async fn the_commits_of_a_pull_request_come_in_the_order_of_their_events(database: TestDatabase) {
        let db = migrated(&database).await;
        let facts = project("ogr");
        let mut tx = db.write().await.unwrap();
        for (kind, name, hash, before) in [
            (ReferenceKind::PullRequest, "7", "aaa", None),
            (ReferenceKind::PullRequest, "8", "bbb", None),
            (ReferenceKind::Branch, "7", "ccc", None),
            (ReferenceKind::PullRequest, "7", "ddd", Some("aaa")),
        ] {
            let reference = Reference::new(kind, name);
            let event = NewEvent { hash: Some(hash), before, ..new_event(&facts, &reference, at(0)) };
            record(&mut tx, &event, &Plan::nothing("no"), None, at(0)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let key = ProjectKey::new("github.com", "Packit", "OGR");
        let pushed = commits_of_pull_request(&db, &key, 7).await.unwrap();
        let pushed: Vec<_> =
            pushed.iter().map(|pushed| (pushed.hash.as_str(), pushed.before.as_deref())).collect();
        assert_eq!(pushed, [("aaa", None), ("ddd", Some("aaa"))]);
    }

    async fn the_unfinished_events_of_a_reference_leave_out_one_commit(database: TestDatabase) {
        let db = migrated(&database).await;
        let facts = project("ogr");
        let mut tx = db.write().await.unwrap();
        let mut events = Vec::new();
        for (number, hash, plan) in [
            (7, Some("aaa"), of_size(1)),
            (8, Some("aaa"), of_size(1)),
            (7, None, of_size(1)),
            (7, Some("bbb"), Plan::nothing("no")),
            (7, Some("ccc"), of_size(1)),
        ] {
            let reference = Reference::new(ReferenceKind::PullRequest, number);
            let event = NewEvent { hash, ..new_event(&facts, &reference, at(0)) };
            events.push(record(&mut tx, &event, &plan, None, at(0)).await.unwrap());
        }
        let reference = Reference::new(ReferenceKind::PullRequest, 7);
        let unfinished = unfinished_of_reference(&mut tx, &facts.key, &reference, "ccc").await.unwrap();
        assert_eq!(unfinished, [events[0], events[2]]);
    }
}
