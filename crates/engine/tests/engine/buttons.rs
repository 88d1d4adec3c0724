//! The buttons of checks: one rerun of exactly what was meant, by who may.

use chrono::TimeDelta;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Asked, Planned, Selection};
use domain::words::{DeliveryOutcome as D, TargetStatus as T};
use engine::{Settings, Settled};
use forges::Permission;
use store::reads::WorkflowView;
use store::reruns::{Rerun, of_event};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{HOST, PATIENCE, Told, Trouble, World, named};

const CHROOTS: [&str; 2] = ["fedora-42-x86_64", "fedora-43-x86_64"];

/// A pull request of which the SRPM and nothing else succeeded.
struct Red {
    world: World,
    event: EventId,
    view: WorkflowView,
}

impl Red {
    async fn new(database: &TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let world = World::with(database, |settings| {
            settings.reports_per_minute = 6_000;
            change(settings);
        })
        .await;
        world.forge.say(|says| {
            says.shows = forges::Shows::Checks;
            says.permission = Ok(Permission::Write);
        });
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        for chroot in CHROOTS {
            world.copr.now(chroot, T::Failed);
        }
        world.pass(TimeDelta::minutes(6));
        let view = world.until_ended(event).await;
        tasks.stop().await;
        Self { world, event, view }
    }

    /// Without a window.
    async fn at_once(database: &TestDatabase) -> Self {
        Self::new(database, |settings| settings.rerun_window = std::time::Duration::ZERO).await
    }

    fn target(&self, name: &str) -> TargetId {
        TargetId(named(&self.view, name).id)
    }

    async fn reruns(&self) -> Vec<Rerun> {
        of_event(&self.world.engine.db, self.event).await.unwrap()
    }

    /// The names of what each rerun redid.
    async fn redone(&self) -> Vec<Vec<String>> {
        let names = |rerun: &Rerun| {
            rerun.plan.redo.iter().map(|entry| format!("{} {}", entry.kind, entry.name)).collect()
        };
        self.reruns().await.iter().map(names).collect()
    }

    /// Waits until a delivery waits for others like it.
    async fn waits(&self, delivery: &str) {
        let begun = tokio::time::Instant::now();
        while self.world.delivery(delivery).await.reason.as_deref() != Some("waits for others like it") {
            assert!(begun.elapsed() < PATIENCE, "waited in vain until it waits");
            tokio::time::sleep(self.world.engine.settings.look_interval).await;
        }
    }

    /// Waits until there are so many reruns.
    async fn until_reruns(&self, count: usize) {
        let begun = tokio::time::Instant::now();
        while self.reruns().await.len() < count {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {count} reruns");
            tokio::time::sleep(self.world.engine.settings.look_interval).await;
        }
    }

    async fn settle(&self, told: &Told) -> Settled {
        self.world.settle(told).await
    }
}

