//! The package configuration of a commit: read, or why not.

use domain::words::{DeliveryOutcome, EventStatus};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{CONFIGURATION, HOST, Told, Trouble, World, hash, ready};

/// What a delivery comes to with this configuration, and the reason.
async fn refused(world: &World, head: u64, configuration: Result<Option<String>, Trouble>) -> String {
    world.forge.say(|says| says.configuration = configuration);
    let settled = world.settle(&Told::opened("ogr", 1, head)).await;
    assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
    let view = world.view(settled.event.unwrap()).await;
    assert_eq!(view.omissions.iter().map(|o| o.kind.as_str()).collect::<Vec<_>>(), ["configuration"]);
    assert_eq!(view.status, EventStatus::Nothing);
    settled.reason
}

on_both_databases! {
    async fn without_a_forge_the_configuration_is_not_read(database: TestDatabase) {
        let mut world = World::new(&database).await;
        world.engine.forges = forges::Forges::default();
        let settled = world.settle(&Told::opened("ogr", 1, 1)).await;
        let told = format!("configuration not read: no forge is configured for {HOST}");
        assert_eq!((settled.outcome, settled.reason), (DeliveryOutcome::Accepted, told));
        let view = world.view(settled.event.unwrap()).await;
        assert!(view.omissions[0].reason.contains(HOST), "{:?}", view.omissions);
    }

    async fn a_configuration_that_cannot_be_used_is_an_omission_and_told_as_an_error(database: TestDatabase) {
        let world = World::new(&database).await;
        let missing = refused(&world, 1, Ok(None)).await;
        assert!(missing.contains(".packit.yaml, .packit.yml"), "{missing}");
        let forbidden = refused(&world, 2, Err(Trouble::Refuses("the app is not installed"))).await;
        assert!(forbidden.contains("the app is not installed"), "{forbidden}");
        let wrong = refused(&world, 3, Ok(Some(CONFIGURATION.replace("trigger:", "triger:")))).await;
        assert!(wrong.starts_with(".packit.yaml: "), "{wrong}");
        assert!(wrong.contains('6') && wrong.contains("triger"), "the line and the key: {wrong}");
        let broken = refused(&world, 4, Ok(Some("jobs: [\u{1}{{{".into()))).await;
        assert!(broken.starts_with(".packit.yaml: "), "{broken}");

        let tasks = world.start();
        ready("all are told", || world.forge.told().len() == 4).await;
        tasks.stop().await;
        assert!(world.forge.told().iter().all(|told| told.starts_with("error: nothing started: ")));
    }

    async fn the_repository_is_searched_only_for_a_spec_file_that_is_not_named(database: TestDatabase) {
        let world = World::new(&database).await;
        world.event(&Told::opened("ogr", 1, 1)).await;
        assert_eq!(world.forge.asked("spec_files"), 0);
        world.forge.say(|says| {
            says.configuration = Ok(Some(CONFIGURATION.replace("specfile_path: ogr.spec\n", "").replace("downstream_package_name: ogr\n", "")));
            says.spec_files = vec!["fedora/ogr.spec".into()];
        });
        let settled = world.settle(&Told::opened("ogr", 2, 2)).await;
        assert_eq!((settled.outcome, world.forge.asked("spec_files")), (DeliveryOutcome::Accepted, 1), "{settled:?}");
    }

    async fn a_release_is_about_the_commit_that_its_tag_stands_for(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| {
            says.configuration = Ok(Some(CONFIGURATION.replace("pull_request", "release")));
            says.revisions = Ok([("1.0".into(), hash(42))].into());
        });
        let known = world.event(&Told::released("ogr", "1.0")).await;
        let view = world.view(known).await;
        assert_eq!((view.commit, view.targets.len()), (Some(hash(42)), 4));
        let unknown = world.settle(&Told::released("ogr", "2.0")).await;
        assert_eq!(unknown.outcome, DeliveryOutcome::NothingPlanned);
        assert!(unknown.reason.contains("does not know the commit"), "{}", unknown.reason);
        assert_eq!(world.view(unknown.event.unwrap()).await.commit, None);
        world.forge.say(|says| says.revisions = Err(Trouble::Refuses("the App is not installed there")));
        let refused = world.settle(&Told::released("ogr", "3.0")).await;
        assert_eq!(refused.reason, "the commit of the release 3.0 cannot be read: the App is not installed there");
    }
}
