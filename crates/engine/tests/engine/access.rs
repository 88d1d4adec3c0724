//! Nothing starts unless it may (`docs/contracts.md` 8.5).

use domain::access::AccessRules;
use domain::ids::EventId;
use domain::words::{DeliveryOutcome, EventStatus};
use engine::Permit;
use forges::Permission;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{HOST, Told, Trouble, World};

on_both_databases! {
    async fn a35_by_default_nothing_starts_and_the_reason_is_kept(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.access = AccessRules::default()).await;
        let settled = world.settle(&Told::opened("ogr", 1, 1)).await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        assert!(settled.reason.contains("access.allow"), "{}", settled.reason);
        let view = world.view(settled.event.unwrap()).await;
        assert_eq!((view.status, view.targets.len()), (EventStatus::Nothing, 0));
        assert_eq!(view.omissions.len(), 1);
        assert_eq!(view.omissions[0].reason, settled.reason);
        assert_eq!(world.forge.asked("configuration"), 0, "what may not start is not even read");
    }

    async fn each_rule_that_denies_is_named(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.access.deny = vec!["forge.example/packit/secret".into()];
            settings.access.deny_users = vec!["mallory".into()];
        })
        .await;
        let private = Told { private: true, ..Told::opened("ogr", 1, 1) };
        let nobody = Told { actor: None, ..Told::opened("ogr", 2, 2) };
        for (told, named) in [
            (private, "access.private"),
            (nobody, "does not say who acted"),
            (Told::opened("secret", 3, 3), "access.deny covers"),
            (Told::opened("ogr", 4, 4).by("Mallory"), "access.deny_users"),
        ] {
            let settled = world.settle(&told).await;
            assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
            assert!(settled.reason.contains(named), "{}", settled.reason);
        }
    }

    async fn who_may_merge_may_start_the_work_of_others(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| says.permission = Ok(Permission::Read));
        let denied = world.settle(&Told::opened("ogr", 1, 1).by("carol")).await;
        assert_eq!(denied.outcome, DeliveryOutcome::NothingPlanned);
        assert!(denied.reason.contains("carol can neither merge"), "{}", denied.reason);

        world.forge.say(|says| says.permission = Err(Trouble::Refuses("not installed there")));
        let unknown = world.settle(&Told::opened("ogr", 1, 2).by("carol")).await;
        assert_eq!(unknown.outcome, DeliveryOutcome::NothingPlanned);
        assert!(unknown.reason.contains("not installed there"), "{}", unknown.reason);

        world.forge.say(|says| says.permission = Ok(Permission::Write));
        let allowed = world.settle(&Told::opened("ogr", 1, 3).by("carol")).await;
        assert_eq!(allowed.outcome, DeliveryOutcome::Accepted);
        assert_eq!(world.forge.asked("permission"), 3);
    }

    async fn the_author_is_not_asked_about(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| says.permission = Err(Trouble::IsAway(None)));
        assert_eq!(world.settle(&Told::opened("ogr", 1, 1)).await.outcome, DeliveryOutcome::Accepted);
        assert_eq!(world.forge.asked("permission"), 0);
    }

    async fn who_can_write_may_ask_for_a_rerun_and_so_may_the_author_where_that_is_configured(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.forge.say(|says| {
            says.head = Some(crate::support::hash(1));
            says.author = Some("Alice".to_owned());
        });
        let may = |account| engine::may_rerun(&world.engine, event, HOST, account);
        let granted = |permit: Option<Permit>| permit.unwrap() == Permit::Granted;
        assert!(granted(may("alice").await.unwrap()), "the author");
        assert_eq!(
            may("bob").await.unwrap(),
            Some(Permit::Refused {
                reason: "bob cannot write to forge.example/packit/ogr: somebody who can may ask for it, or give bob write access there"
                    .to_owned(),
                by_rules: false,
            })
        );
        let elsewhere = engine::may_rerun(&world.engine, event, "other.example", "alice").await.unwrap();
        assert!(matches!(elsewhere, Some(Permit::Refused { .. })), "another alice");
        world.forge.say(|says| says.permission = Ok(Permission::Write));
        assert!(granted(may("bob").await.unwrap()), "a writer");
        world.forge.say(|says| says.permission = Err(Trouble::Refuses("not installed there")));
        match may("bob").await.unwrap() {
            Some(Permit::Refused { reason, .. }) => assert!(reason.ends_with("the forge says: not installed there"), "{reason}"),
            other => panic!("{other:?}"),
        }
        world.forge.say(|says| says.permission = Err(Trouble::IsAway(None)));
        assert!(may("bob").await.is_err(), "what is not known is no refusal");
        assert_eq!(engine::may_rerun(&world.engine, EventId(4711), HOST, "bob").await.unwrap(), None);
    }

    /// Anybody's pull request brings a configuration that asks for it.
    async fn only_who_can_merge_starts_tests_in_the_internal_testing_farm(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.access.internal_tests = vec![format!("{HOST}/packit/ogr")];
        })
        .await;
        let internal = "specfile_path: ogr.spec\njobs:\n- {job: tests, trigger: pull_request, skip_build: true, use_internal_tf: true}\n";
        world.forge.say(|says| {
            says.configuration = Ok(Some(internal.to_owned()));
            says.permission = Ok(Permission::Read);
        });
        let denied = world.settle(&Told::opened("ogr", 1, 1)).await;
        assert_eq!(denied.outcome, DeliveryOutcome::NothingPlanned);
        assert!(denied.reason.contains("use_internal_tf is not allowed"), "{}", denied.reason);
        world.forge.say(|says| says.permission = Ok(Permission::Write));
        assert_eq!(world.settle(&Told::opened("ogr", 2, 2)).await.outcome, DeliveryOutcome::Accepted);
        let elsewhere = world.settle(&Told::opened("other", 3, 3)).await;
        assert_eq!(elsewhere.outcome, DeliveryOutcome::NothingPlanned, "no project that is listed");
    }

    async fn an_author_may_not_where_that_is_not_configured_and_an_admin_may_everywhere(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.access.authors_command = false;
            settings.access.admins = vec!["root".into()];
        })
        .await;
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.forge.say(|says| says.author = Some("alice".to_owned()));
        let may = |account| engine::may_rerun(&world.engine, event, HOST, account);
        assert!(matches!(may("alice").await.unwrap(), Some(Permit::Refused { .. })));
        assert_eq!(world.forge.asked("pull_request"), 0, "who opened it does not matter");
        let asked = world.forge.asked("permission");
        assert_eq!(may("root").await.unwrap(), Some(Permit::Granted));
        assert_eq!(world.forge.asked("permission"), asked, "an admin is not asked about");
    }

    async fn where_work_may_not_start_nobody_may_have_it_done_again_whatever_the_forge_lets_them(database: TestDatabase) {
        let mut world = World::new(&database).await;
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        assert_eq!(engine::may_start(&world.engine, event).await.unwrap(), Some(Permit::Granted));
        assert_eq!(engine::may_start(&world.engine, EventId(4711)).await.unwrap(), None);
        world.forge.say(|says| says.permission = Ok(Permission::Write));
        let mut settings = (*world.engine.settings).clone();
        settings.access.deny.push("forge.example/packit/ogr".to_owned());
        world.engine.settings = std::sync::Arc::new(settings);
        let reason = "access.deny covers forge.example/packit/ogr".to_owned();
        let refused = Some(Permit::Refused { reason, by_rules: true });
        assert_eq!(engine::may_start(&world.engine, event).await.unwrap(), refused);
        assert_eq!(engine::may_rerun(&world.engine, event, HOST, "alice").await.unwrap(), refused);
    }
}
