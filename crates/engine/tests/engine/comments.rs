//! Comments that are commands: carried out with a reaction, or answered once with what would help.

mod several;

use std::collections::BTreeMap;

use domain::details::JobDetails;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Asked, Selection};
use domain::words::{DeliveryOutcome, RerunVia, TargetStatus as T};
use domain::workflow::Seen;
use engine::Settled;
use forges::Permission;
use store::reads::WorkflowView;
use store::reruns::{self, Request};
use store::workflows;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{CONFIGURATION, HOST, Told, Trouble, World, hash, named, ready};

/// A pull request of the commit 1 whose workflow ended: these so, the others well.
async fn ended(world: &World, otherwise: &[(&str, T)]) -> EventId {
    world.forge.say(|says| says.head = Some(hash(1)));
    let event = world.event(&Told::opened("ogr", 1, 1)).await;
    end(world, event, otherwise).await;
    event
}

/// Ends all that has not; what cannot go on any more is skipped.
async fn end(world: &World, event: EventId, otherwise: &[(&str, T)]) {
    for name in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64", "tests"] {
        let now = world.engine.clock.now();
        let view = world.view(event).await;
        let status =
            otherwise.iter().find(|(other, _)| *other == name).map_or(T::Succeeded, |(_, status)| *status);
        let open = view.targets.iter().filter(|target| target.finished_at.is_none());
        let is_it = |target: &&store::reads::TargetView| match name {
            "tests" => target.kind.is_test(),
            _ => target.name == name && !target.kind.is_test(),
        };
        for target in open.filter(is_it) {
            let id = TargetId(target.id);
            workflows::change(&world.engine.db, event, now, |workflow| {
                if let Some(submission) = workflow.targets[&id].submission {
                    workflow.submitted(submission, &submission.to_string(), now);
                }
                workflow.observe(Seen::new(id, status), now);
            })
            .await
            .unwrap();
        }
    }
}

async fn comment(world: &World, body: &str) -> Settled {
    world.settle(&Told::commented("ogr", 1, body)).await
}

/// Attempt 2 and above, by kind and name.
fn redone(view: &WorkflowView) -> Vec<String> {
    let mut redone: Vec<String> = view
        .targets
        .iter()
        .filter(|target| target.attempt > 1)
        .map(|target| format!("{} {}", target.kind, target.name))
        .collect();
    redone.sort_unstable();
    redone
}

/// Waits until so much was said, and says what.
async fn said(world: &World, reactions: usize, comments: usize) -> Vec<String> {
    let tasks = world.start();
    ready("it is said", || {
        world.forge.reactions.lock().unwrap().len() >= reactions
            && world.forge.comments.lock().unwrap().len() >= comments
    })
    .await;
    tasks.stop().await;
    assert_eq!(world.forge.reactions.lock().unwrap().len(), reactions);
    let comments_said = world.forge.comments.lock().unwrap();
    assert_eq!(comments_said.len(), comments, "{comments_said:?}");
    comments_said.iter().map(|(_, text)| text.clone()).collect()
}

