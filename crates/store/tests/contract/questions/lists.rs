//! Lists: what they are filtered by, whom they are shown to, and how their pages follow each other.

use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::RerunVia;
use store::reruns::{Answer, Request, carry_out};

use super::*;

on_both_databases! {
    async fn lists_are_filtered_by_all_that_is_offered(database: TestDatabase) {
        let db = migrated(&database).await;
        let other_hash = "f".repeat(40);
        let build = build_and_test(&["f42"]);
        let first = tell(&db, &build, Told::default()).await.0;
        let comment = tell(&db, &Plan::nothing("no command"), Told { kind: EventKind::IssueComment, actor: "bob", second: 10, ..Told::default() }).await.0;
        let push = tell(&db, &build, Told {
            kind: EventKind::Push, hash: &other_hash, reference: Reference::new(ReferenceKind::Branch, "main"), second: 20, ..Told::default()
        }).await.0;
        let elsewhere = tell(&db, &two_builds_one_update(), Told { facts: facts_of("packit"), second: 30, ..Told::default() }).await.0;
        let ogr = ProjectId(workflow(&db, EventId(first)).await.unwrap().unwrap().event.project_id);
        let reference = ReferenceId(workflow(&db, EventId(push)).await.unwrap().unwrap().event.reference_id);
        let all = EventFilter::default;
        let public = &Viewer::Public;
        assert_eq!(ids(&db, public, all()).await, [elsewhere, push, comment, first]);
        assert_eq!(ids(&db, public, EventFilter::of_project(ogr)).await, [push, comment, first]);
        assert_eq!(ids(&db, public, EventFilter { reference: Some(reference), ..all() }).await, [push]);
        let named = Some(Reference::new(ReferenceKind::PullRequest, 7));
        assert_eq!(ids(&db, public, EventFilter { reference_named: named, ..EventFilter::of_project(ogr) }).await, [comment, first]);
        assert_eq!(ids(&db, public, EventFilter { commit: Some(HASH.to_owned()), ..all() }).await, [elsewhere, comment, first]);
        assert_eq!(ids(&db, public, EventFilter { author: Some("bob".to_owned()), ..all() }).await, [comment]);
        assert_eq!(ids(&db, public, EventFilter { kind: Some(EventKind::Push), ..all() }).await, [push]);
        assert_eq!(ids(&db, public, EventFilter { status: Some(EventStatus::Waiting), ..EventFilter::of_project(ogr) }).await, [push, first]);
        assert_eq!(ids(&db, public, EventFilter { package: Some("ogr".to_owned()), ..all() }).await, [elsewhere, push, first]);
        assert_eq!(ids(&db, public, EventFilter { package: Some("other".to_owned()), ..all() }).await, [] as [i64; 0]);
        assert_eq!(ids(&db, public, EventFilter { since: Some(at(10)), until: Some(at(30)), ..all() }).await, [push, comment]);
        let several = EventFilter {
            package: Some("ogr".to_owned()), kind: Some(EventKind::PullRequest), author: Some("alice".to_owned()),
            status: Some(EventStatus::Waiting), since: Some(at(0)), until: Some(at(1)), ..EventFilter::of_project(ogr)
        };
        assert_eq!(ids(&db, public, several).await, [first]);
    }

    async fn a_history_holds_what_started_nothing_too(database: TestDatabase) {
        let db = migrated(&database).await;
        let started = tell(&db, &build_and_test(&["f42"]), Told::default()).await;
        tell(&db, &Plan::nothing("no command"), Told { second: 10, ..Told::default() }).await;
        let view = workflow(&db, started).await.unwrap().unwrap();
        let of_project = EventFilter::of_project(ProjectId(view.event.project_id));
        let of_reference = EventFilter { reference: Some(ReferenceId(view.event.reference_id)), ..EventFilter::default() };
        for (filter, has_project, has_reference) in [
            (&EventFilter::default(), false, false), (&of_project, true, false), (&of_reference, true, true),
        ] {
            let told = history(&db, &Viewer::Public, filter, History::Events, None, 10).await.unwrap();
            assert_eq!((told.project.is_some(), told.reference.is_some()), (has_project, has_reference));
            let rows: Vec<_> = told.page.rows.iter().map(|row| (row.event.reason.as_deref(), row.parts.targets.len())).collect();
            let first = (view.omissions.first().map(|omission| omission.reason.as_str()), view.targets.len());
            assert_eq!(rows, [(Some("no command"), 0), first]);
            let workflows = history(&db, &Viewer::Public, filter, History::Workflows, None, 10).await.unwrap();
            assert_eq!(workflows.page.rows.iter().map(|row| row.event.id).collect::<Vec<_>>(), [started.0]);
        }
        let package = EventFilter { package: Some("no such".to_owned()), ..of_project };
        let told = history(&db, &Viewer::Public, &package, History::Events, None, 10).await.unwrap();
        assert!(told.page.rows.is_empty());
        assert_eq!(told.project.map(|project| project.name), Some("ogr".to_owned()));
    }

    async fn pages_of_a_package_follow_each_other(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut expected = Vec::new();
        for second in [5, 1, 5, 3] {
            expected.push((second, recorded_at(&db, second).await));
        }
        expected.sort_unstable();
        expected.reverse();
        let filter = EventFilter { package: Some("ogr".to_owned()), ..EventFilter::default() };
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = workflows(&db, &Viewer::Public, &filter, before, 1).await.unwrap();
            seen.extend(page.rows.iter().map(|row| row.event.id));
            assert!(page.rows.iter().all(|row| row.parts.targets.len() == 3 && row.parts.jobs.len() == 3 && row.parts.pipelines.len() == 1));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }

    /// What an event started is read again when its version says that it changed; whose it is and who may see it, each time.
    async fn a_list_that_is_asked_again_reads_what_has_changed(database: TestDatabase) {
        let db = migrated(&database).await;
        let [id, other] = [tell(&db, &build_and_test(&["f42"]), Told::default()).await, tell(&db, &build_and_test(&["f42"]), Told { second: 5, ..Told::default() }).await];
        let raw = Raw::open(&database).await;
        let told = async || {
            let page = workflows(&db, &Viewer::Public, &EventFilter::default(), None, 5).await.unwrap();
            page.rows.into_iter().map(|row| (row.event.id, row.event.project_name.clone(), row.parts.targets[0].url.clone())).collect::<Vec<_>>()
        };
        let [of_other, of_id] = told().await.try_into().unwrap();
        assert_eq!((of_other.0, of_id.0, &of_id.2), (other.0, id.0, &None));
        raw.run(&format!("UPDATE targets SET url = 'https://copr.example/1' WHERE event_id = {id}")).await;
        assert_eq!(told().await, [of_other.clone(), of_id.clone()], "no version tells of it");
        raw.run(&format!("UPDATE events SET version = version + 1 WHERE id = {id}")).await;
        let changed = (id.0, of_id.1, Some("https://copr.example/1".to_owned()));
        assert_eq!(told().await, [of_other, changed.clone()]);
        raw.run("UPDATE projects SET name = 'renamed'").await;
        assert_eq!(told().await[1], (id.0, "renamed".to_owned(), changed.2));
        raw.run("UPDATE projects SET visibility = 'private'").await;
        assert_eq!(told().await, []);
    }

    /// What a viewer may not see is not there, whichever way they ask.
    async fn a_private_project_is_seen_by_those_who_may(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = tell(&db, &build_and_test(&["f42"]), Told { facts: private("secret"), ..Told::default() }).await;
        submit_all(&db, id, at(1)).await;
        let view = workflow(&db, id).await.unwrap().unwrap();
        let secret = ProjectId(view.event.project_id);
        let last = TargetId(view.targets.last().unwrap().id);
        let raw = Raw::open(&database).await;
        raw.run(&format!("UPDATE submissions SET external_id = '4711' WHERE event_id = {id}")).await;
        let public = tell(&db, &build_and_test(&["f42"]), Told { facts: facts_of("open"), second: 5, ..Told::default() }).await;
        let consumer = target_named(&load(&db, public).await, "test_run", "f42");
        raw.run(&format!("INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({consumer}, {last}, 'finished')")).await;

        let may = Viewer::Including(vec![ProjectId(secret.0 + 1000), secret]);
        let may_not = [Viewer::Public, Viewer::Including(vec![]), Viewer::Including(vec![ProjectId(secret.0 * 10 + 1)])];
        for (viewer, sees) in may_not.iter().map(|viewer| (viewer, false)).chain([(&may, true), (&Viewer::Everything, true)]) {
            assert_eq!(workflow_seen_by(&db, viewer, id).await.unwrap().is_some(), sees, "{viewer:?}");
            assert_eq!(event(&db, viewer, id).await.unwrap().is_some(), sees);
            assert_eq!(pipeline(&db, viewer, PipelineId(view.pipelines[0].id)).await.unwrap().is_some(), sees);
            assert_eq!(step(&db, viewer, StepId(view.steps[0].id)).await.unwrap().is_some(), sees);
            assert_eq!(target(&db, viewer, last).await.unwrap().is_some(), sees);
            assert_eq!(provenance(&db, viewer, last, DEEP).await.unwrap().is_some(), sees);
            assert_eq!(project(&db, viewer, secret).await.unwrap().is_some(), sees);
            assert_eq!(projects(&db, viewer, None, 10).await.unwrap().rows.len(), 1 + usize::from(sees));
            assert_eq!(references(&db, viewer, secret, None, 10).await.unwrap().map(|(_, page)| page.rows.len()), sees.then_some(1));
            assert_eq!(flakiness(&db, viewer, secret, at(-10)).await.unwrap().is_some(), sees);
            assert_eq!(ids(&db, viewer, EventFilter::default()).await.len(), 1 + usize::from(sees));
            assert_eq!(ids(&db, viewer, EventFilter::of_project(secret)).await.len(), usize::from(sees));
            let told = history(&db, viewer, &EventFilter::of_project(secret), History::Events, None, 10).await.unwrap();
            assert_eq!((told.project.is_some(), told.page.rows.len()), (sees, usize::from(sees)));
            let of_reference = EventFilter { reference: Some(ReferenceId(view.event.reference_id)), ..EventFilter::default() };
            assert_eq!(history(&db, viewer, &of_reference, History::Events, None, 10).await.unwrap().reference.is_some(), sees);
            let wanted = SearchFor { project: Some("secret".to_owned()), external_id: Some("4711".to_owned()), ..SearchFor::default() };
            assert_eq!(search(&db, viewer, &wanted).await.unwrap().is_empty(), !sees);
            // From the public project's side as well.
            let told = workflow_seen_by(&db, viewer, public).await.unwrap().unwrap();
            let inputs = told.targets.iter().find(|target| target.id == consumer.0).unwrap().inputs.len();
            assert_eq!(inputs, 1 + usize::from(sees));
            let told = provenance(&db, viewer, consumer, DEEP).await.unwrap().unwrap();
            assert_eq!(told.nodes.iter().any(|node| node.project_id == secret.0), sees);
        }
    }

    async fn projects_come_page_by_page_by_name(database: TestDatabase) {
        let db = migrated(&database).await;
        for name in ["zebra", "Ant", "bee"] {
            tell(&db, &Plan::nothing("no"), Told { facts: facts_of(name), ..Told::default() }).await;
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = projects(&db, &Viewer::Public, after, 2).await.unwrap();
            seen.extend(page.rows.into_iter().map(|row| row.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["Ant", "bee", "zebra"]);
    }

    /// Two jobs of one kind test the same chroot, and each pipeline of a monorepo is another package's.
    async fn flakiness_tells_apart_what_has_another_identifier_or_package(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut plan = build_and_test(&["f42"]);
        let mut other = plan.pipelines[0].clone();
        for step in &mut other.steps {
            let mut details = serde_json::to_value(&step.job.details).unwrap();
            details["package"] = "other".into();
            step.job.details = serde_json::from_value(details).unwrap();
        }
        let mut unnamed = plan.pipelines[0].steps[2].clone();
        unnamed.job.identifier = None;
        plan.pipelines[0].steps.push(unnamed);
        plan.pipelines.push(other);
        let id = recorded(&db, &plan).await;
        let project = ProjectId(workflow(&db, id).await.unwrap().unwrap().event.project_id);
        let (_, rows) = flakiness(&db, &Viewer::Public, project, at(-1)).await.unwrap().unwrap();
        let tests = rows.iter().filter(|row| row.kind.is_test());
        let told: Vec<_> = tests.map(|row| (row.identifier.as_deref(), row.package.as_deref(), row.name.as_str(), row.attempts)).collect();
        assert_eq!(told, [(None, Some("ogr"), "f42", 1), (Some("full"), Some("ogr"), "f42", 1), (Some("full"), Some("other"), "f42", 1)]);
    }

    /// A test that was asked for with other variables is another test.
    async fn another_outcome_with_other_variables_is_not_flaky(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42"])).await;
        let planned = load(&db, id).await;
        let [srpm, build, test] = [("srpm_build", "srpm"), ("copr_build", "f42"), ("test_run", "f42")]
            .map(|(kind, name)| target_named(&planned, kind, name));
        submit_all(&db, id, at(0)).await;
        for (target, status) in [(srpm, TargetStatus::Succeeded), (build, TargetStatus::Succeeded), (test, TargetStatus::Succeeded)] {
            end(&db, id, target, status, at(10)).await;
        }
        let project = ProjectId(workflow(&db, id).await.unwrap().unwrap().event.project_id);
        let changed = async || {
            let (_, rows) = flakiness(&db, &Viewer::Public, project, at(-1)).await.unwrap().unwrap();
            rows.iter().map(|row| row.changed).sum::<i64>()
        };
        // Asked for with FOO=bad it fails, and fails; without, it succeeds.
        for (value, status, expected) in [
            ("bad", TargetStatus::Failed, 0), ("bad", TargetStatus::Failed, 0), ("", TargetStatus::Succeeded, 0), ("", TargetStatus::Failed, 1),
        ] {
            let asked = Asked::NewestOf([test].into());
            let selection = Selection { variables: [("FOO".to_owned(), value.to_owned())].into(), ..Selection::of(asked) };
            let request = Request {
                event: id, selection: &selection, requested_by: "alice", via: RerunVia::Comment, reason: None, idempotency_key: None, plan_hash: None,
            };
            let Answer::CarriedOut(done) = carry_out(&db, &request, &ArtifactLife::usual(), at(20)).await.unwrap() else { panic!("{selection:?}") };
            for new in done.created.values() {
                end(&db, id, *new, status, at(30)).await;
            }
            assert_eq!(changed().await, expected, "{value} {status}");
        }
    }
}
