//! Messages of the bus are hints: what they tell of is asked for now, or waits until it is known here.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::ids::EventId;
use domain::notice::{CoprBuild, CoprChange, Interest, Notice};
use domain::words::{DeliveryOutcome as O, TargetStatus as T};
use engine::Settled;
use forges::Reading;
use store::inbox;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, World, close, named, open, ready};

const BUS: &str = "the bus";
const SRPM: &str = "srpm-builds";

/// Reads `OWNER BUILD CHROOT`, which is told to have ended.
fn read(_: &str, body: &[u8], _: &str) -> Reading {
    let text = String::from_utf8_lossy(body);
    let mut words = text.split(' ').map(str::to_owned);
    let owner = words.next().unwrap();
    let build = words.next().unwrap().parse().unwrap();
    let (project, change) = ("ogr".to_owned(), CoprChange::Failed);
    let build = CoprBuild { build, chroot: words.next().unwrap(), owner, project, change };
    Reading::Notice(Box::new(Notice::CoprBuild(build)))
}

/// Nothing is polled by itself for a day, and `packit` owns our Copr projects.
async fn world(database: &TestDatabase) -> World {
    let mut world = World::with(database, |settings| {
        settings.poll_at_least = std::time::Duration::from_secs(24 * 60 * 60);
        settings.poll_at_most = std::time::Duration::from_secs(24 * 60 * 60);
        settings.interest = Interest { copr_owner: Some("packit".to_owned()), ..Interest::default() };
        settings.park = std::time::Duration::from_secs(24 * 60 * 60);
    })
    .await;
    Arc::make_mut(&mut world.engine.readers).insert(BUS.to_owned(), forges::Reader::of_host(read, BUS));
    world
}

async fn tell(world: &World, build: &str, chroot: &str) -> String {
    world.deliver_raw(BUS, "copr.build.end", format!("packit {build} {chroot}").as_bytes()).await
}

async fn settled(world: &World, delivery: &str) -> Settled {
    world.engine.settle_now(BUS, delivery).await.unwrap()
}

/// A submitted build's event and the id of the build.
async fn submitted(world: &World) -> (EventId, String) {
    let event = world.event(&Told::opened("ogr", 1, 1)).await;
    let view = world.until_target(event, "srpm", T::Submitted).await;
    (event, view.submissions[0].external_id.clone().unwrap())
}

on_both_databases! {
    /// What the message says of the build is not believed: here it says that it failed.
    async fn a_message_has_the_build_system_asked_now(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let (event, build) = submitted(&world).await;
        assert_eq!(world.copr.called("poll"), 0);
        world.copr.now("srpm", T::Succeeded);
        let told = tell(&world, &build, SRPM).await;
        let settled = settled(&world, &told).await;
        assert_eq!((settled.outcome, settled.event), (O::Accepted, Some(event)));
        assert_eq!(settled.reason, format!("copr build {build} of packit/ogr: {SRPM} failed: copr is asked now"));
        world.until_target(event, "srpm", T::Succeeded).await;
        tasks.stop().await;
    }

    /// Messages in any order, each of them twice, end as the build system says (A24).
    async fn a24_messages_in_any_order_end_as_the_build_system_says(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let (event, build) = submitted(&world).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.copr.now("fedora-43-x86_64", T::Succeeded);
        for chroot in ["fedora-43-x86_64", SRPM, "fedora-42-x86_64", "fedora-43-x86_64", SRPM, "fedora-42-x86_64"] {
            let told = tell(&world, &build, chroot).await;
            settled(&world, &told).await;
        }
        let view = world.until_ended(event).await;
        assert_eq!(named(&view, "fedora-42-x86_64").status, T::Failed);
        assert_eq!(named(&view, "fedora-43-x86_64").status, T::Succeeded);
        assert_eq!(named(&view, "tests").status, T::Skipped);
        let late = tell(&world, &build, "fedora-42-x86_64").await;
        let late = settled(&world, &late).await;
        assert_eq!((late.outcome, late.event), (O::Ignored, None));
        assert!(late.reason.ends_with("recorded; its targets had ended"), "{late:?}");
        tasks.stop().await;
    }

    /// The message overtakes the answer that tells us the build's id (A24).
    async fn a24_a_message_waits_until_its_build_is_known(database: TestDatabase) {
        let world = world(&database).await;
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        let build = world.copr.next_id(&world.view(event).await);
        close(&world.copr.gate);
        let tasks = world.start();
        ready("it is being submitted", || world.copr.calling() == 1).await;
        world.copr.now("srpm", T::Succeeded);
        let told = tell(&world, &build, SRPM).await;
        world.until("the message waits", event, |_| true).await;
        loop {
            let delivery = inbox::find(&world.engine.db, BUS, &told).await.unwrap().unwrap();
            if delivery.reason.is_some_and(|reason| reason.ends_with("not known here yet")) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        open(&world.copr.gate);
        world.until_target(event, "srpm", T::Succeeded).await;
        let settled = settled(&world, &told).await;
        assert_eq!((settled.outcome, settled.event), (O::Accepted, Some(event)));
        tasks.stop().await;
    }

    async fn a_message_waits_for_a_day_and_no_longer(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let told = tell(&world, "77", SRPM).await;
        let waits = async || {
            let delivery = inbox::find(&world.engine.db, BUS, &told).await.unwrap().unwrap();
            (delivery.outcome().is_none(), delivery.reason.unwrap_or_default())
        };
        while waits().await != (true, format!("copr build 77 of packit/ogr: {SRPM} failed: not known here yet")) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        world.pass(TimeDelta::hours(25));
        let settled = settled(&world, &told).await;
        assert_eq!(settled.outcome, O::Ignored);
        assert!(settled.reason.ends_with("it did not become known here in 24 hours"), "{settled:?}");
        tasks.stop().await;
    }

    async fn what_is_somebody_elses_does_not_wait(database: TestDatabase) {
        let world = world(&database).await;
        let told = world.deliver_raw(BUS, "copr.build.end", b"eve 77 srpm-builds").await;
        let settled = settled(&world, &told).await;
        assert_eq!(settled.outcome, O::Ignored);
        assert_eq!(settled.reason, "copr build 77 of eve/ogr: srpm-builds failed: none of ours");
    }

    /// A build in somebody else's project is ours once we submitted it.
    async fn a_known_build_is_ours_whoever_owns_its_project(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let (event, build) = submitted(&world).await;
        world.copr.now("srpm", T::Succeeded);
        let told = world.deliver_raw(BUS, "copr.build.end", format!("eve {build} {SRPM}").as_bytes()).await;
        assert_eq!(settled(&world, &told).await.outcome, O::Accepted);
        world.until_target(event, "srpm", T::Succeeded).await;
        tasks.stop().await;
    }
}
