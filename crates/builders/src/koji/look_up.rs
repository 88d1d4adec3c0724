//! Was it submitted? Asked after an answer was lost.

use chrono::Duration;
use serde_json::{Value, json};

use super::hub::options;
use super::order::{Order, SourceOf};
use super::submit::{MARK, tagged_already};
use super::{Koji, poll, upload};
use crate::{BuilderError, Submitted, Work, http};

/// How many tasks are read at a time.
const PAGE: usize = 100;
/// By how much Koji's clock may be behind ours.
const CLOCKS_DIFFER_BY: Duration = Duration::minutes(10);

/// Finds the task that the work became, among our account's since the work was planned: a build by its mark, source and
/// target, a tag request by tag and build. A request whose task is not found is done if the build is in the tag.
pub(super) async fn look_up(koji: &Koji, work: &Work) -> Result<Option<Submitted>, BuilderError> {
    match Order::of(work)? {
        Order::Build(order) => {
            let is_it = |request: &Value| {
                let is_source = match &order.source {
                    SourceOf::Commit(source) => request[0] == json!(source),
                    SourceOf::Srpm(address) => upload::is_of(&request[0], work, address),
                };
                let mark = MARK.iter().fold(&request[2], |value, name| &value[*name]);
                is_source && request[1] == json!(order.target) && *mark == json!(work.submission.0)
            };
            find(koji, work, "build", is_it).await
        }
        Order::Tag { tag, nvr } => {
            let known = [("getTag", vec![json!(tag)]), ("getBuild", vec![json!(nvr)])];
            let known = koji.hub.read_all(&known).await?;
            let id = |at: usize| known[at].as_ref().ok().and_then(|found| found["id"].as_i64());
            let (Some(tag_id), Some(build_id)) = (id(0), id(1)) else { return Ok(None) };
            let is_it = |request: &Value| request[0] == json!(tag_id) && request[1] == json!(build_id);
            if let Some(found) = find(koji, work, "tagBuild", is_it).await? {
                return Ok(Some(found));
            }
            if poll::is_tagged(koji, tag, nvr).await? {
                return tagged_already(work, tag, nvr).map(Some);
            }
            Ok(None)
        }
    }
}

async fn find(
    koji: &Koji,
    work: &Work,
    method: &str,
    is_it: impl Fn(&Value) -> bool,
) -> Result<Option<Submitted>, BuilderError> {
    let (account, _) = koji.hub.account().await?;
    let oldest = (work.created_at - CLOCKS_DIFFER_BY).timestamp();
    let wanted = json!({"owner": account, "method": method, "createdAfter": oldest, "decode": true});
    let mut offset = 0;
    loop {
        let page = json!({"order": "-id", "limit": PAGE, "offset": offset});
        let tasks =
            koji.hub.read("listTasks", &[options(&json!({"opts": wanted, "queryOpts": page}))]).await?;
        let Value::Array(tasks) = tasks else {
            return Err(http::unavailable(format!("Koji listed no tasks: {tasks}"), None));
        };
        let found = tasks.iter().find(|task| {
            let id = task["id"].to_string();
            is_it(&task["request"]) && !work.earlier_external_ids.contains(&id)
        });
        if let Some(task) = found {
            return Ok(Some(Submitted { external_id: task["id"].to_string(), observations: Vec::new() }));
        }
        if tasks.len() < PAGE {
            return Ok(None);
        }
        offset += PAGE;
    }
}
