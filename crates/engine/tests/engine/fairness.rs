//! How much is done at once, and that everybody gets their turn.

use domain::words::TargetStatus as T;
use engine::Tasks;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, World, alone, close, open, ready};

on_both_databases! {
    async fn no_more_calls_are_made_at_once_than_allowed(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.limits.per_system = 5;
            settings.limits.per_project = 2;
        })
        .await;
        world.forge.say(|says| says.configuration = Ok(Some(alone())));
        close(&world.copr.gate);
        let mut events = Vec::new();
        for (project, count) in [("busy", 8), ("idle", 2), ("other", 4)] {
            for number in 0..count {
                events.push(world.event(&Told::opened(project, number, 1)).await);
            }
        }
        let tasks = world.start();
        ready("all places are taken", || world.copr.calling() == 5).await;
        // Claims that find no place, or only projects that have theirs, take nothing.
        for _ in 0..20 {
            world.engine.wake.workflow();
            tokio::task::yield_now().await;
        }
        assert_eq!((world.copr.calling(), world.copr.most_calling_of_a_project()), (5, 2));
        open(&world.copr.gate);
        for event in events {
            world.until_target(event, "srpm", T::Submitted).await;
        }
        tasks.stop().await;
        assert_eq!((world.copr.most_calling(), world.copr.most_calling_of_a_project()), (5, 2));
        assert_eq!(world.copr.called("submit"), 14);
    }

    /// The limit of a project holds for all workers together.
    async fn two_workers_share_a_projects_limit(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.limits.per_project = 3).await;
        world.forge.say(|says| says.configuration = Ok(Some(alone())));
        close(&world.copr.gate);
        for number in 0..9 {
            world.event(&Told::opened("busy", number, 1)).await;
        }
        let first = world.start();
        ready("the project has its calls", || world.copr.calling() == 3).await;
        let second = Tasks::start(&world.other_process().await);
        open(&world.copr.gate);
        ready("all are submitted", || world.copr.called("submit") == 9).await;
        first.stop().await;
        second.stop().await;
        // Two claims at the same moment may each count before the other has taken.
        assert!(world.copr.most_calling_of_a_project() <= 6);
    }

    /// Where there is only one place, the next project gets it next, however long the queue of the first one is.
    async fn a_busy_project_does_not_starve_the_others(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.limits.per_system = 1).await;
        world.forge.say(|says| says.configuration = Ok(Some(alone())));
        for (project, count) in [("busy", 9), ("small", 1), ("tiny", 1)] {
            for number in 0..count {
                world.event(&Told::opened(project, number, 1)).await;
            }
        }
        let tasks = world.start();
        ready("all are submitted", || world.copr.called("submit") == 11).await;
        tasks.stop().await;
        let begun = |project: &str| world.copr.calls().iter().position(|call| call.contains(project)).unwrap();
        assert!(begun("small") < 3 && begun("tiny") < 3, "{:#?}", world.copr.calls());
    }
}
