//! Comments and reactions to them (`docs/contracts.md` 1.5). Pull requests are issues here.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::GithubClient;
use crate::text::cut;
use crate::{ForgeError, Thread};

/// The most characters that a comment may have.
const LONGEST_COMMENT: usize = 65536;
/// Comments that are listed at once, the most that GitHub gives.
const PAGE: usize = 100;
/// Pages that are looked through. A commit with more comments than fit on them may be answered twice after a crash.
const MOST_PAGES: usize = 20;

/// The reaction that says "seen".
const EYES: &str = "eyes";

pub(super) async fn react(
    client: &GithubClient,
    project: &ProjectKey,
    thread: &Thread,
    comment: u64,
) -> Result<(), ForgeError> {
    let comment = comment.to_string();
    let path: &[&str] = match thread {
        Thread::Issue(_) | Thread::PullRequest(_) => &["issues", "comments", &comment, "reactions"],
        Thread::Commit(_) => &["comments", &comment, "reactions"],
    };
    let answer = client.call(Method::POST, project, path, &[], Some(json!({"content": EYES}))).await?;
    // 200: it was there.
    if matches!(answer.status, StatusCode::CREATED | StatusCode::OK) { Ok(()) } else { Err(answer.refused()) }
}

pub(super) async fn find(
    client: &GithubClient,
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
    for page in 1..=MOST_PAGES {
        let (page, size) = (page.to_string(), PAGE.to_string());
        let paging = [("per_page", size.as_str()), ("page", page.as_str())];
        let answer = match thread {
            Thread::Issue(number) | Thread::PullRequest(number) => {
                let [size, page] = paging;
                let path = ["issues", &number.to_string(), "comments"];
                client.get(project, &path, &[size, page, ("since", &since_text)]).await?
            }
            Thread::Commit(hash) => client.get(project, &["commits", hash, "comments"], &paging).await?,
        };
        let comments: Vec<Comment> = answer.json()?;
        let is_it = |comment: &&Comment| {
            // The forge's clock counts in seconds.
            comment.created_at.timestamp() >= since.timestamp()
                && comment.body.as_deref().is_some_and(|body| body.contains(marker))
        };
        if let Some(found) = comments.iter().find(is_it) {
            return Ok(Some(found.id));
        }
        if comments.len() < PAGE {
            break;
        }
    }
    Ok(None)
}

pub(super) async fn add(
    client: &GithubClient,
    project: &ProjectKey,
    thread: &Thread,
    text: &str,
) -> Result<(), ForgeError> {
    let body = json!({"body": cut(text, LONGEST_COMMENT)});
    let answer = match thread {
        Thread::Issue(number) | Thread::PullRequest(number) => {
            let path = ["issues", &number.to_string(), "comments"];
            client.call(Method::POST, project, &path, &[], Some(body)).await?
        }
        Thread::Commit(hash) => {
            client.call(Method::POST, project, &["commits", hash, "comments"], &[], Some(body)).await?
        }
    };
    if answer.status == StatusCode::CREATED { Ok(()) } else { Err(answer.refused()) }
}
