use domain::ids::{EventId, PipelineId};
use domain::plan::Plan;
use domain::words::{BuildSystem, EventStatus, Needs, TargetStatus};
use store::reads::{EventFilter, EventRow, Page, Position, Viewer, events, workflow, workflow_of_pipeline};
use store::{Db, pauses, submissions};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::{build_and_test, of_size};
use crate::raw::Raw;
use crate::support::{at, end, load, migrated, record_at, recorded, submit_all, target_named};

async fn statements_for(db: &Db, event: EventId) -> u64 {
    let before = db.statements();
    workflow(db, event).await.unwrap().unwrap();
    db.statements() - before
}

async fn recent_events(db: &Db, before: Option<Position>, limit: i64) -> Page<EventRow> {
    events(db, &Viewer::Public, &EventFilter::default(), before, limit).await.unwrap()
}

on_both_databases! {
    /// `docs/design.md` section 5: one statement, whatever the number of targets.
    async fn a_workflow_is_read_with_one_statement(database: TestDatabase) {
        let db = migrated(&database).await;
        for chroots in [1, 200] {
            let event = recorded(&db, &of_size(chroots)).await;
            assert_eq!(statements_for(&db, event).await, 1);
        }
    }

    async fn a_workflow_tells_where_everything_stands(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        submit_all(&db, event, at(10)).await;
        let planned = load(&db, event).await;
        let [srpm, f42, f43] = [("srpm_build", "srpm"), ("copr_build", "f42"), ("copr_build", "f43")]
            .map(|(kind, name)| target_named(&planned, kind, name));
        end(&db, event, srpm, TargetStatus::Succeeded, at(20)).await;
        end(&db, event, f42, TargetStatus::Succeeded, at(30)).await;
        end(&db, event, f43, TargetStatus::Failed, at(40)).await;
        pauses::pause(&db, BuildSystem::TestingFarm, "bob", Some("maintenance"), at(41)).await.unwrap();

        let view = workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.project, "github.com/packit/ogr");
        assert_eq!(view.reference.name, "7");
        assert_eq!(view.status, EventStatus::Waiting);
        assert_eq!(view.event.actor.as_deref(), Some("alice"));
        let [omission] = &view.omissions[..] else { panic!("{:?}", view.omissions) };
        assert_eq!(
            (
                omission.kind.as_str(),
                omission.identifier.as_deref(),
                omission.name.as_deref(),
                omission.reason.as_str()
            ),
            ("tests", Some("full"), Some("epel-9-x86_64"), "no build of epel-9-x86_64 is planned")
        );
        assert_eq!(
            view.jobs.iter().map(|job| (job.package.as_str(), job.identifier.as_deref())).collect::<Vec<_>>(),
            [("ogr", Some("full")); 3]
        );
        let told: Vec<_> = view
            .targets
            .iter()
            .map(|target| {
                (
                    target.kind.as_str(),
                    target.name.as_str(),
                    target.status,
                    target.submitted_at,
                    target.finished_at,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("srpm_build", "srpm", TargetStatus::Succeeded, Some(at(10)), Some(at(20))),
                ("copr_build", "f42", TargetStatus::Succeeded, Some(at(10)), Some(at(30))),
                ("copr_build", "f43", TargetStatus::Failed, Some(at(10)), Some(at(40))),
                ("test_run", "f42", TargetStatus::Ready, None, None),
                ("test_run", "f43", TargetStatus::Skipped, None, Some(at(40))),
            ]
        );
        assert!(
            view.targets[4].reason.as_deref().is_some_and(|reason| reason.contains("copr_build f43, failed"))
        );
        let input = &view.targets[3].inputs[0];
        assert_eq!(
            (input.target_id, input.needs, input.event_id, input.status),
            (f42.0, Needs::Success, None, TargetStatus::Succeeded)
        );
        let queue: Vec<_> = view
            .submissions
            .iter()
            .map(|submission| (submission.system, submission.due_at, submission.paused_by.as_deref()))
            .collect();
        assert_eq!(
            queue,
            [(BuildSystem::Copr, None, None), (BuildSystem::TestingFarm, Some(at(30)), Some("bob"))]
        );
        assert_eq!(view.submissions[1].paused_since, Some(at(41)));
    }

    async fn an_input_of_another_event_is_told_with_its_event(database: TestDatabase) {
        let db = migrated(&database).await;
        let upstream = recorded(&db, &build_and_test(&["f42"])).await;
        let event = record_at(&db, "packit", &build_and_test(&["f42"]), 1).await;
        let build = target_named(&load(&db, upstream).await, "copr_build", "f42");
        let test = target_named(&load(&db, event).await, "test_run", "f42");
        let raw = Raw::open(&database).await;
        raw.run(&format!(
            "INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({test}, {build}, 'finished')"
        ))
        .await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        let of_test = view.targets.iter().find(|target| target.id == test.0).unwrap();
        let outside: Vec<_> =
            of_test.inputs.iter().map(|input| (input.target_id, input.event_id, input.needs)).collect();
        assert_eq!(outside[0], (build.0, Some(upstream.0), Needs::Finished));
        assert_eq!(outside[1].1, None);
        // And it is known to the one who decides what happens next.
        assert_eq!(load(&db, event).await.outside.get(&build), Some(&TargetStatus::Waiting));
    }

    async fn a_workflow_is_found_by_its_pipeline(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(2)).await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        let pipeline = PipelineId(view.pipelines[0].id);
        assert_eq!(workflow_of_pipeline(&db, pipeline).await.unwrap(), Some(view));
        assert_eq!(workflow_of_pipeline(&db, PipelineId(987)).await.unwrap(), None);
        assert_eq!(workflow(&db, EventId(987)).await.unwrap(), None);
    }

    /// What a build system is told comes from the rows, not from the configuration of today.
    async fn the_work_of_a_submission_names_its_targets_and_what_they_consume(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let view = workflow(&db, event).await.unwrap().unwrap();
        let id = view.submissions[0].id.into();
        let work = submissions::work(&db, id, event).await.unwrap();
        assert_eq!(
            (work.project.to_string().as_str(), work.reference.name.as_str()),
            ("github.com/packit/ogr", "7")
        );
        let targets: Vec<_> = work
            .targets
            .iter()
            .map(|target| {
                (
                    target.kind.as_str(),
                    target.name.as_str(),
                    target.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            targets,
            [
                ("srpm_build", "srpm", vec![]),
                ("copr_build", "f42", vec!["srpm"]),
                ("copr_build", "f43", vec!["srpm"]),
            ]
        );
    }

    /// Pages neither repeat nor leave out, although many events have the same time.
    async fn recent_events_come_page_by_page(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut expected = Vec::new();
        // Two clocks: what is recorded later may have happened earlier.
        for (index, second) in [50, 50, 50, 10, 90, 50, 10, 50, 50, 90].into_iter().enumerate() {
            let name = format!("p{index}");
            let event = record_at(&db, &name, &Plan::nothing(format!("reason {index}")), second).await;
            expected.push((at(second), event.0, format!("reason {index}")));
        }
        expected.sort_by(|one, other| other.cmp(one));
        for size in [1, 3, 4, 10, 100] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let before = db.statements();
                let page = recent_events(&db, cursor, size).await;
                assert_eq!(db.statements() - before, 1);
                assert!(page.rows.len() <= usize::try_from(size).unwrap());
                seen.extend(page.rows.into_iter().map(|row| (row.occurred_at, row.id, row.reason.unwrap())));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "pages of {size}");
        }
    }

    /// Everybody may see the list, so it holds only what everybody may see on the forge.
    async fn recent_events_are_those_of_public_projects(database: TestDatabase) {
        let db = migrated(&database).await;
        let public = record_at(&db, "public", &Plan::nothing("no"), 0).await;
        record_at(&db, "private", &Plan::nothing("no"), 1).await;
        record_at(&db, "unknown", &Plan::nothing("no"), 2).await;
        Raw::open(&database).await.run("UPDATE projects SET visibility = name").await;
        let page = recent_events(&db, None, 10).await;
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [public.0]);
    }

    /// A build system that never showed our mark still says which build is an older attempt's.
    async fn the_work_of_a_submission_names_what_earlier_attempts_were_called(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        submit_all(&db, event, at(1)).await;
        let first = load(&db, event).await;
        let (srpm, build) =
            (target_named(&first, "srpm_build", "srpm"), target_named(&first, "copr_build", "f42"));
        let submission = first.targets[&build].submission.unwrap();
        assert_eq!(
            submissions::work(&db, submission, event).await.unwrap().earlier_external_ids,
            Vec::<String>::new()
        );
        let time = "'2026-01-01T00:00:00+00:00'";
        Raw::open(&database).await.run(&format!(
            "INSERT INTO jobs (id, event_id, kind, previous_job_id, created_at, details)
                SELECT 900, event_id, kind, previous_job_id, {time}, details FROM jobs WHERE id = {};
            INSERT INTO submissions (id, event_id, project_id, system, created_at, due_at)
                SELECT 900, event_id, project_id, system, {time}, {time} FROM submissions WHERE id = {submission};
            INSERT INTO targets (id, job_id, event_id, kind, name, chain_id, attempt, status, submission_id, created_at, details)
                SELECT 900, 900, event_id, kind, name, {build}, 2, 'ready', 900, {time}, details FROM targets WHERE id = {build}",
            first.targets[&build].job,
        )).await;
        let work = submissions::work(&db, 900.into(), event).await.unwrap();
        assert_eq!(work.earlier_external_ids, [submission.to_string()]);
        // The newest attempt is what counts.
        assert_eq!(target_named(&load(&db, event).await, "copr_build", "f42").0, 900);
        assert_ne!(srpm, build);
    }

    /// What comes in while somebody leafs through the list does not shift the pages.
    async fn a_page_stays_where_it_is_when_events_come_in(database: TestDatabase) {
        let db = migrated(&database).await;
        for second in 0..4 {
            record_at(&db, "ogr", &Plan::nothing("no"), second).await;
        }
        let first = recent_events(&db, None, 2).await;
        let second = recent_events(&db, first.next, 2).await;
        record_at(&db, "ogr", &Plan::nothing("no"), 100).await;
        assert_eq!(recent_events(&db, first.next, 2).await, second);
        assert_eq!(second.next, None);
    }
}
