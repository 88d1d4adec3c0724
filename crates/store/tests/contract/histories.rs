//! Whatever happens to an event, and in whatever order, every rule and every stored status holds afterwards.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::ids::{EventId, ProjectId};
use domain::words::{BuildSystem, TargetStatus};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use store::Db;
use store::reads::{EventFilter, Viewer, workflows};
use store::submissions::{Limits, change_event, claim, step};
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};
use tokio::runtime::Handle;

use crate::plans::build_and_test;
use crate::support::{at, end, load, migrated, recorded};

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// A worker sends what is due.
    Send,
    /// A worker finds the build systems down.
    Outage,
    /// A build system refuses what is due.
    Refuse,
    /// A build system tells of the n-th target, true or not, late or repeated.
    Tell(usize, TargetStatus),
    /// Somebody cancels the event.
    Cancel,
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let told: Vec<TargetStatus> = TargetStatus::ALL
        .iter()
        .copied()
        .filter(|status| {
            status.progress() >= TargetStatus::Submitted.progress() && *status != TargetStatus::Skipped
        })
        .collect();
    let one = prop_oneof![
        4 => Just(Move::Send),
        1 => Just(Move::Outage),
        1 => Just(Move::Refuse),
        12 => (0..7usize, select(told)).prop_map(|(target, status)| Move::Tell(target, status)),
        1 => Just(Move::Cancel),
    ];
    proptest::collection::vec(one, 1..40)
}

pub(crate) async fn make(db: &Db, event: EventId, next: &Move, second: i64) {
    match next {
        Move::Send | Move::Outage | Move::Refuse => work(db, next, second).await,
        Move::Tell(index, status) => {
            let workflow = load(db, event).await;
            let (id, target) = workflow.targets.iter().nth(*index).unwrap();
            // Nobody tells of what was never handed to a worker.
            if target.submission.is_some() {
                end(db, event, *id, *status, at(second)).await;
            }
        }
        Move::Cancel => change_event(db, event, at(second), |submissions, workflow| {
            for submission in submissions {
                workflow.end(submission.id, TargetStatus::Canceled, "somebody asked for it", at(second));
            }
        })
        .await
        .unwrap(),
    }
}

/// Takes what is due at Copr and Testing Farm and writes what came of it.
async fn work(db: &Db, how: &Move, second: i64) {
    let limits = Limits { total: 50, per_project: 50 };
    let (now, lease_end) = (at(second), at(second + 60));
    for system in [BuildSystem::Copr, BuildSystem::TestingFarm] {
        for submission in claim(db, system, now, lease_end, "w", limits, ProjectId(0)).await.unwrap() {
            let id = submission.id;
            let written = step(db, &submission, "w", now, |held, workflow| {
                held.release(now);
                workflow.submitting(id);
                match how {
                    Move::Outage => workflow.not_submitted(id, "nobody answers"),
                    Move::Refuse => workflow.end(id, TargetStatus::Errored, "refused", now),
                    _ => {
                        held.external_id = Some(id.to_string());
                        workflow.submitted(id, &id.to_string(), now);
                    }
                }
            });
            assert_eq!(written.await.unwrap(), Some(()));
        }
    }
}

/// A list that is asked again and again tells what one tells that was never asked.
pub(crate) async fn no_list_is_old(db: &Db, never_asked: i64) {
    let (all, workflows_told) = (EventFilter::default(), 3);
    let again = workflows(db, &Viewer::Public, &all, None, workflows_told).await.unwrap();
    let anew = workflows(db, &Viewer::Public, &all, None, workflows_told + never_asked).await.unwrap();
    assert_eq!(again.rows, anew.rows[..again.rows.len()]);
}

on_both_databases! {
    async fn every_rule_holds_after_any_history(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut runner =
            TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
        // One clock for all histories: their queue is one.
        let clock = AtomicI64::new(1);
        let checked = runner.run(&moves(), |moves| {
            tokio::task::block_in_place(|| {
                Handle::current().block_on(async {
                    let event = recorded(&db, &build_and_test(&["f41", "f42", "f43"])).await;
                    for next in &moves {
                        let second = clock.fetch_add(1, Ordering::Relaxed);
                        make(&db, event, next, second).await;
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
