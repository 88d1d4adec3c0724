//! Check runs (`docs/contracts.md` 1.2). Only an App can make them.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::event::CheckApp;
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::GithubClient;
use crate::text::{cut, cut_bytes};
use crate::{Check, CheckStage, CommitAt, Forge, ForgeError, KnownCheck};

/// The most that a summary and a text may have. GitHub counts characters in its description and bytes in its store.
const LONGEST_TEXT: usize = 65_535;
/// The most characters that a name or title is shown with.
const LONGEST_LINE: usize = 255;

/// Makes a check run; its id.
pub(super) async fn create(
    client: &GithubClient,
    at: &CommitAt,
    check: &Check,
) -> Result<String, ForgeError> {
    #[derive(Deserialize)]
    struct Made {
        id: u64,
    }
    let mut body = body(check);
    body["head_sha"] = at.hash.as_str().into();
    let answer = client.call(Method::POST, &at.project, &["check-runs"], &[], Some(body)).await?;
    // Any other yes is of a call that a redirect has turned into reading.
    if answer.status != StatusCode::CREATED {
        return Err(answer.refused());
    }
    let Made { id } = answer.json()?;
    Ok(id.to_string())
}

/// Changes a check run.
pub(super) async fn update(
    client: &GithubClient,
    project: &ProjectKey,
    id: &str,
    check: &Check,
) -> Result<(), ForgeError> {
    let answer = client.call(Method::PATCH, project, &["check-runs", id], &[], Some(body(check))).await?;
    answer.success().map(|_| ())
}

/// Our own check runs of this name at a commit, newest first.
pub(super) async fn ours(
    client: &GithubClient,
    at: &CommitAt,
    name: &str,
) -> Result<Vec<KnownCheck>, ForgeError> {
    #[derive(Deserialize)]
    struct Page {
        check_runs: Vec<Run>,
    }
    #[derive(Deserialize)]
    struct Run {
        id: u64,
        external_id: Option<String>,
        app: Option<App>,
    }
    #[derive(Deserialize)]
    struct App {
        id: u64,
        client_id: Option<String>,
        slug: Option<String>,
    }
    let name = cut(name, LONGEST_LINE);
    let query = [("check_name", name.as_str()), ("filter", "all"), ("per_page", "100")];
    let answer = client.get(&at.project, &["commits", &at.hash, "check-runs"], &query).await?;
    let Page { check_runs } = answer.json()?;
    let mut ours: Vec<(u64, String)> = check_runs
        .into_iter()
        .filter(|run| {
            run.app.as_ref().is_some_and(|app| {
                let (client_id, slug) = (app.client_id.clone(), app.slug.clone());
                client.is_our_app(&CheckApp { id: app.id, client_id, slug })
            })
        })
        .map(|run| (run.id, run.external_id.unwrap_or_default()))
        .collect();
    ours.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ours.into_iter().map(|(id, external_id)| KnownCheck { id: id.to_string(), external_id }).collect())
}

/// A check run as GitHub takes it. What has no value is left out: an empty text is refused where an address is wanted.
fn body(check: &Check) -> Value {
    let mut body = json!({
        "name": cut(&check.name, LONGEST_LINE),
        "external_id": check.external_id,
        "details_url": check.details_url,
        "output": {
            "title": cut(&check.title, LONGEST_LINE),
            "summary": cut_bytes(&check.summary, LONGEST_TEXT),
            "text": cut_bytes(&check.text, LONGEST_TEXT),
        },
        "actions": check.actions.iter().map(|action| json!({
            "label": action.label,
            "description": action.description,
            "identifier": action.identifier,
        })).collect::<Vec<_>>(),
    });
    if let Some(started_at) = check.started_at {
        body["started_at"] = time(started_at);
    }
    match check.stage {
        CheckStage::Queued => body["status"] = "queued".into(),
        CheckStage::InProgress => body["status"] = "in_progress".into(),
        CheckStage::Completed { conclusion, at } => {
            body["status"] = "completed".into();
            body["conclusion"] = conclusion.as_str().into();
            body["completed_at"] = time(at);
        }
    }
    body
}

fn time(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Secs, true).into()
}
