//! Comments, which GitLab calls notes, and reactions to them. Issues and merge requests are counted apart.

use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::GitlabClient;
use crate::text::cut;
use crate::{ForgeError, Thread};

/// The most characters that a note may have.
const LONGEST_NOTE: usize = 1_000_000;
/// Notes that are listed at once, the most that GitLab gives.
const PAGE: usize = 100;
/// Pages that are looked through. A commit with more notes than fit on them may be answered twice after a crash.
const MOST_PAGES: usize = 20;

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Discussion {
    notes: Vec<Note>,
}

/// `merge_requests/7` or `issues/7`; none for a commit.
fn noteable(thread: &Thread) -> Option<(&'static str, String)> {
    match thread {
        Thread::Issue(number) => Some(("issues", number.to_string())),
        Thread::PullRequest(number) => Some(("merge_requests", number.to_string())),
        Thread::Commit(_) => None,
    }
}

/// Shows that a note was seen. Those at commits take no reactions.
pub(super) async fn react(
    client: &GitlabClient,
    project: &ProjectKey,
    thread: &Thread,
    comment: u64,
) -> Result<(), ForgeError> {
    let Some((kind, number)) = noteable(thread) else { return Ok(()) };
    let comment = comment.to_string();
    let path = [kind, &number, "notes", &comment, "award_emoji"];
    let answer = client.call(Method::POST, project, &path, &[], Some(json!({"name": "eyes"}))).await?;
    match answer.status {
        StatusCode::CREATED => Ok(()),
        // GitLab says 404 where the same account has reacted so already.
        StatusCode::NOT_FOUND if answer.message().contains("already been taken") => Ok(()),
        _ => Err(answer.refused()),
    }
}

/// Looks through the notes, newest first where they can be asked for so.
pub(super) async fn find(
    client: &GitlabClient,
    project: &ProjectKey,
    thread: &Thread,
    marker: &str,
    since: DateTime<Utc>,
) -> Result<Option<u64>, ForgeError> {
    let is_it = |note: &&Note| {
        note.created_at.timestamp() >= since.timestamp()
            && note.body.as_deref().is_some_and(|body| body.contains(marker))
    };
    let size = PAGE.to_string();
    for page in 1..=MOST_PAGES {
        let page = page.to_string();
        let paging = [("per_page", size.as_str()), ("page", page.as_str())];
        let (notes, count) = match (noteable(thread), thread) {
            (Some((kind, number)), _) => {
                let [size, page] = paging;
                let query = [("order_by", "created_at"), ("sort", "desc"), size, page];
                let answer = client.get(project, &[kind, &number, "notes"], &query).await?;
                let notes: Vec<Note> = answer.json()?;
                let count = notes.len();
                // Older ones follow.
                let is_old = notes.last().is_some_and(|note| note.created_at.timestamp() < since.timestamp());
                (notes, if is_old { 0 } else { count })
            }
            (None, Thread::Commit(hash)) => {
                // The list of a commit's comments tells no ids.
                let path = ["repository", "commits", hash, "discussions"];
                let discussions: Vec<Discussion> = client.get(project, &path, &paging).await?.json()?;
                let count = discussions.len();
                (discussions.into_iter().flat_map(|discussion| discussion.notes).collect(), count)
            }
            (None, _) => return Ok(None),
        };
        if let Some(found) = notes.iter().find(is_it) {
            return Ok(Some(found.id));
        }
        if count < PAGE {
            break;
        }
    }
    Ok(None)
}

pub(super) async fn add(
    client: &GitlabClient,
    project: &ProjectKey,
    thread: &Thread,
    text: &str,
) -> Result<(), ForgeError> {
    let text = cut(text, LONGEST_NOTE);
    let answer = match (noteable(thread), thread) {
        (None, Thread::Commit(hash)) => {
            let path = ["repository", "commits", hash, "comments"];
            client.call(Method::POST, project, &path, &[], Some(json!({"note": text}))).await?
        }
        (noteable, _) => {
            let (kind, number) = noteable.unwrap_or_default();
            client
                .call(Method::POST, project, &[kind, &number, "notes"], &[], Some(json!({"body": text})))
                .await?
        }
    };
    if answer.status == StatusCode::CREATED { Ok(()) } else { Err(answer.refused()) }
}
