//! Processes are killed while they work; afterwards all that was asked for is done, once.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{Behaviour, Callbacks, LostAnswers, System, Trouble};

use super::{Packflow, World, hash, pull_request, quick, until};

/// A run with crashes.
pub(crate) struct Crashes {
    /// Pull requests that are opened.
    pub(crate) workflows: u64,
    /// Processes that are killed meanwhile.
    pub(crate) kills: u32,
    /// Workers besides the server.
    pub(crate) workers: usize,
}

/// Answers are lost; callbacks come late, twice, or never.
pub(crate) fn troubled() -> Behaviour {
    let lost_answers = LostAnswers { next: 0, percent: 10 };
    let trouble = Trouble { lost_answers, ..Trouble::default() };
    Behaviour {
        troubles: [System::Copr, System::TestingFarm, System::GitHub]
            .map(|system| (system, trouble.clone()))
            .into(),
        callbacks: Callbacks { repeats: 1, late_ms: 300, lost_percent: 20 },
        ..quick()
    }
}

/// How often each target was submitted, by project and name.
fn submitted(world: &World) -> BTreeMap<(String, String), usize> {
    let sent = world.sent();
    let mut targets: BTreeMap<(String, String), usize> = BTreeMap::new();
    for build in sent.builds() {
        for chroot in build.chroots {
            *targets.entry((build.project.clone(), chroot)).or_default() += 1;
        }
    }
    for test in sent.tests() {
        *targets.entry((format!("upstream-hello-{}", test.pull_request), test.compose)).or_default() += 1;
    }
    targets
}

/// A build and two tests are submitted for a workflow.
const SUBMISSIONS: usize = 3;

/// How many submissions the build systems have taken so far.
fn submissions(world: &World) -> usize {
    let sent = world.sent();
    sent.builds().len() + sent.tests().len()
}

/// A workflow is redone as a whole, again and again, and the process is killed each time between the acceptance of the rerun and
/// its last submission: before the first one, after it, after the second, in turn. Those kills that came too late do not count.
/// Each time is done once, and asking again with the same key is answered as the first time.
pub(crate) async fn survive_reruns(world: &World, kills: usize) {
    let mut server = world.serve().await;
    world.deliver(pull_request("opened", 1, &hash(1), None)).await;
    let event = world.event_of(&hash(1)).await;
    world.ended(event).await;
    let (mut landed, mut round) = (0, 0);
    while landed < kills {
        round += 1;
        assert!(round <= 4 * kills, "only {landed} of {round} kills came in time");
        let (id, key) = (event.to_string(), format!("round {round}"));
        let arguments = ["rerun", id.as_str(), "--all", "--idempotency-key", key.as_str(), "--json"];
        let before = submissions(world);
        let accepted = world.said(&arguments);
        let wanted = before + round % SUBMISSIONS;
        until("the submission to be killed after", async || (submissions(world) >= wanted).then_some(()))
            .await;
        server.kill();
        landed += usize::from(submissions(world) < before + SUBMISSIONS);
        server = world.serve().await;
        assert_eq!(world.said(&arguments), accepted, "the same rerun");
        world.ended(event).await;
        let targets = submitted(world);
        assert_eq!(targets.len(), 5, "three chroots are built, two are tested");
        let wrong: Vec<_> = targets.iter().filter(|(_, count)| **count != round + 1).collect();
        assert!(wrong.is_empty(), "round {round}: not submitted once: {wrong:?}");
    }
    println!("{landed} of {round} kills came between acceptance and last submission");
    drop(server);
    world.said(&["doctor", "--verify"]);
}

impl Crashes {
    /// Deliveries that failed are asked for often; a killed worker's share is taken over soon.
    pub(crate) const KEYS: [(&str, &str); 2] =
        [("worker.missed_deliveries_minutes", "0.02"), ("worker.per_project", "16")];

    /// Runs it, and shows that nothing was lost and nothing done twice.
    pub(crate) async fn survive(&self, world: &World) {
        let mut processes = vec![world.serve().await];
        processes.extend((0..self.workers).map(|_| world.worker()));
        tokio::join!(self.deliver(world), self.kill(world, &mut processes));
        self.all_ended(world).await;
        self.all_was_done_once(world);
        self.the_forge_knows(world).await;
        drop(processes);
        world.said(&["doctor", "--verify"]);
    }

    /// Whether anybody is there or not.
    async fn deliver(&self, world: &World) {
        for number in 1..=self.workflows {
            world.deliver(pull_request("opened", number, &hash(number), None)).await;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(20..150))).await;
        }
    }

    async fn kill(&self, world: &World, processes: &mut [Packflow]) {
        for _ in 0..self.kills {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(100..1_200))).await;
            let killed = fastrand::usize(..processes.len());
            processes[killed].kill();
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..300))).await;
            processes[killed] = if killed == 0 { world.serve().await } else { world.worker() };
        }
    }

    async fn all_ended(&self, world: &World) {
        let statuses = until("all workflows have ended", async || {
            let events = world.events().await;
            let statuses: BTreeMap<String, String> = events
                .iter()
                .map(|event| (event["commit"].to_string(), event["status"].as_str().unwrap().to_owned()))
                .collect();
            let open = |status: &String| matches!(status.as_str(), "running" | "waiting");
            let all_there = statuses.len() as u64 == self.workflows && !statuses.values().any(open);
            all_there.then_some((events.len(), statuses))
        })
        .await;
        assert_eq!(statuses.0 as u64, self.workflows, "one event for each delivery");
        assert!(statuses.1.values().all(|status| status == "succeeded"), "{:?}", statuses.1);
    }

    fn all_was_done_once(&self, world: &World) {
        let (sent, targets) = (world.sent(), submitted(world));
        let often: Vec<_> = targets.iter().filter(|(_, count)| **count != 1).collect();
        assert!(often.is_empty(), "submitted more than once: {often:?}");
        assert_eq!(targets.len() as u64, 5 * self.workflows, "three chroots are built, two are tested");
        let lost = sent.0.iter().filter(|entry| entry.began.is_some() && entry.status.is_none()).count();
        println!("{} calls, {lost} answers lost", sent.0.len());
    }

    async fn the_forge_knows(&self, world: &World) {
        until("the forge knows how all ended", async || {
            let sent = world.sent();
            let all_green = |number| {
                let checks = sent.checks(&hash(number));
                checks.len() == 6 && checks.iter().all(|check| check.stands() == "success")
            };
            (1..=self.workflows).all(all_green).then_some(())
        })
        .await;
    }
}
