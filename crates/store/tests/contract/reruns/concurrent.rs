//! Many people at once, over real connections of two servers.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::TargetId;
use domain::rerun::{Asked, Conflict, Selection};
use store::Db;
use store::reruns::{Answer, Request, of_event};
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};
use tokio::sync::Barrier;

use super::{ask, event_e, failed, newest, request, shown, targets};
use crate::raw::Raw;
use crate::support::{load, migrated, open};

/// Asks once all others at the barrier do.
async fn ask_at_once(
    db: Db,
    barrier: Arc<Barrier>,
    event: domain::ids::EventId,
    selection: Selection,
    hash: Option<String>,
) -> Answer {
    barrier.wait().await;
    ask(&db, &Request { plan_hash: hash.as_deref(), ..request(event, &selection) }).await
}

on_both_databases! {
    async fn r8_two_people_at_once_one_wins(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for round in 0..20 {
            let event = event_e(&one, &format!("p{round}")).await;
            let (build, test) =
                (newest(&one, event, "copr_build", "f43").await, newest(&one, event, "test_run", "f43").await);
            let barrier = Arc::new(Barrier::new(2));
            let asks = [(&one, targets(&[build])), (&other, targets(&[build, test]))]
                .map(|(db, selection)| tokio::spawn(ask_at_once(db.clone(), Arc::clone(&barrier), event, selection, None)));
            let mut won = None;
            let mut told = None;
            for answer in asks {
                match answer.await.unwrap() {
                    Answer::CarriedOut(rerun) => won = Some(rerun),
                    Answer::Conflict(Conflict::Replaced(replaced)) => told = Some(replaced),
                    unexpected => panic!("round {round}: {unexpected:?}"),
                }
            }
            let (won, told) = (won.expect("one wins"), told.expect("the other is told"));
            for replaced in &told {
                assert_eq!(won.created[&replaced.target_id], replaced.newest_id, "which are being redone");
            }
            assert_eq!(of_event(&one, event).await.unwrap().len(), 1);
        }
        assert_eq!(verify(&one).await.unwrap(), []);
    }

    async fn r8_of_two_who_were_shown_the_same_plan_one_carries_it_out(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for round in 0..20 {
            let event = event_e(&one, &format!("p{round}")).await;
            let selection = Selection { cancel_running: true, ..failed() };
            let plan = shown(&one, event, &selection).await;
            let barrier = Arc::new(Barrier::new(2));
            let asks = [&one, &other].map(|db| {
                let hash = Some(plan.hash.clone());
                tokio::spawn(ask_at_once(db.clone(), Arc::clone(&barrier), event, selection.clone(), hash))
            });
            let mut carried_out = 0;
            for answer in asks {
                match answer.await.unwrap() {
                    Answer::CarriedOut(_) => carried_out += 1,
                    Answer::NothingToDo(nothing) => assert!(nothing.reason.contains("not ended yet"), "{nothing:?}"),
                    unexpected => panic!("round {round}: {unexpected:?}"),
                }
            }
            assert_eq!(carried_out, 1);
        }
        assert_eq!(verify(&one).await.unwrap(), []);
    }

    /// A14, fifty times over: overlapping selections of one event, some of them canceling what the others began.
    async fn a14_fifty_overlapping_reruns_leave_every_chain_linear(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let event = event_e(&one, "ogr").await;
        let all: Vec<TargetId> = load(&one, event).await.targets.keys().copied().collect();
        let barrier = Arc::new(Barrier::new(50));
        let mut asks = tokio::task::JoinSet::new();
        for index in 0..50_usize {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            let selection = match index % 5 {
                0 => failed(),
                1 => Selection::of(Asked::Everything),
                2 => targets(&[all[index % all.len()]]),
                3 => targets(&[all[index % all.len()], all[(index + 3) % all.len()]]),
                _ => Selection {
                    cancel_running: true,
                    ..Selection::of(Asked::NewestOf([all[index % all.len()]].into()))
                },
            };
            asks.spawn(ask_at_once(db, Arc::clone(&barrier), event, selection, None));
        }
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        let mut redone: BTreeMap<TargetId, usize> = BTreeMap::new();
        for answer in asks.join_all().await {
            let outcome = match answer {
                Answer::CarriedOut(rerun) => {
                    for old in rerun.created.keys() {
                        *redone.entry(*old).or_default() += 1;
                    }
                    "carried out"
                }
                Answer::NothingToDo(_) => "nothing to do",
                Answer::Conflict(_) => "conflict",
                Answer::Changed(_) | Answer::KeyOfAnother(_) => panic!("nobody asked by hash or key"),
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
        assert!(redone.values().all(|times| *times == 1), "no target is redone twice: {redone:?}");
        let stored = Raw::open(&database).await.number("SELECT count(*) FROM reruns").await;
        assert_eq!(usize::try_from(stored).unwrap(), outcomes["carried out"], "{outcomes:?}");
        assert_eq!(verify(&one).await.unwrap(), []);
    }
}