on_both_databases! {
    async fn rerun_of_a_check_redoes_that_target_and_its_followers(database: TestDatabase) {
        let red = Red::at_once(&database).await;
        let told = Told::rerequested("ogr", 1, red.target(CHROOTS[0])).by("bob");
        let settled = red.settle(&told).await;
        assert_eq!((settled.outcome, settled.event), (D::Accepted, Some(red.event)));
        assert_eq!(red.redone().await, [["copr_build fedora-42-x86_64", "test_run fedora-42-x86_64"]]);
        let [rerun] = &red.reruns().await[..] else { panic!("not one") };
        assert_eq!((rerun.requested_by.as_str(), rerun.via.as_str()), ("bob", "check_run"));
        assert_eq!(settled.reason, format!("rerun {}: 2 targets are done again", rerun.id));
    }

    /// A7: what would be used as it is was asked for at the build system, which knows better than any age; where it does not
    /// answer, the age decides.
    async fn a7_an_srpm_that_its_build_system_has_no_more_is_made_again(database: TestDatabase) {
        let red = Red::at_once(&database).await;
        let (srpm, told) = (red.target("srpm"), Told::rerequested("ogr", 1, red.target(CHROOTS[0])));
        red.world.copr.has_no_more(None);
        let failed = Selection::of(Asked::Failed);
        let Planned::Plan(plan) = engine::preview_rerun(&red.world.engine, red.event, &failed).await.unwrap() else {
            panic!("there is something to do")
        };
        assert_eq!(plan.share.iter().map(|entry| entry.target_id).collect::<Vec<_>>(), [srpm]);
        red.world.copr.has_no_more(Some(&[srpm]));
        let settled = red.settle(&told).await;
        assert_eq!(settled.outcome, D::Accepted, "{}", settled.reason);
        assert_eq!(
            red.redone().await,
            [["srpm_build srpm", "copr_build fedora-42-x86_64", "test_run fedora-42-x86_64"]]
        );
        let why = &red.reruns().await[0].plan.redo[0].why;
        assert!(why.ends_with("its artifacts are gone from the build system"), "{why}");
        let (build, _) = red.world.copr.only();
        let asked: Vec<String> = red.world.copr.calls().into_iter().filter(|call| call.starts_with("gone")).collect();
        assert_eq!(asked, [format!("gone {build}"), format!("gone {build}")], "once for each plan");
    }

    /// R9: the button below an old check means the newest attempt.
    async fn r9_the_button_of_an_old_check_means_the_newest_attempt(database: TestDatabase) {
        let red = Red::at_once(&database).await;
        let old = Told::rerequested("ogr", 1, red.target(CHROOTS[1]));
        assert_eq!(red.settle(&old).await.outcome, D::Accepted);
        let running = red.settle(&old).await;
        assert_eq!(running.outcome, D::Refused);
        assert!(running.reason.starts_with("not ended yet"), "{}", running.reason);
        let tasks = red.world.start();
        red.world.pass(TimeDelta::minutes(6));
        red.world.until_ended(red.event).await;
        tasks.stop().await;
        assert_eq!(red.settle(&old).await.outcome, D::Accepted);
        let chain = |target: &&store::reads::TargetView| target.chain_id == red.target(CHROOTS[1]).0;
        let view = red.world.view(red.event).await;
        assert_eq!(view.targets.iter().filter(chain).map(|target| target.attempt).max(), Some(3));
    }

    async fn a12_reruns_of_several_checks_become_one(database: TestDatabase) {
        let red = Red::new(&database, |_| {}).await;
        let tasks = red.world.start();
        let mut deliveries = Vec::new();
        for chroot in CHROOTS {
            let told = Told::rerequested("ogr", 1, red.target(chroot)).by("bob");
            let delivery = red.world.deliver(&told).await;
            red.waits(&delivery).await;
            deliveries.push(delivery);
            red.world.pass(TimeDelta::seconds(4));
        }
        assert_eq!(red.reruns().await.len(), 0, "they wait for each other");
        assert_eq!(red.world.forge.asked("permission"), 0);
        red.world.pass(TimeDelta::seconds(6));
        for delivery in &deliveries {
            let settled = red.world.engine.settle_now(HOST, delivery).await.unwrap();
            assert_eq!((settled.outcome, settled.event), (D::Accepted, Some(red.event)));
        }
        tasks.stop().await;
        assert_eq!(
            red.redone().await,
            [[
                "copr_build fedora-42-x86_64",
                "copr_build fedora-43-x86_64",
                "test_run fedora-42-x86_64"
            ]]
        );
        assert_eq!(red.world.forge.asked("permission"), 1, "one question for all of them");
        let view = red.world.view(red.event).await;
        assert_eq!(view.pipelines.len(), 2, "one pipeline more");
    }

    /// Two people are two reruns; and who comes one after the other for ever does not wait for ever.
    async fn a12_only_what_one_person_asks_for_folds(database: TestDatabase) {
        let red = Red::new(&database, |_| {}).await;
        let tasks = red.world.start();
        for (chroot, who) in [(CHROOTS[0], "bob"), (CHROOTS[1], "carol")] {
            let told = Told::rerequested("ogr", 1, red.target(chroot)).by(who);
            let delivery = red.world.deliver(&told).await;
            red.waits(&delivery).await;
        }
        red.world.pass(TimeDelta::seconds(6));
        red.until_reruns(2).await;
        tasks.stop().await;
        let mut by: Vec<String> = red.reruns().await.into_iter().map(|rerun| rerun.requested_by).collect();
        by.sort();
        assert_eq!(by, ["bob", "carol"]);
    }

    /// What waits is rows.
    async fn a12_what_waits_survives_a_restart(database: TestDatabase) {
        let red = Red::new(&database, |settings| settings.lease = crate::support::SHORT_LEASE).await;
        let tasks = red.world.start();
        for chroot in CHROOTS {
            let delivery = red.world.deliver(&Told::rerequested("ogr", 1, red.target(chroot))).await;
            red.waits(&delivery).await;
        }
        drop(tasks);
        let other = red.world.other_process().await;
        other.clock.advance(TimeDelta::minutes(3));
        let tasks = engine::Tasks::start(&other);
        red.until_reruns(1).await;
        tasks.stop().await;
        assert_eq!(red.redone().await[0].len(), 3);
    }

    async fn the_button_of_a_step_redoes_its_targets_and_their_followers(database: TestDatabase) {
        assert_eq!(
            pressed(&database, "redo-step").await,
            ["copr_build fedora-42-x86_64", "copr_build fedora-43-x86_64", "test_run fedora-42-x86_64"]
        );
    }

    async fn the_button_of_the_failed_leaves_out_what_succeeded(database: TestDatabase) {
        assert_eq!(
            pressed(&database, "redo-failed").await,
            ["copr_build fedora-42-x86_64", "copr_build fedora-43-x86_64", "test_run fedora-42-x86_64"]
        );
    }

    async fn the_button_of_everything_begins_with_the_srpm(database: TestDatabase) {
        let redone = pressed(&database, "redo-everything").await;
        assert_eq!((redone.len(), redone[0].as_str()), (4, "srpm_build srpm"));
    }

    async fn a11_all_checks_again_is_one_rerun_of_everything(database: TestDatabase) {
        let red = Red::new(&database, |_| {}).await;
        let settled = red.settle(&Told::rerequested_all("ogr", 1).by("bob")).await;
        assert_eq!((settled.outcome, settled.event), (D::Accepted, Some(red.event)));
        assert_eq!(red.redone().await[0].len(), 4);
        let nothing = red.settle(&Told::rerequested_all("ogr", 2).by("bob")).await;
        assert_eq!(nothing.outcome, D::Ignored);
    }

    async fn what_is_not_ours_or_not_known_is_left_alone_with_the_reason(database: TestDatabase) {
        let red = Red::at_once(&database).await;
        let target = red.target(CHROOTS[0]);
        for (told, outcome, reason) in [
            (Told::rerequested("ogr", 1, target).of_app(1), D::Ignored, "it is a check of another App: 1 (somebody)"),
            (Told::rerequested_all("ogr", 1).of_app(1), D::Ignored, "it is a check of another App: 1 (somebody)"),
            (Told::rerequested("ogr", 1, "event-5"), D::Ignored, "event 5 started nothing"),
            (Told::rerequested("ogr", 1, ""), D::Refused, "names no target of"),
            (Told::rerequested("ogr", 1, "fedora"), D::Refused, "names no target of"),
            (Told::rerequested("ogr", 1, 999), D::Refused, "names no target of"),
            (Told::rerequested("ogr", 2, target), D::Refused, "names no target of"),
            (Told::rerequested("other", 1, target), D::Refused, "names no target of"),
            (Told::pressed("ogr", 1, target, "format-disk"), D::Refused, "no button of ours is called `format-disk`"),
        ] {
            let settled = red.settle(&told).await;
            assert_eq!(settled.outcome, outcome, "{told:?}: {}", settled.reason);
            assert!(settled.reason.contains(reason), "{told:?}: {}", settled.reason);
        }
        assert_eq!((red.reruns().await.len(), red.world.forge.asked("permission")), (0, 0));
    }

    async fn who_may_not_is_refused_with_the_reason(database: TestDatabase) {
        let red = Red::at_once(&database).await;
        let told = [
            Told::rerequested("ogr", 1, red.target(CHROOTS[0])),
            Told::pressed("ogr", 1, red.target(CHROOTS[0]), "redo-failed"),
            Told::rerequested_all("ogr", 1),
        ];
        red.world.forge.say(|says| says.permission = Ok(Permission::Read));
        for told in &told {
            let settled = red.settle(&told.clone().by("mallory")).await;
            assert_eq!((settled.outcome, settled.event), (D::Refused, None), "{}", settled.reason);
            assert!(settled.reason.contains("mallory"), "{}", settled.reason);
        }
        red.world.forge.say(|says| says.permission = Err(Trouble::Refuses("who is that")));
        assert_eq!(red.settle(&told[0].clone().by("mallory")).await.outcome, D::Refused);
        assert_eq!(red.reruns().await.len(), 0);
    }
}

/// What a button under the check of the first chroot redoes.
async fn pressed(database: &TestDatabase, button: &str) -> Vec<String> {
    let red = Red::new(database, |_| {}).await;
    let told = Told::pressed("ogr", 1, red.target(CHROOTS[0]), button).by("bob");
    let settled = red.settle(&told).await;
    assert_eq!(settled.outcome, D::Accepted, "{}", settled.reason);
    red.redone().await.remove(0)
}
