//! Whether somebody works on what waits.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use domain::words::BuildSystem;
use store::Db;
use store::queues::Waiting;

use super::Findings;
use crate::terminal::{chain, time};

/// How late something may be. A worker looks every second, and puts off what it cannot do now.
const LATE: TimeDelta = TimeDelta::minutes(15);
/// The same for releases into dist-git: a worker carries them out itself, a few at a time, and each may take an hour.
const LATE_RELEASE: TimeDelta = TimeDelta::hours(2);

/// What waits, and what waits for longer than it may. What waits for a build system that is not configured here is told elsewhere.
pub(super) async fn check(db: &Db, configured: &BTreeSet<BuildSystem>, findings: &mut Findings) {
    match store::inbox::pending(db).await {
        Ok((0, _)) => findings.good("inbox", "everything is settled"),
        Ok((waiting, since)) => {
            let since = since.map(time).unwrap_or_default();
            findings.note("inbox", &format!("{waiting} deliveries wait, the oldest since {since}"));
        }
        Err(error) => findings.bad("inbox", &chain(&error.into()), "see the database"),
    }
    match store::queues::waiting(db).await {
        Ok(waiting) => {
            let ours = |waiting: &&Waiting| waiting.system.is_none_or(|system| configured.contains(&system));
            waiting.iter().filter(ours).for_each(|waiting| check_lateness(waiting, findings));
        }
        Err(error) => findings.bad("queues", &chain(&error.into()), "see the database"),
    }
    match store::pauses::list(db).await {
        Ok(pauses) => {
            for pause in pauses {
                let since = time(pause.since);
                let reason = pause.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let found = format!("paused by {} since {since}{reason}", pause.paused_by);
                findings.note(pause.system.as_str(), &found);
            }
        }
        Err(error) => findings.bad("pauses", &chain(&error.into()), "see the database"),
    }
}

fn check_lateness(waiting: &Waiting, findings: &mut Findings) {
    let Waiting { queue, system, due_at: Some(due_at) } = waiting else { return };
    let (system, due_at) = (*system, *due_at);
    let may_be = if system == Some(BuildSystem::DistGit) { LATE_RELEASE } else { LATE };
    if Utc::now() - due_at <= may_be {
        return;
    }
    let what = match queue.as_str() {
        "inbox" => "a delivery",
        "submissions" => "a submission",
        "reports" => "what a forge is to be told",
        _ => "a reply to a comment",
    };
    let name = match system {
        Some(system) => system.as_str(),
        None => queue,
    };
    let found = format!("{what} is due since {}, and nobody has taken it", time(due_at));
    let remedy = match system {
        Some(_) => {
            "does a worker run that has this build system in its configuration (`packflow worker`, or `packflow serve` without \
             --no-worker)? If so, its log says why it does not go on"
        }
        None => {
            "does a worker run (`packflow worker`, or `packflow serve` without --no-worker)? If so, its log says why it does not go on"
        }
    };
    findings.bad(name, &found, remedy);
}
