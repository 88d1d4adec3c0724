//! A commit with several workflows, or with jobs that no workflow has: each job is redone once, and what is missing starts.

use std::collections::BTreeSet;

use domain::details::{Configured, ImportedJob, JobDetails, TargetDetails};
use domain::event::ProjectFacts;
use domain::ids::{EventId, TargetId};
use domain::plan::{Plan, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use domain::rerun::{Asked, Selection};
use domain::words::{
    DeliveryOutcome, EventKind, JobKind, ProjectKey, Reference, ReferenceKind, RerunVia, TargetStatus as T,
    Visibility,
};
use store::events::{self, NewEvent};
use store::reruns::{self, Request};
use test_support::{TestDatabase, on_both_databases};

use super::{comment, end, ended, redone, said};
use crate::support::{HOST, Told, Trouble, World, hash, ready};

/// A build with a test, and both that start by hand only.
const MANUAL: &str = "\
specfile_path: ogr.spec
upstream_package_name: ogr
downstream_package_name: ogr
jobs:
  - {job: copr_build, trigger: pull_request, targets: [fedora-42-x86_64, fedora-43-x86_64]}
  - {job: tests, trigger: pull_request, targets: [fedora-42-x86_64], identifier: unit, labels: [x]}
  - {job: tests, trigger: pull_request, targets: [fedora-42-x86_64], identifier: full, labels: [z], manual_trigger: true}
  - {job: copr_build, trigger: pull_request, targets: [fedora-43-x86_64], identifier: slow, manual_trigger: true}
";

const BUILDS: [&str; 3] = ["copr_build fedora-42-x86_64", "copr_build fedora-43-x86_64", "srpm_build srpm"];
const TEST: [&str; 1] = ["test_run fedora-42-x86_64"];

async fn world(database: &TestDatabase, configuration: &str) -> World {
    let world = World::with(database, |settings| {
        settings.outages.first_pause = std::time::Duration::from_millis(1);
    })
    .await;
    world.forge.say(|says| says.configuration = Ok(Some(configuration.to_owned())));
    world
}

/// A commit whose automatic jobs ended well, and whose test that starts by hand has a workflow of its own, which did too.
async fn two_workflows(world: &World) -> (EventId, EventId) {
    let automatic = ended(world, &[]).await;
    let manual = carried_out(world, "/packit test --identifier full").await;
    assert_ne!(automatic, manual);
    end(world, manual, &[]).await;
    (automatic, manual)
}

/// The event that a command is settled with.
async fn carried_out(world: &World, body: &str) -> EventId {
    let settled = comment(world, body).await;
    assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{body}: {}", settled.reason);
    settled.event.unwrap()
}

/// What an event has, by kind, identifier and name.
async fn all(world: &World, event: EventId) -> Vec<String> {
    let view = world.view(event).await;
    let named = view.targets.iter().map(|target| {
        let job = view.jobs.iter().find(|job| job.id == target.job_id).unwrap();
        format!("{} {} {}", target.kind, job.identifier.as_deref().unwrap_or("-"), target.name)
    });
    let mut all: Vec<String> = named.collect();
    all.sort_unstable();
    all
}

/// A workflow of the same commit, as an import writes it: a job of the builds and none of the tests, without places.
async fn imported(world: &World) -> EventId {
    let project = ProjectFacts {
        key: ProjectKey::new(HOST, "packit", "ogr"),
        forge_id: None,
        visibility: Visibility::Public,
        default_branch: None,
    };
    let now = world.engine.clock.now();
    let event = NewEvent {
        project: &project,
        reference: &Reference::new(ReferenceKind::PullRequest, 1),
        hash: Some(&hash(1)),
        kind: EventKind::PullRequest,
        actor: None,
        occurred_at: now,
        received_at: now,
        before: None,
        after: None,
        config: None,
        inbox: None,
    };
    let configured = Configured { package: "ogr".to_owned(), ..Configured::default() };
    let job = PlannedJob {
        kind: JobKind::CoprBuild,
        identifier: None,
        details: JobDetails::Imported(ImportedJob { configured, ..ImportedJob::default() }),
        targets: vec![PlannedTarget {
            name: "fedora-42-x86_64".to_owned(),
            details: TargetDetails::default(),
            inputs: Vec::new(),
        }],
    };
    let pipeline = PlannedPipeline { package: None, steps: vec![PlannedStep { previous: None, job }] };
    let plan = Plan { pipelines: vec![pipeline], omissions: Vec::new() };
    let mut tx = world.engine.db.write().await.unwrap();
    let recorded = events::record(&mut tx, &event, &plan, None, now).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

async fn reruns_of(world: &World, event: EventId) -> usize {
    reruns::of_event(&world.engine.db, event).await.unwrap().len()
}

on_both_databases! {
    async fn a_build_that_starts_by_hand_starts_beside_those_that_are_redone(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let automatic = ended(&world, &[]).await;
        let manual = carried_out(&world, "/packit build").await;
        assert_eq!(redone(&world.view(automatic).await), [BUILDS[0], BUILDS[1], BUILDS[2], TEST[0]]);
        assert_eq!(all(&world, manual).await, ["copr_build slow fedora-43-x86_64", "srpm_build - srpm"]);
        for event in [automatic, manual] {
            end(&world, event, &[]).await;
        }
        // Now there is a workflow for each.
        carried_out(&world, "/packit build").await;
        assert_eq!((reruns_of(&world, automatic).await, reruns_of(&world, manual).await), (2, 1));
        assert!(said(&world, 1, 0).await.is_empty());
    }

    async fn a_test_that_starts_by_hand_is_among_the_tests_that_are_asked_for(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let automatic = ended(&world, &[]).await;
        let manual = carried_out(&world, "/packit test").await;
        assert_eq!(redone(&world.view(automatic).await), TEST);
        assert_eq!(
            all(&world, manual).await,
            ["copr_build - fedora-42-x86_64", "srpm_build - srpm", "test_run full fedora-42-x86_64"]
        );
    }

    async fn each_job_is_redone_in_the_workflow_that_has_most_of_it(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let (automatic, manual) = two_workflows(&world).await;
        for (tests, body) in ["/packit test", "/packit test --labels x,z"].into_iter().enumerate() {
            carried_out(&world, body).await;
            for event in [automatic, manual] {
                assert_eq!(reruns_of(&world, event).await, tests + 1, "{body}");
                assert!(redone(&world.view(event).await).iter().all(|name| name == TEST[0]), "{body}");
                end(&world, event, &[]).await;
            }
        }
        carried_out(&world, "/packit test --labels x").await;
        assert_eq!((reruns_of(&world, automatic).await, reruns_of(&world, manual).await), (3, 2));
        end(&world, automatic, &[]).await;
        // One build of the manual test is there; all are in the other workflow.
        carried_out(&world, "/packit build").await;
        assert_eq!((reruns_of(&world, automatic).await, reruns_of(&world, manual).await), (4, 2));
        let view = world.view(automatic).await;
        assert!(BUILDS.iter().all(|name| redone(&view).contains(&(*name).to_owned())), "{:?}", redone(&view));
    }

    async fn of_equal_workflows_the_newest_is_redone(database: TestDatabase) {
        let world = world(&database, crate::support::CONFIGURATION).await;
        let first = ended(&world, &[]).await;
        let second = ended(&world, &[]).await;
        assert_eq!(carried_out(&world, "/packit build").await, second);
        assert_eq!((reruns_of(&world, first).await, reruns_of(&world, second).await), (0, 1));
    }

    async fn an_srpm_alone_is_no_build_that_could_be_redone(database: TestDatabase) {
        let koji = "specfile_path: ogr.spec\njobs:\n\
            - {job: upstream_koji_build, trigger: pull_request, scratch: true, targets: [fedora-43]}\n\
            - {job: copr_build, trigger: pull_request, targets: [fedora-43-x86_64], manual_trigger: true}\n";
        let world = world(&database, koji).await;
        let automatic = ended(&world, &[]).await;
        let manual = carried_out(&world, "/packit build").await;
        assert_ne!(automatic, manual);
        assert_eq!(all(&world, manual).await, ["copr_build - fedora-43-x86_64", "srpm_build - srpm"]);
        assert_eq!(reruns_of(&world, automatic).await, 0);
    }

    async fn what_failed_is_not_redone_where_a_newer_workflow_has_it_too(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let automatic = ended(&world, &[("fedora-42-x86_64", T::Failed), ("fedora-43-x86_64", T::Failed)]).await;
        let manual = carried_out(&world, "/packit test --identifier full").await;
        end(&world, manual, &[("tests", T::Failed)]).await;
        carried_out(&world, "/packit rebuild-failed").await;
        assert_eq!(redone(&world.view(automatic).await), [BUILDS[1]], "the other is green in the newer one");
        assert_eq!(carried_out(&world, "/packit retest-failed").await, manual);
        assert_eq!(redone(&world.view(manual).await), TEST);
        end(&world, automatic, &[]).await;
        let nothing = comment(&world, "/packit rebuild-failed").await;
        assert_eq!(nothing.outcome, DeliveryOutcome::NothingPlanned, "{}", nothing.reason);
    }

    /// What its build system was told is not known.
    async fn what_was_imported_starts_anew(database: TestDatabase) {
        let world = world(&database, crate::support::CONFIGURATION).await;
        world.forge.say(|says| says.head = Some(hash(1)));
        let history = imported(&world).await;
        end(&world, history, &[]).await;
        let here = carried_out(&world, "/packit build").await;
        assert_ne!(here, history);
        end(&world, here, &[]).await;
        assert_eq!(carried_out(&world, "/packit build").await, here);
        assert_eq!((reruns_of(&world, history).await, reruns_of(&world, here).await), (0, 1));
        let all = Request {
            event: history,
            selection: &Selection::of(Asked::Everything),
            requested_by: "alice",
            via: RerunVia::Api,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        match engine::rerun(&world.engine, &all).await.unwrap() {
            reruns::Answer::NothingToDo(found) => assert!(found.plan.cannot[0].why.contains("imported"), "{found:?}"),
            other => panic!("{other:?}"),
        }
    }

    /// A worker died between the reruns of two workflows.
    async fn a14_what_was_redone_before_a_crash_is_not_redone_again(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let (automatic, manual) = two_workflows(&world).await;
        let key = world.deliver(&Told::commented("ogr", 1, "/packit test")).await;
        let view = world.view(automatic).await;
        let tests = view.targets.iter().filter(|target| target.kind.is_test()).map(|target| TargetId(target.id));
        let selection = Selection::of(Asked::NewestOf(tests.collect::<BTreeSet<_>>()));
        let request = Request {
            event: automatic,
            selection: &selection,
            requested_by: "alice",
            via: RerunVia::Comment,
            reason: None,
            idempotency_key: Some(&format!("delivery {} event {automatic}", world.delivery(&key).await.id)),
            plan_hash: None,
        };
        engine::rerun(&world.engine, &request).await.unwrap();
        // Since then the commit got a workflow that has as much.
        let newest = ended(&world, &[]).await;
        let settled = world.engine.settle_now(HOST, &key).await.unwrap();
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{}", settled.reason);
        for (event, reruns) in [(automatic, 1), (manual, 1), (newest, 0)] {
            assert_eq!(reruns_of(&world, event).await, reruns, "{}", settled.reason);
        }
    }

    async fn nothing_is_redone_before_the_configuration_can_be_read(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        let automatic = ended(&world, &[]).await;
        world.forge.say(|says| says.configuration = Err(Trouble::Refuses("not installed")));
        assert_eq!(carried_out(&world, "/packit test").await, automatic);
        assert_eq!(reruns_of(&world, automatic).await, 1);
        end(&world, automatic, &[]).await;
        // Which tests are meant is known when the forge is back.
        world.forge.say(|says| says.configuration = Err(Trouble::IsAway(None)));
        let asked = world.forge.asked("configuration");
        let back = async {
            ready("it is tried again", || world.forge.asked("configuration") >= asked + 2).await;
            assert_eq!(reruns_of(&world, automatic).await, 1);
            world.forge.say(|says| says.configuration = Ok(Some(MANUAL.to_owned())));
        };
        let (manual, ()) = tokio::join!(carried_out(&world, "/packit test"), back);
        assert_ne!(manual, automatic);
        assert_eq!(reruns_of(&world, automatic).await, 2);
        assert!(all(&world, manual).await.contains(&"test_run full fedora-42-x86_64".to_owned()));
    }

    async fn what_still_runs_is_told_and_keeps_nothing_else_from_starting(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        world.forge.say(|says| says.head = Some(hash(1)));
        let automatic = world.event(&Told::opened("ogr", 1, 1)).await;
        let manual = carried_out(&world, "/packit test").await;
        assert!(all(&world, manual).await.contains(&"test_run full fedora-42-x86_64".to_owned()));
        assert_eq!(reruns_of(&world, automatic).await, 0);
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.starts_with("Not all of it was started: this has not ended yet: "), "{reply}");
    }

    async fn what_cannot_be_redone_is_told_where_the_rest_is_done(database: TestDatabase) {
        let mut world = world(&database, MANUAL).await;
        ended(&world, &[]).await;
        let mut settings = engine::Settings::clone(&world.engine.settings);
        settings.rules.kinds.remove(&JobKind::TestRun);
        world.engine.settings = std::sync::Arc::new(settings);
        carried_out(&world, "/packit build").await;
        let reply = said(&world, 0, 1).await.remove(0);
        let expected = "`test_run unit fedora-42-x86_64` cannot be redone: no testing-farm is configured here";
        assert!(reply.replace('\\', "").contains(expected), "{reply}");
    }

    async fn tests_are_meant_as_the_configuration_says_where_the_command_does_not(database: TestDatabase) {
        let automatic = MANUAL.replace(", manual_trigger: true", "");
        let world = world(&database, &format!("test_command: {{default_labels: [x]}}\n{automatic}")).await;
        let event = ended(&world, &[]).await;
        let newest = |view: store::reads::WorkflowView| {
            let job = view.jobs.into_iter().filter(|job| job.kind.is_test()).max_by_key(|job| job.id).unwrap();
            job.identifier.unwrap()
        };
        for (body, identifier) in [("/packit test", "unit"), ("/packit test --labels z", "full")] {
            assert_eq!(carried_out(&world, body).await, event);
            assert_eq!(newest(world.view(event).await), identifier, "{body}");
            end(&world, event, &[]).await;
        }
        assert_eq!(redone(&world.view(event).await).len(), 2, "one test each");
        world.forge.say(|says| {
            says.configuration = Ok(Some(format!("test_command: {{default_identifier: full}}\n{automatic}")));
        });
        carried_out(&world, "/packit test").await;
        assert_eq!((newest(world.view(event).await).as_str(), redone(&world.view(event).await).len()), ("full", 3));
    }

    async fn tests_that_are_not_there_are_answered_with_the_names_of_those_that_are(database: TestDatabase) {
        let world = world(&database, MANUAL).await;
        ended(&world, &[]).await;
        let settled = comment(&world, "/packit test --identifier none").await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.contains("The identifiers of its tests: `full`, `unit`. The labels of its tests: `x`, `z`."), "{reply}");
    }
}
