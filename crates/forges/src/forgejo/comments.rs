//! Comments and reactions to them. Pull requests are issues here; commits have no comments.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::ForgejoClient;
use crate::text::cut;
use crate::{ForgeError, Thread};

/// The most characters of a comment.
const LONGEST_COMMENT: usize = 65536;

fn number(thread: &Thread) -> Result<String, ForgeError> {
    match thread {
        Thread::Issue(number) | Thread::PullRequest(number) => Ok(number.to_string()),
        Thread::Commit(_) => Err(ForgeError::Refused("Forgejo has no comments at commits".to_owned())),
    }
}

pub(super) async fn react(
    client: &ForgejoClient,
    project: &ProjectKey,
    thread: &Thread,
    comment: u64,
) -> Result<(), ForgeError> {
    number(thread)?;
    let comment = comment.to_string();
    let path = ["issues", "comments", &comment, "reactions"];
    let answer = client.call(Method::POST, project, &path, &[], Some(json!({"content": "eyes"}))).await?;
    // 200: it was there.
    if matches!(answer.status, StatusCode::CREATED | StatusCode::OK) { Ok(()) } else { Err(answer.refused()) }
}

/// Forgejo lists all comments of a thread at once.
pub(super) async fn find(
    client: &ForgejoClient,
    project: &ProjectKey,
    thread: &Thread,
    marker: &str,
    since: DateTime<Utc>,
) -> Result<Option<u64>, ForgeError> {
    #[derive(Deserialize)]
    struct Comment {
        id: u64,
        body: Option<String>,
        created_at: DateTime<Utc>,
    }
    let since_text = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let path = ["issues", &number(thread)?, "comments"];
    let answer = client.get(project, &path, &[("since", &since_text)]).await?;
    let comments: Vec<Comment> = answer.json()?;
    let is_it = |comment: &&Comment| {
        comment.created_at.timestamp() >= since.timestamp()
            && comment.body.as_deref().is_some_and(|body| body.contains(marker))
    };
    Ok(comments.iter().find(is_it).map(|comment| comment.id))
}

pub(super) async fn add(
    client: &ForgejoClient,
    project: &ProjectKey,
    thread: &Thread,
    text: &str,
) -> Result<(), ForgeError> {
    let path = ["issues", &number(thread)?, "comments"];
    let body = json!({"body": cut(text, LONGEST_COMMENT)});
    let answer = client.call(Method::POST, project, &path, &[], Some(body)).await?;
    if answer.status == StatusCode::CREATED { Ok(()) } else { Err(answer.refused()) }
}
