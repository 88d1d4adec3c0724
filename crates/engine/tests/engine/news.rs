//! What a pull request is told in words because its configuration wants that.

use chrono::TimeDelta;
use domain::ids::{EventId, TargetId};
use domain::rerun::Asked;
use domain::words::TargetStatus as T;
use domain::workflow::{Seen, Target};
use store::reads::WorkflowView;
use store::{queues, workflows};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{CONFIGURATION, Told, Trouble, World, hash, named, ready};

const F42: &str = "fedora-42-x86_64";
const F43: &str = "fedora-43-x86_64";

/// What the builds say when they fail.
const MESSAGE: &str = "failure_comment: {message: \"{commit_sha} failed: {packit_dashboard_url}[{logs_url}] {it}, @packit/build\"}";
const SUCCESS: &str = "pull_request: {successful_build: true}";

/// A world whose builds have these notifications.
async fn world(database: &TestDatabase, notifications: &str) -> World {
    let world = World::new(database).await;
    let builds = format!("    targets: [{F42}, {F43}]\n");
    let said = format!("{builds}    notifications: {{{notifications}}}\n");
    world.forge.say(|says| says.configuration = Ok(Some(CONFIGURATION.replace(&builds, &said))));
    world
}

/// What is open of these names ends so, in one transaction; `tests` are the test runs.
async fn end(world: &World, event: EventId, ends: &[(&str, T)]) {
    let now = world.engine.clock.now();
    workflows::change(&world.engine.db, event, now, |workflow| {
        let open = workflow.targets.iter().filter(|(_, target)| !target.status.is_finished());
        let open: Vec<_> = open.map(|(id, target)| (*id, target.clone())).collect();
        for (_, target) in open.iter().filter(|(_, target)| target.external_id.is_none()) {
            if let Some(submission) = target.submission {
                workflow.submitted(submission, &submission.to_string(), now);
            }
        }
        for (name, status) in ends {
            let is_it = |target: &Target| match *name {
                "tests" => target.kind.is_test(),
                name => target.name == name && !target.kind.is_test(),
            };
            for (id, _) in open.iter().filter(|(_, target)| is_it(target)) {
                workflow.observe(Seen::new(*id, *status), now);
            }
        }
    })
    .await
    .unwrap();
}

/// What was said, thread and text, when so many comments were said at least, and nothing more is to be said.
async fn said(world: &World, comments: usize) -> Vec<(String, String)> {
    let tasks = world.start();
    ready("it is said", || world.forge.comments.lock().unwrap().len() >= comments).await;
    tasks.stop().await;
    assert!(!is_planned(world).await);
    let said = world.forge.comments.lock().unwrap().clone();
    assert_eq!(said.len(), comments, "{said:?}");
    said
}

async fn is_planned(world: &World) -> bool {
    let queues = queues::waiting(&world.engine.db).await.unwrap();
    queues.iter().any(|waiting| waiting.queue == "replies" && waiting.due_at.is_some())
}

/// The newest attempt of a build.
fn newest(view: &WorkflowView, name: &str) -> TargetId {
    TargetId(view.newest().find(|target| target.name == name && !target.kind.is_test()).unwrap().id)
}

