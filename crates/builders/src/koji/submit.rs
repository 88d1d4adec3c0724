//! New tasks.

use domain::words::TargetStatus;
use serde_json::{Value, json};

use super::order::{BuildOrder, Order, SourceOf, target_of};
use super::{Koji, TAGGED, poll, upload};
use crate::{BuilderError, Observation, Submitted, Work};

/// Where in a build's options the mark of a submission is, which it is found by again. Koji keeps it with the task and shows
/// it with the build, so it holds no secret.
pub(super) const MARK: [&str; 3] = ["custom_user_metadata", "packflow", "submission"];

pub(super) async fn submit(koji: &Koji, work: &Work) -> Result<Submitted, BuilderError> {
    let task = match Order::of(work)? {
        Order::Build(order) => {
            let source = match &order.source {
                SourceOf::Commit(source) => source.clone(),
                SourceOf::Srpm(address) => upload::upload(koji, work, address).await?,
            };
            let parameters = [json!(source), json!(order.target), options(&order, work)];
            koji.hub.begin("build", &parameters).await?
        }
        Order::Tag { tag, nvr } => {
            // Koji fails a request for what is there.
            if poll::is_tagged(koji, tag, nvr).await? {
                return tagged_already(work, tag, nvr);
            }
            koji.hub.begin("tagBuild", &[json!(tag), json!(nvr)]).await?
        }
    };
    match task.as_i64() {
        Some(id) => Ok(Submitted { external_id: id.to_string(), observations: Vec::new() }),
        None => Err(BuilderError::Unknown(format!("Koji did not say which task it began: {task}"))),
    }
}

/// A tag request that needs no task.
pub(super) fn tagged_already(work: &Work, tag: &str, nvr: &str) -> Result<Submitted, BuilderError> {
    let target = target_of(work)?;
    let observation = Observation {
        target: target.id,
        status: TargetStatus::Succeeded,
        reason: None,
        url: None,
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details: None,
    };
    Ok(Submitted { external_id: format!("{TAGGED} {nvr} {tag}"), observations: vec![observation] })
}

fn options(order: &BuildOrder<'_>, work: &Work) -> Value {
    let [metadata, ours, submission] = MARK;
    let mark = json!({ submission: work.submission.0, "page": work.page_url });
    let mut options = json!({ metadata: { ours: mark } });
    if order.scratch {
        options["scratch"] = true.into();
    }
    options
}
