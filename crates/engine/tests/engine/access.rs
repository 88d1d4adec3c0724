//! Nothing starts unless it may (`docs/contracts.md` 8.5).

use domain::access::AccessRules;
use domain::words::{DeliveryOutcome, EventStatus};
use forges::Permission;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, Trouble, World};

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
}
