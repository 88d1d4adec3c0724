//! Whatever happens to an event, and whatever of it is redone meanwhile: what is carried out is what was shown, and every
//! rule and every stored status holds afterwards.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Asked, Planned, Selection};
use domain::words::TargetStatus;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use store::Db;
use store::reruns::{Answer, Request, carry_out, preview};
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};
use tokio::runtime::Handle;

use super::request;
use crate::histories::{make, moves, no_list_is_old};
use crate::plans::build_and_test;
use crate::support::{at, load, migrated, recorded};

/// A part of the workflow, as it is then.
#[derive(Debug, Clone)]
struct Part {
    kind: usize,
    targets: Vec<Index>,
    follow_ups: bool,
    cancel_running: bool,
}

fn parts() -> impl Strategy<Value = Part> {
    (0..6_usize, prop::collection::vec(any::<Index>(), 1..4), any::<bool>(), prop::bool::weighted(0.7))
        .prop_map(|(kind, targets, follow_ups, cancel_running)| Part {
            kind,
            targets,
            follow_ups,
            cancel_running,
        })
}

async fn selection(db: &Db, event: EventId, part: &Part) -> Selection {
    let all: Vec<TargetId> = load(db, event).await.targets.keys().copied().collect();
    let some: BTreeSet<TargetId> = part.targets.iter().map(|index| all[index.index(all.len())]).collect();
    let asked = match part.kind {
        0 => Asked::Everything,
        1 => Asked::Failed,
        2 => Asked::FailedBuilds,
        3 => Asked::FailedTests,
        4 => Asked::Targets(some),
        _ => Asked::NewestOf(some),
    };
    Selection { follow_ups: part.follow_ups, cancel_running: part.cancel_running, ..Selection::of(asked) }
}

/// What is shown, then what is carried out: the same.
async fn rerun(db: &Db, event: EventId, part: &Part, second: i64) -> Result<(), TestCaseError> {
    let selection = selection(db, event, part).await;
    let (life, now) = (ArtifactLife::usual(), at(second));
    let shown = preview(db, event, &selection, &life, now).await.unwrap();
    let hash = match &shown {
        Planned::Plan(plan) => Some(plan.hash.clone()),
        Planned::NothingToDo(_) | Planned::Conflict(_) => None,
    };
    let before = load(db, event).await;
    let answer =
        carry_out(db, &Request { plan_hash: hash.as_deref(), ..request(event, &selection) }, &life, now)
            .await
            .unwrap();
    let after = load(db, event).await;
    match (shown, answer) {
        (Planned::Plan(plan), Answer::CarriedOut(done)) => {
            prop_assert_eq!(&done.plan, &plan);
            prop_assert_eq!(after.targets.len(), before.targets.len() + plan.redo.len());
            let canceled: BTreeSet<TargetId> = plan.cancel.iter().map(|entry| entry.target_id).collect();
            for (id, old) in &before.targets {
                let new = after.targets[id].status;
                // Only what the plan cancels may end, and what that lets down.
                let let_down = !old.status.is_finished() && new == TargetStatus::Skipped;
                prop_assert!(
                    canceled.contains(id) || let_down || new.progress() == old.status.progress(),
                    "target {} was {} and is {}",
                    id,
                    old.status,
                    new
                );
                prop_assert!(!old.status.is_finished() || new == old.status, "target {}", id);
            }
        }
        (Planned::NothingToDo(shown), Answer::NothingToDo(told)) => prop_assert_eq!(*told, shown),
        (Planned::Conflict(shown), Answer::Conflict(told)) => prop_assert_eq!(told, shown),
        (shown, answer) => return Err(TestCaseError::fail(format!("shown {shown:?}, but {answer:?}"))),
    }
    if hash.is_none() {
        prop_assert_eq!(after, before, "what is refused writes nothing");
    }
    Ok(())
}

on_both_databases! {
    async fn every_rule_holds_after_any_reruns(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut runner =
            TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let clock = AtomicI64::new(1);
        let rounds = prop::collection::vec((moves(), parts()), 1..5);
        let checked = runner.run(&rounds, |rounds| {
            tokio::task::block_in_place(|| {
                Handle::current().block_on(async {
                    let event = recorded(&db, &build_and_test(&["f41", "f42", "f43"])).await;
                    for (moves, part) in &rounds {
                        for next in moves {
                            make(&db, event, next, clock.fetch_add(1, Ordering::Relaxed)).await;
                        }
                        let second = clock.fetch_add(1, Ordering::Relaxed);
                        rerun(&db, event, part, second).await?;
                        no_list_is_old(&db, second).await;
                    }
                    prop_assert_eq!(verify(&db).await.unwrap(), []);
                    Ok(())
                })
            })
        });
        checked.unwrap_or_else(|fault| panic!("{fault}"));
    }
}
