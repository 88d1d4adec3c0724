//! A newer commit of a pull request takes the place of the older one's unfinished work (`docs/acceptance.md` A22, A25).

use chrono::{DateTime, Utc};
use domain::event::{ForgeEvent, Happened, PullRequestAction};
use domain::succession::{Pushed, Succession, succession};
use forges::{Forge, ForgeError};
use store::{Tx, events};

use crate::intake::Unsettled;
use crate::{Engine, cancel};

/// Where an event's commit stands among those of its reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// It is the newest of its pull request; the commits that it was judged by.
    Newest(Vec<Pushed>),
    /// This one is newer: nothing is started for an old one.
    Superseded(String),
    /// Commits of this reference do not supersede each other.
    Independent,
}

/// Tells where an event's commit stands, if newer commits are to supersede older ones. Asks the forge only where the
/// deliveries do not tell.
pub(crate) async fn order(
    engine: &Engine,
    forge: &dyn Forge,
    event: &ForgeEvent,
    hash: &str,
) -> Result<Order, Unsettled> {
    let Happened::PullRequest(pull_request) = &event.happened else { return Ok(Order::Independent) };
    if !engine.settings.cancel_superseded {
        return Ok(Order::Independent);
    }
    let project = &event.project.key;
    let known = events::commits_of_pull_request(&engine.db, project, pull_request.number).await?;
    let new = Pushed { hash: hash.to_owned(), before: pull_request.before.clone() };
    Ok(match succession(&new, &known) {
        Succession::Newest => Order::Newest(known),
        Succession::SupersededBy(by) => Order::Superseded(by),
        Succession::Unknown => match forge.pull_request(project, pull_request.number).await {
            Ok(Some(head)) if head.hash == hash => Order::Newest(known),
            Ok(Some(head)) => Order::Superseded(head.hash),
            // Rather too much is run than nothing.
            Ok(None) | Err(ForgeError::Refused(_)) => Order::Independent,
            Err(error) => return Err(error.into()),
        },
    })
}

/// The commits of a pull request that were told of before, oldest first, for a forge that may tell of one push twice and does not
/// say what was there before it: Pagure tells that a pull request was rebased and that it was updated. None for any other event.
pub(crate) async fn told_without_before(
    engine: &Engine,
    event: &ForgeEvent,
) -> store::Result<Option<Vec<Pushed>>> {
    match &event.happened {
        Happened::PullRequest(pull_request)
            if pull_request.action == PullRequestAction::Synchronized && pull_request.before.is_none() =>
        {
            let project = &event.project.key;
            let known = events::commits_of_pull_request(&engine.db, project, pull_request.number).await?;
            Ok(Some(known))
        }
        _ => Ok(None),
    }
}

/// Whether another commit of the pull request was recorded since an event was judged to be the newest by the `known` ones.
/// Asked by the transaction that has recorded the event, and so has the reference's row to itself: who comes later sees it.
pub(crate) async fn is_overtaken(tx: &mut Tx, event: &ForgeEvent, known: &[Pushed]) -> store::Result<bool> {
    let Happened::PullRequest(pull_request) = &event.happened else { return Ok(false) };
    let recorded = events::commits_of_pull_request_in(tx, &event.project.key, pull_request.number).await?;
    Ok(recorded.len() > known.len() + 1)
}

/// Cancels what is unfinished at the event's reference for other commits, in the transaction that does more. Says how many
/// targets end by it, now or when their build system says so. A closed pull request has no commit that is spared.
pub(crate) async fn cancel_reference(
    tx: &mut Tx,
    event: &ForgeEvent,
    why: &str,
    now: DateTime<Utc>,
) -> store::Result<usize> {
    let is_closing = matches!(
        &event.happened,
        Happened::PullRequest(pull) if pull.action == PullRequestAction::Closed
    );
    let spared = event.hash().filter(|_| !is_closing).unwrap_or_default();
    let reference = event.reference();
    let old = events::unfinished_of_reference(tx, &event.project.key, &reference, spared).await?;
    let by = event.actor.as_deref().unwrap_or("packflow");
    let mut ended = 0;
    for id in old {
        let plan = cancel::cancel_in(tx, id, None, by, why, now).await?;
        ended += plan.ends_now.len() + plan.asked.len();
    }
    Ok(ended)
}