on_both_databases! {
    async fn what_fails_is_told_once_for_its_job_in_the_repositorys_words(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        end(&world, event, &[("srpm", T::Succeeded), (F43, T::Errored)]).await;
        end(&world, event, &[(F42, T::Failed)]).await;
        let said = said(&world, 1).await;
        let target = named(&world.view(event).await, F43).id;
        assert_eq!(said[0].0, "pull-request/7");
        let filled =
            format!("{} failed: http://127.0.0.1:8080/targets/{target}[] {{it}}, @packit/build", hash(1));
        assert!(said[0].1.starts_with(&format!("{filled}\n\n<!-- packflow-reply")), "{}", said[0].1);
    }

    /// Then no build is even started.
    async fn a_failed_srpm_is_told_of_as_well(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        end(&world, event, &[("srpm", T::Failed), (F42, T::Failed), (F43, T::Failed)]).await;
        let said = said(&world, 1).await;
        assert!(said[0].1.contains(&format!("/targets/{}[", named(&world.view(event).await, "srpm").id)));
    }

    async fn what_is_canceled_or_succeeds_or_has_no_message_is_not_told_of(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        for (number, ends) in [(1, [T::Canceled, T::Canceled]), (2, [T::Succeeded, T::Succeeded])] {
            let event = world.event(&Told::opened("ogr", number, number.unsigned_abs())).await;
            end(&world, event, &[("srpm", T::Succeeded), (F42, ends[0]), (F43, ends[1])]).await;
            // The tests have no message.
            end(&world, event, &[("tests", T::Failed)]).await;
            assert!(!is_planned(&world).await, "{number}");
        }
    }

    async fn what_is_not_of_a_pull_request_is_not_told_of(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        world.forge.say(|says| {
            let configuration = says.configuration.clone().unwrap().unwrap();
            says.configuration = Ok(Some(configuration.replace("trigger: pull_request", "trigger: release")));
            says.revisions = Ok([("1.0".to_owned(), hash(9))].into());
        });
        let event = world.event(&Told::released("ogr", "1.0")).await;
        end(&world, event, &[("srpm", T::Succeeded), (F42, T::Failed), (F43, T::Failed)]).await;
        assert_eq!(named(&world.view(event).await, F42).status, T::Failed);
        assert!(!is_planned(&world).await);
    }

    async fn what_fails_again_when_it_is_done_again_is_told_again(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        end(&world, event, &[("srpm", T::Succeeded), (F42, T::Succeeded), (F43, T::Failed)]).await;
        said(&world, 1).await;
        world.redo(event, Asked::Failed).await;
        assert!(!is_planned(&world).await);
        end(&world, event, &[(F43, T::Failed)]).await;
        let said = said(&world, 2).await;
        let again = newest(&world.view(event).await, F43);
        assert!(said[1].1.contains(&format!("/targets/{again}[")), "{said:?}");
    }

    /// The answers to both are lost: each is looked for by its own mark.
    async fn two_jobs_that_fail_at_once_are_told_of_once_each_in_an_outage(database: TestDatabase) {
        let world = world(&database, MESSAGE).await;
        world.forge.say(|says| {
            let configuration = says.configuration.clone().unwrap().unwrap();
            let other = format!(
                "  - job: copr_build\n    trigger: pull_request\n    identifier: other\n    targets: [{F42}]\n    \
                 notifications: {{failure_comment: {{message: the other one}}}}\n"
            );
            says.configuration = Ok(Some(configuration + &other));
            says.reply = Err(Trouble::IsAway(None));
        });
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        end(&world, event, &[("srpm", T::Succeeded)]).await;
        end(&world, event, &[(F42, T::Failed), (F43, T::Failed)]).await;
        let tasks = world.start();
        ready("both are tried", || world.forge.asked("comment") == 2).await;
        world.forge.say(|says| says.reply = Ok(()));
        ready("both are looked for", || {
            world.pass(TimeDelta::seconds(10));
            world.forge.asked("find_comment") == 2
        })
        .await;
        tasks.stop().await;
        let said = said(&world, 2).await;
        assert_eq!(said.iter().filter(|(_, text)| text.starts_with("the other one")).count(), 1, "{said:?}");
    }

    async fn good_builds_are_told_of_once_in_a_pull_request(database: TestDatabase) {
        let world = world(&database, SUCCESS).await;
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        end(&world, event, &[("srpm", T::Succeeded), (F42, T::Succeeded), (F43, T::Failed)]).await;
        assert!(!is_planned(&world).await, "one of them failed");
        // What was good before stays so: with the other one all of them are.
        world.redo(event, Asked::Failed).await;
        end(&world, event, &[(F43, T::Succeeded)]).await;
        let first = said(&world, 1).await;
        assert_eq!(first[0].0, "pull-request/7");
        let commands = "```\ndnf install -y dnf-plugins-core\ndnf copr enable packit/forge.example-packit-ogr-7\n\
                        dnf install -y ogr\n```";
        assert!(first[0].1.contains(commands), "{}", first[0].1);
        assert!(first[0].1.contains(&format!("/events/{event})")), "{}", first[0].1);

        let second = world.event(&Told::pushed("ogr", 7, 1, 2)).await;
        let good = [("srpm", T::Succeeded), (F42, T::Succeeded), (F43, T::Succeeded)];
        end(&world, second, &good).await;
        assert!(!is_planned(&world).await);
        // Another pull request has its own.
        let other = world.event(&Told::opened("ogr", 8, 3)).await;
        end(&world, other, &good).await;
        assert_eq!(said(&world, 2).await[1].0, "pull-request/8");
    }
}
