//! Was it submitted? Asked after an answer was lost.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use super::Copr;
use super::script::marker;
use super::submit::{Order, SourceOf};
use crate::{BuilderError, Submitted, Work};

/// How many builds are read at a time.
const PAGE: usize = 100;
/// By how much Copr's clock may be behind ours.
const CLOCKS_DIFFER_BY: Duration = Duration::minutes(10);

/// Finds the build that the work became: by the line in its script, or by its SRPM and chroots. The builds are read from
/// the newest back to the time when the work was planned.
pub(super) async fn look_up(copr: &Copr, work: &Work) -> Result<Option<Submitted>, BuilderError> {
    let order = Order::of(copr, work).await?;
    let oldest = work.created_at - CLOCKS_DIFFER_BY;
    let mut offset = 0;
    loop {
        let mut builds = page(copr, &order, offset).await?;
        // Copr picks the newest, but does not promise their order.
        builds.sort_by_key(|build| std::cmp::Reverse(build["id"].as_u64()));
        for build in &builds {
            if may_be(&order, work, build, oldest) && is(copr, &order, work, build).await? {
                let external_id = build["id"].to_string();
                return Ok(Some(Submitted { external_id, observations: order.left_out }));
            }
        }
        let past_oldest = builds.last().is_none_or(|build| submitted_on(build).is_some_and(|at| at < oldest));
        if builds.len() < PAGE || past_oldest {
            return Ok(None);
        }
        offset += PAGE;
    }
}

async fn page(copr: &Copr, order: &Order<'_>, offset: usize) -> Result<Vec<Value>, BuilderError> {
    let (limit, offset) = (PAGE.to_string(), offset.to_string());
    let query = [
        ("ownername", order.owner),
        ("projectname", &order.job.project),
        ("limit", &limit),
        ("offset", &offset),
        ("order", "id"),
        ("order_type", "DESC"),
    ];
    // No project: nothing was ever submitted to it.
    let Some(mut answer) = copr.api.find("build/list", &query).await? else { return Ok(Vec::new()) };
    match answer["items"].take() {
        Value::Array(builds) => Ok(builds),
        other => Err(BuilderError::Unavailable {
            reason: format!("Copr listed no builds: {other}"),
            retry_after: None,
        }),
    }
}

fn submitted_on(build: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(build["submitted_on"].as_i64()?, 0)
}

fn chroots_of(build: &Value) -> BTreeSet<&str> {
    build["chroots"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a build can be it, by what the list tells.
fn may_be(order: &Order<'_>, work: &Work, build: &Value, oldest: DateTime<Utc>) -> bool {
    let wanted: BTreeSet<&str> = order.chroots.iter().map(|target| target.name.as_str()).collect();
    !work.earlier_external_ids.contains(&build["id"].to_string())
        && chroots_of(build) == wanted
        && submitted_on(build).is_none_or(|at| at >= oldest)
}

/// Whether a build is it, by where its sources come from.
async fn is(copr: &Copr, order: &Order<'_>, work: &Work, build: &Value) -> Result<bool, BuilderError> {
    let path = format!("build/source-build-config/{}", build["id"]);
    let Some(config) = copr.api.find(&path, &[]).await? else { return Ok(false) };
    let source = &config["source_dict"];
    Ok(match order.source {
        // That line only: what a repository names may stand on others.
        SourceOf::Script(_) => {
            source["script"].as_str().and_then(|script| script.lines().nth(1)) == Some(&marker(&work.mark()))
        }
        SourceOf::Url(address) => source["url"] == address,
    })
}