on_both_databases! {
    async fn rebuild_failed_redoes_what_failed_and_shows_that_it_was_seen(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[("fedora-42-x86_64", T::Failed)]).await;
        let settled = comment(&world, "please\n/packit rebuild-failed\n").await;
        assert_eq!((settled.outcome, settled.event), (DeliveryOutcome::Accepted, Some(event)), "{}", settled.reason);
        assert_eq!(redone(&world.view(event).await), ["copr_build fedora-42-x86_64", "test_run fedora-42-x86_64"]);
        let of_event = reruns::of_event(&world.engine.db, event).await.unwrap();
        assert_eq!(of_event.len(), 1);
        assert_eq!((of_event[0].requested_by.as_str(), of_event[0].via), ("alice", RerunVia::Comment));
        assert!(said(&world, 1, 0).await.is_empty());
        assert_eq!(*world.forge.reactions.lock().unwrap(), ["pull-request/1 77"]);
    }

    /// On a green pull request nothing is redone, and the reply says so.
    async fn a1_retest_failed_where_nothing_failed_redoes_nothing_and_says_so(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[]).await;
        let before = world.view(event).await;
        let settled = comment(&world, "/packit retest-failed").await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        assert_eq!(world.view(event).await, before, "nothing is touched");
        assert!(reruns::of_event(&world.engine.db, event).await.unwrap().is_empty());
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.contains("no test failed") && reply.contains("Nothing is red"), "{reply}");
        // It is recorded where people look for it.
        let told = world.view(settled.event.unwrap()).await;
        assert_eq!(told.omissions[0].reason, settled.reason);
    }

    async fn r6_the_reply_names_what_is_red_and_the_command_for_it(database: TestDatabase) {
        let world = World::new(&database).await;
        ended(&world, &[("fedora-42-x86_64", T::Failed)]).await;
        comment(&world, "/packit retest-failed").await;
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.contains("Red builds: `copr_build fedora-42-x86_64`. `/packit rebuild-failed` redoes them."), "{reply}");
        assert!(!reply.contains("Nothing is red"), "{reply}");
    }

    async fn what_runs_is_not_done_twice(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| says.head = Some(hash(1)));
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        let settled = comment(&world, "/packit build").await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        assert!(redone(&world.view(event).await).is_empty());
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.contains("has not ended yet") && reply.contains("`copr_build fedora-42-x86_64`"), "{reply}");
    }

    async fn build_builds_everything_again_and_test_tests_alone(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[]).await;
        comment(&world, "/packit test").await;
        assert_eq!(redone(&world.view(event).await), ["test_run fedora-42-x86_64"]);
        end(&world, event, &[]).await;
        comment(&world, "/packit build").await;
        let again = ["copr_build fedora-42-x86_64", "copr_build fedora-43-x86_64", "srpm_build srpm"];
        let view = world.view(event).await;
        let newest: Vec<String> = redone(&view).into_iter().filter(|name| !name.starts_with("test_run")).collect();
        assert_eq!(newest, again);
        assert_eq!(view.targets.iter().filter(|target| target.kind.is_test()).count(), 3);
    }

    async fn variables_of_a_command_are_for_that_run(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[]).await;
        comment(&world, "/packit test --env COLOR=red --env EMPTY=").await;
        let view = world.view(event).await;
        let newest = view.jobs.iter().filter(|job| job.kind.is_test()).max_by_key(|job| job.id).unwrap();
        let JobDetails::TestRun(run) = &newest.details else { panic!("{newest:?}") };
        assert_eq!(run.variables, BTreeMap::from([("COLOR".to_owned(), "red".to_owned())]));
        for body in ["/packit test --env COLOR", "/packit test --env =red", "/packit test --env A=b --env ="] {
            let wrong = comment(&world, body).await;
            assert!(wrong.reason.contains("NAME=VALUE"), "{}", wrong.reason);
        }
    }

    async fn a5_a_test_takes_the_builds_of_the_pull_request_that_was_named(database: TestDatabase) {
        let world = World::new(&database).await;
        let other = world.event(&Told::opened("ogr", 2, 2)).await;
        end(&world, other, &[("fedora-43-x86_64", T::Failed)]).await;
        let event = ended(&world, &[]).await;
        let settled = comment(&world, "/packit test packit/ogr#2").await;
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{}", settled.reason);
        let view = world.view(event).await;
        let test = view.targets.iter().find(|target| target.kind.is_test() && target.attempt == 2).unwrap();
        let theirs = named(&world.view(other).await, "fedora-42-x86_64").id;
        let mut inputs: Vec<i64> = test.inputs.iter().map(|input| input.target_id).collect();
        inputs.sort_unstable();
        let mut expected = vec![theirs, named(&view, "fedora-42-x86_64").id];
        expected.sort_unstable();
        assert_eq!(inputs, expected);
        for (body, reason) in [
            ("/packit test packit/ogr#3", "no good build of packit/ogr#3"),
            ("/packit test elsewhere", "names no pull request"),
        ] {
            let settled = comment(&world, body).await;
            assert!(settled.reason.contains(reason), "{}", settled.reason);
        }
    }

    async fn the_builds_of_a_private_project_are_not_there_for_others(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.access.private = vec![format!("{HOST}/packit/secret")];
        })
        .await;
        let secret = world.event(&Told { private: true, ..Told::opened("secret", 2, 2) }).await;
        end(&world, secret, &[]).await;
        ended(&world, &[]).await;
        let settled = comment(&world, "/packit test packit/secret#2").await;
        assert!(settled.reason.contains("no good build"), "{}", settled.reason);
    }

    async fn a_commit_without_a_workflow_gets_one_with_jobs_that_start_by_hand(database: TestDatabase) {
        let world = World::new(&database).await;
        let manual = CONFIGURATION.replace("  - job: tests\n", "  - job: tests\n    manual_trigger: true\n    identifier: full\n");
        world.forge.say(|says| {
            says.head = Some(hash(1));
            says.configuration = Ok(Some(manual));
        });
        let nothing = comment(&world, "/packit rebuild-failed").await;
        assert!(nothing.reason.contains("nothing was started for this commit"), "{}", nothing.reason);
        let settled = comment(&world, "/packit test --identifier full").await;
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{}", settled.reason);
        let event = settled.event.unwrap();
        let view = world.view(event).await;
        let mut names: Vec<String> = view.targets.iter().map(|target| format!("{} {}", target.kind, target.name)).collect();
        names.sort_unstable();
        assert_eq!(names, ["copr_build fedora-42-x86_64", "srpm_build srpm", "test_run fedora-42-x86_64"]);
        assert_eq!((view.commit.as_deref(), view.reference.name.as_str()), (Some(hash(1).as_str()), "1"));
        // The next one finds that workflow.
        end(&world, event, &[]).await;
        let again = comment(&world, "/packit test").await;
        assert_eq!((again.outcome, again.event), (DeliveryOutcome::Accepted, Some(event)));
        let unknown = comment(&world, "/packit test --identifier none").await;
        assert_eq!(unknown.outcome, DeliveryOutcome::NothingPlanned, "{}", unknown.reason);
    }

    async fn who_may_not_is_told_so_and_it_is_recorded(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[("fedora-42-x86_64", T::Failed)]).await;
        let settled = world.settle(&Told::commented("ogr", 1, "/packit rebuild-failed").by("mallory")).await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        assert!(redone(&world.view(event).await).is_empty());
        assert!(world.view(settled.event.unwrap()).await.omissions[0].reason.contains("mallory cannot write"));
        let reply = said(&world, 0, 1).await.remove(0);
        assert!(reply.contains("mallory cannot write to"), "{reply}");
        world.forge.say(|says| says.permission = Ok(Permission::Write));
        let settled = world.settle(&Told::commented("ogr", 1, "/packit rebuild-failed").by("bob")).await;
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted);
    }

    async fn what_is_no_command_is_left_alone_and_our_own_replies_are_never_answered(database: TestDatabase) {
        let world = World::new(&database).await;
        ended(&world, &[]).await;
        for body in ["nice", "/packit", "see /packit build", "/packitbuild", "> /packit build"] {
            let settled = comment(&world, body).await;
            assert_eq!((settled.outcome, settled.event), (DeliveryOutcome::Ignored, None), "{body}");
        }
        comment(&world, "/packit help").await;
        comment(&world, "/packit nonsense").await;
        let mut replies = said(&world, 0, 2).await;
        replies.sort_unstable_by_key(|reply| reply.starts_with("Not understood"));
        assert!(replies[0].contains("`/packit retest-failed`") && replies[1].contains("Not understood"), "{replies:?}");
        for reply in replies {
            let settled = comment(&world, &format!("/packit build\n{reply}")).await;
            assert_eq!(settled.outcome, DeliveryOutcome::Ignored, "{}", settled.reason);
        }
    }

    async fn where_there_is_nothing_to_build_the_reply_says_where(database: TestDatabase) {
        let world = World::new(&database).await;
        ended(&world, &[]).await;
        world.forge.say(|says| {
            says.permission = Ok(Permission::Write);
            says.revisions = Ok(BTreeMap::from([("other".to_owned(), hash(8))]));
        });
        for (what, body, reason) in [
            ("issue comment", "/packit build", "an issue has nothing to build"),
            ("comment", "/packit build --commit main", "for comments at commits"),
            ("comment", "/packit propose-downstream", "a pull request is no release"),
            ("commit comment", "/packit build --commit other", "not the newest of branch other"),
        ] {
            let told = Told { what: what.to_owned(), head: hash(9), ..Told::commented("ogr", 1, body) };
            let settled = world.settle(&told).await;
            assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned, "{body}");
            assert!(settled.reason.contains(reason), "{}", settled.reason);
        }
    }

    async fn a_comment_at_a_commit_is_about_the_branch_whose_newest_it_is(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| {
            says.permission = Ok(Permission::Write);
            says.configuration = Ok(Some(CONFIGURATION.replace("trigger: pull_request", "trigger: commit")));
            says.revisions = Ok(BTreeMap::from([("main".to_owned(), hash(5))]));
        });
        let told = Told { what: "commit comment".to_owned(), head: hash(5), ..Told::commented("ogr", 1, "/packit build") };
        let settled = world.settle(&told).await;
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{}", settled.reason);
        let view = world.view(settled.event.unwrap()).await;
        assert_eq!((view.reference.name.as_str(), view.commit), ("main", Some(hash(5))));
        said(&world, 1, 0).await;
        assert_eq!(*world.forge.reactions.lock().unwrap(), [format!("commit/{} 79", hash(5))]);
    }

    async fn a_release_is_a_tag_and_a_commit_is_of_a_branch(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| {
            says.permission = Ok(Permission::Write);
            says.configuration = Ok(Some(CONFIGURATION.replace("trigger: pull_request", "trigger: release")));
            says.revisions = Ok(["main", "refs/tags/1.0"].map(|name| (name.to_owned(), hash(5))).into());
        });
        let at = |body: &str| Told { what: "commit comment".to_owned(), head: hash(5), ..Told::commented("ogr", 1, body) };
        let own_hash = format!("/packit build --commit {}", hash(5));
        for (body, reason) in [
            ("/packit build --release main", "the forge knows no tag main"),
            ("/packit build --commit 1.0", "the forge knows no branch 1.0"),
            (own_hash.as_str(), "the forge knows no branch 0"),
        ] {
            let settled = world.settle(&at(body)).await;
            assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned, "{body}");
            assert!(settled.reason.contains(reason), "{}", settled.reason);
        }
        let settled = world.settle(&at("/packit build --release 1.0")).await;
        assert_eq!(settled.outcome, DeliveryOutcome::Accepted, "{}", settled.reason);
        assert_eq!(world.view(settled.event.unwrap()).await.reference.name, "1.0");
        world.forge.say(|says| says.revisions = Err(Trouble::Refuses("the App is not installed there")));
        let refused = world.settle(&at("/packit build --release 2.0")).await;
        assert!(refused.reason.contains("the App is not installed there"), "{}", refused.reason);
    }

    async fn a_reply_whose_answer_was_lost_is_looked_for_before_it_is_said_again(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.outages.first_pause = std::time::Duration::from_millis(1);
        })
        .await;
        ended(&world, &[]).await;
        world.forge.say(|says| says.reply = Err(Trouble::IsAway(None)));
        comment(&world, "/packit retest-failed").await;
        let tasks = world.start();
        ready("it was said", || world.forge.asked("comment") == 1).await;
        world.forge.say(|says| says.reply = Ok(()));
        ready("it was looked for", || world.forge.asked("find_comment") == 1).await;
        tasks.stop().await;
        assert_eq!(world.forge.comments.lock().unwrap().len(), 1);
    }

    /// A worker died after the rerun and before the delivery was settled.
    async fn a14_a_comment_that_is_begun_twice_is_one_rerun(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = ended(&world, &[("fedora-42-x86_64", T::Failed)]).await;
        let key = world.deliver(&Told::commented("ogr", 1, "/packit rebuild-failed")).await;
        let delivery = world.delivery(&key).await;
        let request = Request {
            event,
            selection: &Selection::of(Asked::FailedBuilds),
            requested_by: "alice",
            via: RerunVia::Comment,
            reason: None,
            idempotency_key: Some(&format!("delivery {}", delivery.id)),
            plan_hash: None,
        };
        engine::rerun(&world.engine, &request).await.unwrap();
        let settled = world.engine.settle_now(HOST, &key).await.unwrap();
        assert_eq!((settled.outcome, settled.event), (DeliveryOutcome::Accepted, Some(event)));
        assert_eq!(redone(&world.view(event).await).len(), 2);
        assert_eq!(reruns::of_event(&world.engine.db, event).await.unwrap().len(), 1);
    }

    /// The same commit in two pull requests is two workflows.
    async fn a4_what_failed_in_another_pull_request_of_the_commit_is_not_redone(database: TestDatabase) {
        let world = World::new(&database).await;
        let red = ended(&world, &[("fedora-42-x86_64", T::Failed)]).await;
        let green = world.event(&Told::opened("ogr", 2, 1)).await;
        end(&world, green, &[]).await;
        let nothing = world.settle(&Told::commented("ogr", 2, "/packit rebuild-failed")).await;
        assert_eq!(nothing.outcome, DeliveryOutcome::NothingPlanned, "{}", nothing.reason);
        let settled = comment(&world, "/packit rebuild-failed").await;
        assert_eq!((settled.outcome, settled.event), (DeliveryOutcome::Accepted, Some(red)));
        assert!(redone(&world.view(green).await).is_empty());
        assert_eq!(redone(&world.view(red).await).len(), 2);
    }
}
