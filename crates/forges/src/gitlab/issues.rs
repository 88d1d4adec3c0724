//! Issues of ours: found by their title, and opened.

use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::GitlabClient;
use crate::ForgeError;
use crate::like_github::LONGEST_TITLE;
use crate::text::cut;

/// Issues that are listed at once, the most that GitLab gives. More whose title holds the same words are not looked at.
const PAGE: &str = "100";

#[derive(Deserialize)]
struct Issue {
    iid: i64,
    title: String,
}

/// The open issue of this title.
pub(super) async fn open(
    client: &GitlabClient,
    project: &ProjectKey,
    title: &str,
) -> Result<Option<i64>, ForgeError> {
    let title = cut(title, LONGEST_TITLE);
    let query = [("state", "opened"), ("search", title.as_str()), ("in", "title"), ("per_page", PAGE)];
    let issues: Vec<Issue> = client.get(project, &["issues"], &query).await?.json()?;
    Ok(issues.iter().find(|issue| issue.title == title).map(|issue| issue.iid))
}

/// Opens one.
pub(super) async fn create(
    client: &GitlabClient,
    project: &ProjectKey,
    title: &str,
    text: &str,
) -> Result<i64, ForgeError> {
    let body = json!({"title": cut(title, LONGEST_TITLE), "description": text});
    let answer = client.call(Method::POST, project, &["issues"], &[], Some(body)).await?;
    if answer.status != StatusCode::CREATED {
        return Err(answer.refused());
    }
    let Issue { iid, .. } = answer.json()?;
    Ok(iid)
}
