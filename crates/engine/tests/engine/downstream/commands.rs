//! What is asked for by comments in pull requests of dist-git.

use domain::words::{DeliveryOutcome, JobKind, TargetStatus};
use serde_json::{Value, json};
use test_support::{TestDatabase, on_both_databases};

use super::world::{UPSTREAM, World};
use crate::support::hash;

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], manual_trigger: true, allowed_committers: [ann]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

async fn world(database: &TestDatabase) -> World {
    let world = World::new(database).await;
    world.package("hello", 10, CHAIN);
    world.change("pull_requests.json", |all| {
        all["rpms/hello"] = json!({"5": {"hash": hash(5), "target_branch": "f43"}});
    });
    world
}

fn comment(actor: &str, command: &str) -> Value {
    json!({"package": "hello", "actor": actor, "pull_request": 5, "comment": format!("/packit {command}")})
}

on_both_databases! {
    /// What waits for a person is built when one asks, at the newest commit of the branch; what is complete is never built again.
    async fn a_packager_asks_for_a_build(database: TestDatabase) {
        let world = world(&database).await;
        let settled = world.deliver(comment("ann", "koji-build")).await;
        let event = settled.event.unwrap_or_else(|| panic!("{settled:?}"));
        let tasks = world.start();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        let view = world.view(event).await;
        assert_eq!(view.commit, Some(hash(12)), "the branch's newest commit, not the pull request's");
        assert_eq!(view.reference.name, "f43");
        let again = world.deliver(comment("ann", "koji-build")).await;
        assert!(again.reason.contains("can never be built again"), "{}", again.reason);
        assert_eq!(world.koji.submitted(), ["koji hello f43", "bodhi hello f43"]);
        tasks.stop().await;
    }

    /// Only packagers may, and updates need the right to push too.
    async fn who_is_no_packager_may_ask_for_nothing(database: TestDatabase) {
        let world = world(&database).await;
        for (actor, command, reason) in [
            ("eve", "koji-build", "koji-build is for packagers, and eve is not in the group packager"),
            ("eve", "koji-tag", "koji-tag is for packagers, and eve is not in the group packager"),
            ("ann", "create-update", "create-update is for packagers who can push to src.example/rpms/hello, and ann cannot"),
        ] {
            assert_eq!(world.deliver(comment(actor, command)).await.reason, reason);
        }
        let tasks = world.start();
        world.wait("the replies are said", async || (world.comments().lines().count() == 3).then_some(())).await;
        tasks.stop().await;
    }

    /// An update can be asked for where none was made: of the newest build, whose event the update comes from.
    async fn an_update_is_made_of_the_newest_build(database: TestDatabase) {
        let world = world(&database).await;
        world.change("permissions.json", |all| all["rpms/hello"] = json!({"ann": "write"}));
        let early = world.deliver(comment("ann", "create-update")).await;
        assert_eq!(early.reason, "no complete Koji build of branch f43 is known here that could be used");
        world.package("hello", 10, &CHAIN.replace("- {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n", ""));
        let built = world.deliver(comment("ann", "koji-build")).await.event.unwrap();
        let tasks = world.start();
        let build = world.until(built, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        world.package("hello", 10, CHAIN);
        let updated = world.deliver(comment("ann", "create-update")).await.event.unwrap();
        let update = world.until(updated, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        let inputs: Vec<i64> = update.inputs.iter().map(|input| input.target_id).collect();
        assert_eq!(inputs, [build.id]);
        assert_eq!(world.koji.updates()[0].nvrs, ["hello-1-1.f43".to_owned()].into());
        tasks.stop().await;
    }

    /// A build that was made without a sidetag is put into that of its group.
    async fn the_newest_build_is_tagged_into_a_sidetag(database: TestDatabase) {
        let world = world(&database).await;
        let built = world.deliver(comment("ann", "koji-build")).await.event.unwrap();
        let tasks = world.start();
        world.until(built, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        let jobs = CHAIN.replace("manual_trigger: true", "sidetag_group: g");
        world.package("hello", 10, &jobs);
        let tagged = world.deliver(comment("ann", "koji-tag")).await.event.unwrap();
        let request = world.until(tagged, JobKind::KojiTagRequest, "f43", TargetStatus::Succeeded).await;
        assert_eq!(request.details.sidetag.as_deref(), Some("f43-build-side-1"));
        assert_eq!(request.details.nvr.as_deref(), Some("hello-1-1.f43"));
        tasks.stop().await;
    }

    /// Of a pull request that brings the job, that configuration counts for whoever may command and says so.
    async fn a_version_is_pulled_as_the_pull_request_would_have_it(database: TestDatabase) {
        let world = world(&database).await;
        world.package_at("hello", &hash(5), "- {job: pull_from_upstream, trigger: release, dist_git_branches: [f43]}\n");
        let said = world.deliver(comment("ann", "pull-from-upstream --version 2.0")).await.reason;
        assert_eq!(said, "the package's configuration has no job pull_from_upstream");
        let refused = world.deliver(comment("eve", "pull-from-upstream --version 2.0 --with-pr-config")).await;
        assert!(refused.reason.contains("eve is not in the group packager"), "{}", refused.reason);
        let settled = world.deliver(comment("ann", "pull-from-upstream --version 2.0 --with-pr-config")).await;
        let event = settled.event.unwrap_or_else(|| panic!("{settled:?}"));
        let view = world.view(event).await;
        let targets: Vec<_> = view.targets.iter().map(|target| (target.kind, target.name.as_str())).collect();
        assert_eq!(targets, [(JobKind::PullFromUpstream, "f43")]);
        world.change("pull_requests.json", |all| all["rpms/hello"] = json!({}));
        let gone = world.deliver(comment("ann", "pull-from-upstream --version 3.0 --with-pr-config")).await;
        assert!(gone.reason.contains("the pull request is not there any more"), "{}", gone.reason);
    }

    /// Which commit upstream a version is depends on how its tags are written: where that was corrected, nothing was done yet.
    async fn a_version_is_pulled_anew_when_its_tag_is_another(database: TestDatabase) {
        let world = world(&database).await;
        let job = |more: &str| {
            format!("- {{job: pull_from_upstream, trigger: release, dist_git_branches: [f43]{more}}}\n")
        };
        let ask = || world.deliver(comment("ann", "pull-from-upstream --version 2.0"));
        world.package("hello", 10, &job(""));
        let first = ask().await.event.unwrap();
        let again = ask().await;
        assert_eq!(again.outcome, DeliveryOutcome::NothingPlanned, "{}", again.reason);
        world.package("hello", 10, &job(", upstream_tag_template: 'v{version}'"));
        let corrected = ask().await;
        assert_eq!(corrected.outcome, DeliveryOutcome::Accepted, "{}", corrected.reason);
        assert_ne!(corrected.event, Some(first));
        let view = world.view(corrected.event.unwrap()).await;
        let details = serde_json::to_value(&view.jobs[0].details).unwrap();
        assert_eq!(details["source"]["tag"], "v2.0", "{details:#}");
    }

    /// R13: below an issue the branches that it names are built, each with its update; afterwards only what failed.
    async fn r13_an_issue_says_what_is_built_for_which_branches(database: TestDatabase) {
        let world = world(&database).await;
        world.change("upstream/issues.json", |all| {
            let first = "Koji build failed in dist-git (https://src.example/rpms/hello):";
            all["rpms/hello"] = json!({"9": format!("{first}\n\n| branch | error |\n| --- | --- |\n| `f42` | no |\n| `f43` | no |")});
        });
        let comment = |actor: &str| {
            json!({"package": "hello", "actor": actor, "issue": 9, "comment": "/packit koji-build"})
        };
        // Anybody may write such an issue anywhere: whose issues count the package says.
        let elsewhere = world.deliver_from(UPSTREAM, comment("ann")).await;
        assert_eq!(
            elsewhere.reason,
            "the configuration of src.example/rpms/hello does not name up.example/rpms/hello as its issue_repository"
        );
        let named = CHAIN.replace("allowed_committers", "issue_repository: \"https://up.example/rpms/hello\", allowed_committers");
        world.package("hello", 10, &named);
        let refused = world.deliver_from(UPSTREAM, comment("eve")).await;
        assert!(refused.reason.starts_with("eve cannot write to up.example/rpms/hello"), "{}", refused.reason);
        world.koji.fails("hello", true);
        let event = world.deliver_from(UPSTREAM, comment("ann")).await.event.unwrap();
        let tasks = world.start();
        for branch in ["f42", "f43"] {
            world.until(event, JobKind::BodhiUpdate, branch, TargetStatus::Skipped).await;
        }
        world.koji.fails("hello", false);
        assert_eq!(world.deliver_from(UPSTREAM, comment("ann")).await.event, Some(event));
        for branch in ["f42", "f43"] {
            let build = world.until(event, JobKind::KojiBuild, branch, TargetStatus::Succeeded).await;
            assert_eq!(build.attempt, 2);
            world.until(event, JobKind::BodhiUpdate, branch, TargetStatus::Running).await;
        }
        tasks.stop().await;
    }
}
