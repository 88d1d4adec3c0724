//! Reruns as they are stored: what was shown is what is written, once, or nothing is.

mod arguments;
mod atomic;
mod canceled_first;
mod concurrent;
mod histories;
mod keys;
mod rows;

use std::collections::BTreeSet;

use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Asked, Plan, Planned, Selection};
use domain::words::{RerunVia, TargetStatus};
use store::Db;
use store::reruns::{Answer, Request, Rerun, carry_out, preview};

use crate::plans::build_and_test;
use crate::support::{at, end, load, record_at, submit_all, target_named};

/// An event whose build of f43 and test of rawhide failed; everything else of it succeeded, or was skipped for that.
pub(crate) async fn event_e(db: &Db, project: &str) -> EventId {
    let event = record_at(db, project, &build_and_test(&["f42", "f43", "rawhide"]), 0).await;
    let ends = [
        ("srpm_build", "srpm", TargetStatus::Succeeded),
        ("copr_build", "f42", TargetStatus::Succeeded),
        ("copr_build", "f43", TargetStatus::Failed),
        ("copr_build", "rawhide", TargetStatus::Succeeded),
        ("test_run", "f42", TargetStatus::Succeeded),
        ("test_run", "rawhide", TargetStatus::Failed),
    ];
    for (kind, name, status) in ends {
        submit_all(db, event, at(10)).await;
        let target = target_named(&load(db, event).await, kind, name);
        end(db, event, target, status, at(20)).await;
    }
    event
}

/// What alice asks for on the command line, planned and carried out in one.
pub(crate) fn request(event: EventId, selection: &Selection) -> Request<'_> {
    Request {
        event,
        selection,
        requested_by: "alice",
        via: RerunVia::CommandLine,
        reason: None,
        idempotency_key: None,
        plan_hash: None,
    }
}

pub(crate) async fn ask(db: &Db, request: &Request<'_>) -> Answer {
    carry_out(db, request, &ArtifactLife::usual(), at(100)).await.unwrap()
}

pub(crate) async fn done(db: &Db, request: &Request<'_>) -> Rerun {
    match ask(db, request).await {
        Answer::CarriedOut(rerun) => *rerun,
        other => panic!("not carried out: {other:?}"),
    }
}

pub(crate) async fn shown(db: &Db, event: EventId, selection: &Selection) -> Plan {
    match preview(db, event, selection, &ArtifactLife::usual(), at(100)).await.unwrap() {
        Planned::Plan(plan) => plan,
        other => panic!("no plan: {other:?}"),
    }
}

pub(crate) fn failed() -> Selection {
    Selection::of(Asked::Failed)
}

pub(crate) fn targets(targets: &[TargetId]) -> Selection {
    Selection::of(Asked::Targets(targets.iter().copied().collect::<BTreeSet<_>>()))
}

/// The target of this kind and name in its newest attempt.
pub(crate) async fn newest(db: &Db, event: EventId, kind: &str, name: &str) -> TargetId {
    target_named(&load(db, event).await, kind, name)
}
