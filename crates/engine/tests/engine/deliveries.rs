//! A delivery is worked on once, whoever works on it, and comes to an outcome.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::ids::InboxId;
use domain::words::DeliveryOutcome;
use engine::Tasks;
use store::{inbox, reads};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{HOST, PATIENCE, SHORT_LEASE, Told, Trouble, World, close, open, ready};

/// How many events there are.
async fn events(world: &World) -> usize {
    let everything = reads::EventFilter::default();
    let page = reads::events(&world.engine.db, &reads::Viewer::Public, &everything, None, 100).await.unwrap();
    page.rows.len()
}

/// Waits until a delivery is so.
async fn found(world: &World, delivery: &str, wanted: impl Fn(&inbox::Delivery) -> bool) -> inbox::Delivery {
    let begun = tokio::time::Instant::now();
    loop {
        let found = world.delivery(delivery).await;
        if wanted(&found) {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {found:?}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn settled(world: &World, delivery: &str) -> inbox::Delivery {
    found(world, delivery, |delivery| delivery.outcome().is_some()).await
}

on_both_databases! {
    async fn what_nobody_reads_is_kept_with_its_reason(database: TestDatabase) {
        let world = World::new(&database).await;
        for (source, kind, outcome, reason) in [
            ("pagure.example", "event", DeliveryOutcome::NotHandledYet, "deliveries of pagure.example are not handled yet"),
            (HOST, "ignored", DeliveryOutcome::Ignored, "a star"),
            (HOST, "refused", DeliveryOutcome::Refused, "a star"),
        ] {
            let delivery = world.deliver_raw(source, kind, b"a star").await;
            let settled = world.engine.settle_now(source, &delivery).await.unwrap();
            assert_eq!((settled.outcome, settled.reason.as_str(), settled.event), (outcome, reason, None));
        }
        assert_eq!(events(&world).await, 0);
    }

    async fn a_delivery_is_put_off_while_its_forge_is_away_then_given_up_and_retried_by_hand(database: TestDatabase) {
        let world = World::new(&database).await;
        world.forge.say(|says| says.configuration = Err(Trouble::IsAway(None)));
        let tasks = world.start();
        let delivery = world.deliver(&Told::opened("ogr", 1, 1)).await;
        for (tries, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)] {
            ready("it was tried", || world.forge.asked("configuration") == tries).await;
            let longest = TimeDelta::minutes(minutes) * 11 / 10;
            // What is due later is leased.
            let put_off = loop {
                let found = world.delivery(&delivery).await;
                let wait = found.due_at.unwrap() - world.engine.clock.now();
                if wait <= longest && found.reason.is_some() {
                    assert!(wait > longest / 2, "try {tries}: {wait}");
                    break found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            };
            assert_eq!(put_off.tries, i64::try_from(tries).unwrap());
            assert_eq!(put_off.reason.as_deref(), Some("the forge is away"));
            world.pass(longest);
        }
        let given_up = settled(&world, &delivery).await;
        assert_eq!((given_up.outcome(), given_up.event_id), (Some(DeliveryOutcome::Refused), None));
        let reason = given_up.reason.unwrap();
        assert!(reason.contains("after 6 tries over 31 minutes: the forge is away"), "{reason}");
        assert!(reason.contains(&format!("packflow inbox retry {}", given_up.id)), "{reason}");

        world.forge.say(|says| says.configuration = Ok(Some(crate::support::CONFIGURATION.into())));
        assert!(inbox::retry(&world.engine.db, given_up.id, world.engine.clock.now()).await.unwrap());
        world.engine.wake.inbox();
        assert_eq!(settled(&world, &delivery).await.outcome(), Some(DeliveryOutcome::Accepted));
        let again = inbox::retry(&world.engine.db, given_up.id, world.engine.clock.now()).await.unwrap();
        assert!(!again, "what came to an event is not retried");
        tasks.stop().await;
    }

    async fn a_delivery_that_many_want_is_one_event(database: TestDatabase) {
        let world = World::new(&database).await;
        let other = world.other_process().await;
        let tasks = [world.start(), Tasks::start(&other)];
        let mut answers = tokio::task::JoinSet::new();
        for number in 0..10 {
            let delivery = world.deliver(&Told::opened("ogr", number, 1)).await;
            for engine in [world.engine.clone(), other.clone()] {
                let delivery = delivery.clone();
                answers.spawn(async move { engine.settle_now(HOST, &delivery).await.unwrap() });
            }
        }
        let answers = answers.join_all().await;
        let recorded: BTreeSet<_> = answers.iter().map(|settled| settled.event.unwrap()).collect();
        assert_eq!((answers.len(), recorded.len(), events(&world).await), (20, 10, 10));
        for tasks in tasks {
            tasks.stop().await;
        }
    }

    async fn who_loses_the_lease_writes_nothing(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.lease = SHORT_LEASE;
            settings.limits.deliveries = 1;
        })
        .await;
        let other = world.other_process().await;
        close(&world.forge.reads);
        let tasks = world.start();
        let delivery = world.deliver(&Told::opened("ogr", 1, 1)).await;
        ready("the first works on it", || world.forge.asked("configuration") == 1).await;
        world.engine.clock.advance(TimeDelta::minutes(3));
        // Now it is the other's, which has a forge of its own.
        let theirs = World::new(&database).await;
        let other = engine::Engine { forges: theirs.engine.forges.clone(), ..other };
        let settled = other.settle_now(HOST, &delivery).await.unwrap();
        open(&world.forge.reads);
        tasks.stop().await;
        let found = world.delivery(&delivery).await;
        assert_eq!((found.event_id, events(&world).await), (settled.event.map(|event| event.0), 1));
        assert_eq!(found.tries, 2);
    }

    async fn what_kills_whoever_works_on_it_is_refused_in_the_end(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.lease = SHORT_LEASE).await;
        close(&world.forge.reads);
        let delivery = world.deliver(&Told::opened("ogr", 1, 1)).await;
        // Deaths are counted by the database: who is cut off while it claims has begun as well, whatever it asked.
        let mut tries = 0;
        while tries < 15 {
            let tasks = world.start();
            tries = found(&world, &delivery, |delivery| delivery.tries > tries).await.tries;
            drop(tasks);
            world.engine.clock.advance(TimeDelta::minutes(3));
        }
        let tasks = world.start();
        let found = settled(&world, &delivery).await;
        assert_eq!(found.outcome(), Some(DeliveryOutcome::Refused));
        let reason = found.reason.unwrap();
        assert_eq!(reason, format!("it was begun {} times and never ended", found.tries - 1));
        tasks.stop().await;
    }

    async fn hostile_text_is_only_text(database: TestDatabase) {
        let world = World::new(&database).await;
        let hostile = "'; DROP TABLE events; --\n\u{202e}<script>\u{7f}\u{1b}[31m$(id)`id`💥";
        let told = Told { author: Some(hostile.into()), ..Told::opened("ogr", 1, 1).by(hostile) };
        let event = world.event(&told).await;
        assert_eq!(world.view(event).await.event.actor.as_deref(), Some(hostile));
        world.forge.say(|says| says.configuration = Ok(Some(format!("{hostile}: &a [*a, *a]"))));
        let settled = world.settle(&Told::opened("ogr", 2, 2)).await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
    }

    /// PostgreSQL takes no NUL in a text: what it refuses does not come back for ever.
    async fn what_the_database_will_never_take_is_refused(database: TestDatabase) {
        let world = World::new(&database).await;
        let nul = Told { author: Some("a\0b".into()), ..Told::opened("ogr", 1, 1).by("a\0b") };
        let settled = world.settle(&nul).await;
        if database.is_postgres() {
            assert_eq!(settled.outcome, DeliveryOutcome::Refused);
            assert!(settled.reason.starts_with("it cannot be recorded: "), "{}", settled.reason);
        } else {
            assert_eq!(settled.outcome, DeliveryOutcome::Accepted);
        }
        let pending = inbox::list(&world.engine.db, inbox::Filter::Pending, InboxId(i64::MAX), 9).await.unwrap();
        assert_eq!(pending, []);
    }

    /// Its body is not read with the claim; otherwise it is a delivery like others.
    async fn a_large_delivery_is_worked_on_like_a_small_one(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut body = serde_json::to_vec(&Told::opened("ogr", 1, 1)).unwrap();
        body.resize(usize::try_from(inbox::LARGE_BODY_BYTES).unwrap() + 1, b' ');
        let delivery = world.deliver_raw(HOST, "event", &body).await;
        let now = world.engine.clock.now();
        let claimed = inbox::claim(&world.engine.db, now, now, "w", 9).await.unwrap();
        assert!(claimed[0].body.is_none() && claimed[0].is_body_apart());
        let tasks = world.start();
        let found = settled(&world, &delivery).await;
        tasks.stop().await;
        assert_eq!((found.outcome(), found.body.map(|kept| kept.len())), (Some(DeliveryOutcome::Accepted), Some(body.len())));
    }
}
