//! `packflow inbox`: what was delivered, and what became of it.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use domain::ids::{EventId, InboxId};
use domain::words::{DeliveryOutcome, EventStatus};
use serde_json::json;
use store::inbox::{self, Delivery, Filter};
use store::{Db, reads};

use crate::cli::{Common, Inbox};
use crate::terminal::{self, chain, clean, time};
use crate::{configuration, database, wiring};

/// Deliveries that are listed with one statement.
const PAGE: i64 = 500;
/// How long the keys are that a replay makes of bodies.
const SHA_256_DIGITS: usize = 64;

/// Runs an inbox command.
pub(super) async fn run(common: &Common, command: Inbox) -> Result<ExitCode> {
    let configuration = configuration::read(common.config.as_deref())?;
    let db = database::open(&database::url(common.database.as_deref(), &configuration)?).await?;
    match command {
        Inbox::List { outcome, limit, before, json } => {
            let before = InboxId(before.unwrap_or(i64::MAX));
            list(&db, filter(outcome.as_deref())?, before, limit, json).await
        }
        Inbox::Show { id, body } => show(&db, InboxId(id), body).await,
        Inbox::Retry { refused: true, since, .. } => {
            retry_refused(&db, since.as_deref().map(super::import::moment).transpose()?).await
        }
        Inbox::Retry { ids, .. } => retry_all(&db, &ids).await,
    }
}

fn filter(outcome: Option<&str>) -> Result<Filter> {
    Ok(match outcome {
        None => Filter::All,
        Some("pending") => Filter::Pending,
        Some(outcome) => Filter::Outcome(outcome.parse()?),
    })
}

async fn list(db: &Db, filter: Filter, before: InboxId, limit: u32, as_json: bool) -> Result<ExitCode> {
    let deliveries = inbox::list(db, filter, before, i64::from(limit)).await?;
    for delivery in &deliveries {
        if as_json {
            say!("{}", terminal::json_line(&as_object(delivery))?);
        } else {
            say!("{}", clean(&line(delivery)));
        }
    }
    if deliveries.is_empty() && !as_json {
        say!("nothing here; deliveries come by webhook, or by `packflow replay FILE`");
    } else if let Some(last) = deliveries.last().filter(|_| deliveries.len() == limit as usize && !as_json) {
        say!("more: --before {}", last.id);
    }
    Ok(ExitCode::SUCCESS)
}

fn line(delivery: &Delivery) -> String {
    let outcome = delivery.outcome().map_or("pending", |outcome| outcome.as_str());
    let event = delivery.event_id.map(|id| format!(" -> event {id}")).unwrap_or_default();
    let reason = delivery.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!(
        "{} {} {} {} {outcome}{event}{reason}",
        delivery.id,
        time(delivery.received_at),
        delivery.source,
        delivery.kind
    )
}

fn as_object(delivery: &Delivery) -> serde_json::Value {
    json!({
        "id": delivery.id,
        "source": delivery.source,
        "delivery_id": delivery.delivery_id,
        "kind": delivery.kind,
        "received_at": delivery.received_at,
        "due_at": delivery.due_at,
        "tries": delivery.tries,
        "outcome": delivery.outcome(),
        "reason": delivery.reason,
        "event_id": delivery.event_id,
    })
}

async fn show(db: &Db, id: InboxId, body_only: bool) -> Result<ExitCode> {
    let delivery = inbox::get(db, id).await?;
    if body_only {
        let Some(body) = &delivery.body else { bail!("the body of delivery {id} is not kept any more") };
        if std::io::stdout().is_terminal() {
            say!("{}", clean(&String::from_utf8_lossy(body)));
        } else {
            terminal::write_now(body);
        }
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", clean(&line(&delivery)));
    say!("  delivery id {}", clean(&delivery.delivery_id));
    say!("  tries {}", delivery.tries);
    if let Some(due_at) = delivery.due_at {
        say!("  next try {}", time(due_at));
    }
    match &delivery.body {
        Some(body) => say!("  body of {} bytes: packflow inbox show {id} --body", body.len()),
        None => say!("  its body is not kept any more"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Each of them, whatever becomes of the others; the last word is on the first that is not.
async fn retry_all(db: &Db, ids: &[i64]) -> Result<ExitCode> {
    let mut refusals = Vec::new();
    for id in ids {
        refusals.extend(retry(db, InboxId(*id)).await.err());
    }
    let mut refusals = refusals.into_iter();
    let Some(first) = refusals.next() else { return Ok(ExitCode::SUCCESS) };
    for other in refusals {
        say!("{}", clean(&chain(&other)));
    }
    Err(first)
}

/// All that were refused, oldest first. What is worked on again is not refused any more: done twice it is done once.
async fn retry_refused(db: &Db, since: Option<DateTime<Utc>>) -> Result<ExitCode> {
    let refused = Filter::Outcome(DeliveryOutcome::Refused);
    let (mut found, mut before) = (Vec::new(), InboxId(i64::MAX));
    loop {
        let page = inbox::list(db, refused, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.id;
        let is_meant = |delivery: &&Delivery| since.is_none_or(|since| delivery.received_at >= since);
        found.extend(page.iter().filter(is_meant).map(|delivery| delivery.id));
    }
    for id in found.iter().rev() {
        if inbox::retry(db, *id, Utc::now()).await? {
            say!("delivery {id} is worked on again by the next worker");
        } else {
            say!("delivery {id} is not: its body is not kept any more; its sender can deliver it again");
        }
    }
    if found.is_empty() {
        say!("no delivery is refused");
    }
    Ok(ExitCode::SUCCESS)
}

async fn retry(db: &Db, id: InboxId) -> Result<()> {
    let delivery = inbox::get(db, id).await?;
    if inbox::retry(db, id, Utc::now()).await? {
        say!(
            "delivery {id} is worked on again by the next worker; `packflow inbox show {id}` tells what became of it"
        );
        return Ok(());
    }
    let Some(event) = delivery.event_id else {
        let gone = format!("the body of delivery {id} is not kept any more");
        match delivery.outcome() {
            Some(DeliveryOutcome::Refused) => {
                bail!("{gone}; ask its sender to deliver it again, then it is worked on")
            }
            _ => bail!("{gone}, so it cannot be worked on; what it tells of has to happen anew"),
        }
    };
    let known = format!("delivery {id} became event {event}");
    let workflow = reads::workflow(db, EventId(event)).await?;
    if workflow.is_some_and(|workflow| workflow.status != EventStatus::Nothing) {
        bail!(
            "{known} and is not worked on again; `packflow show {event}` tells what came of it. If it started something, \
             `packflow rerun {event}` does that again; else push or comment anew (the forge's own redelivery does nothing)"
        )
    }
    let replay = replay(&delivery).map(|replay| format!("{replay}, or ")).unwrap_or_default();
    bail!(
        "{known}, which started nothing (`packflow show {event}` tells why), and is not worked on again. To have it planned as an \
         event of its own, {replay}push or comment anew (the forge's own redelivery does nothing)"
    )
}

/// How a delivery of GitHub is taken once more under another key: that of its body. None if that was done already.
fn replay(delivery: &Delivery) -> Option<String> {
    let is_named = delivery.source == wiring::GITHUB_HOST && delivery.delivery_id.len() < SHA_256_DIGITS;
    (is_named && delivery.body.is_some()).then(|| {
        let (id, file) = (delivery.id, format!("{}.{}.json", delivery.kind, delivery.id));
        format!(
            "do `packflow inbox show {id} --body > {file}` and `packflow replay {file}`, both with the configuration of the service"
        )
    })
}
