//! What GitHub and Forgejo say in the same way: of issues, of which ours are found by their title, and of releases.

use async_trait::async_trait;
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::ForgeError;
use crate::http::Answer;
use crate::text::cut;

/// The most characters of a title.
pub(crate) const LONGEST_TITLE: usize = 255;
/// Pages that are looked through, the newest issues first.
const MOST_PAGES: usize = 10;

/// A client that makes calls about projects.
#[async_trait]
pub(crate) trait Calls: Sync {
    /// The most issues that are listed at once, and what the question calls that.
    const PAGE: (&'static str, usize);

    /// A call about a project: the path goes on after the project's own.
    async fn about(
        &self,
        method: Method,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError>;
}

#[derive(Deserialize)]
struct Issue {
    number: i64,
    title: String,
    pull_request: Option<serde::de::IgnoredAny>,
}

/// The text of an issue; none if there is no such issue.
pub(crate) async fn issue_text<C: Calls>(
    client: &C,
    project: &ProjectKey,
    number: i64,
) -> Result<Option<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Written {
        body: Option<String>,
    }
    let path = ["issues", &number.to_string()];
    let answer = client.about(Method::GET, project, &path, &[], None).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let Written { body } = answer.json()?;
    Ok(Some(body.unwrap_or_default()))
}

/// The tag of the newest release; none if there is none.
pub(crate) async fn latest_release<C: Calls>(
    client: &C,
    project: &ProjectKey,
) -> Result<Option<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Release {
        tag_name: String,
    }
    let answer = client.about(Method::GET, project, &["releases", "latest"], &[], None).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let Release { tag_name } = answer.json()?;
    Ok(Some(tag_name))
}

/// The open issue of this title: pull requests are listed among issues, and are none of these.
pub(crate) async fn open_issue<C: Calls>(
    client: &C,
    project: &ProjectKey,
    title: &str,
) -> Result<Option<i64>, ForgeError> {
    let (key, size) = C::PAGE;
    let (title, count) = (cut(title, LONGEST_TITLE), size.to_string());
    for page in 1..=MOST_PAGES {
        let page = page.to_string();
        let query = [("state", "open"), (key, count.as_str()), ("page", page.as_str())];
        let answer = client.about(Method::GET, project, &["issues"], &query, None).await?;
        let issues: Vec<Issue> = answer.json()?;
        let found = issues.iter().find(|issue| issue.pull_request.is_none() && issue.title == title);
        if let Some(issue) = found {
            return Ok(Some(issue.number));
        }
        if issues.len() < size {
            break;
        }
    }
    Ok(None)
}

/// Opens one.
pub(crate) async fn create_issue<C: Calls>(
    client: &C,
    project: &ProjectKey,
    title: &str,
    text: &str,
) -> Result<i64, ForgeError> {
    let body = json!({"title": cut(title, LONGEST_TITLE), "body": text});
    let answer = client.about(Method::POST, project, &["issues"], &[], Some(body)).await?;
    if answer.status != StatusCode::CREATED {
        return Err(answer.refused());
    }
    let Issue { number, .. } = answer.json()?;
    Ok(number)
}
