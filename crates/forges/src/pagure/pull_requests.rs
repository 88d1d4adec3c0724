//! Pull requests of ours at Pagure, from our fork (`docs/contracts.md` 2.3; forms and fields as ogr 0.61.1 sends them).

use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::PagureClient;
use crate::{Forge, ForgeError};

/// The most pull requests that are asked for at once; of ours a package has few that are open.
const PER_PAGE: &str = "100";

/// A pull request that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedPullRequest<'a> {
    /// The branch of our fork.
    pub from_branch: &'a str,
    /// The branch it would be merged into.
    pub to_branch: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it says first.
    pub text: &'a str,
}

#[derive(Deserialize)]
struct Listed {
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    id: i64,
    branch: String,
    branch_from: Option<String>,
}

impl PagureClient {
    /// Makes our fork of a project; that there is one already is as good.
    ///
    /// # Errors
    /// If Pagure refuses, or cannot answer.
    pub async fn fork(&self, project: &ProjectKey) -> Result<(), ForgeError> {
        let body = json!({"repo": project.name, "namespace": project.namespace, "wait": "true"});
        let answer = self.send(Method::POST, &["fork"], &[], Some(body)).await?;
        if answer.status == StatusCode::BAD_REQUEST && answer.message().contains("already exists") {
            return Ok(());
        }
        answer.success().map(|_| ())
    }

    /// The page of the open pull request of an account from one branch into another; none if there is none.
    ///
    /// # Errors
    /// If Pagure refuses, or cannot answer.
    pub async fn open_pull_request(
        &self,
        project: &ProjectKey,
        account: &str,
        from_branch: &str,
        to_branch: &str,
    ) -> Result<Option<String>, ForgeError> {
        let query = [("status", "Open"), ("author", account), ("per_page", PER_PAGE)];
        let Listed { requests } = self.get(project, &["pull-requests"], &query).await?.json()?;
        let found = requests
            .iter()
            .find(|one| one.branch == to_branch && one.branch_from.as_deref() == Some(from_branch));
        Ok(found.map(|one| self.page(project, one.id)))
    }

    /// Opens a pull request from the fork of an account; its page. Not idempotent.
    ///
    /// # Errors
    /// If Pagure refuses, or cannot answer.
    pub async fn propose(
        &self,
        project: &ProjectKey,
        account: &str,
        wanted: &WantedPullRequest<'_>,
    ) -> Result<String, ForgeError> {
        #[derive(Deserialize)]
        struct Made {
            id: i64,
        }
        let body = json!({
            "title": wanted.title,
            "initial_comment": wanted.text,
            "branch_from": wanted.from_branch,
            "branch_to": wanted.to_branch,
            "repo_from": project.name,
            "repo_from_namespace": project.namespace,
            "repo_from_username": account,
        });
        let answer = self.call(Method::POST, project, &["pull-request", "new"], &[], Some(body)).await?;
        let Made { id } = answer.success()?.json()?;
        Ok(self.page(project, id))
    }

    fn page(&self, project: &ProjectKey, number: i64) -> String {
        format!("https://{}/{}/{}/pull-request/{number}", self.host(), project.namespace, project.name)
    }
}
