//! Forgejo's HTTP API as a [`Forge`] (`docs/contracts.md` 2.2).

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{comments, files};
use crate::address::ProjectPath;
use crate::http::{self, Answer, Call, Dialect, Http, InvalidSettings};
use crate::like_github::{self, Calls};
use crate::text::{cut, one_line};
use crate::{CommitAt, File, Forge, ForgeError, Permission, PullRequestHead, Shows, Status, Thread};

/// How Forgejo is spoken to.
const DIALECT: Dialect =
    Dialect { scheme: "token", headers: &[("Accept", "application/json")], forms: false };
/// The most characters of a description that are of use where statuses are shown.
const LONGEST_DESCRIPTION: usize = 140;

/// A client of one Forgejo.
#[derive(Debug)]
pub struct ForgejoClient {
    host: String,
    http: Http,
    token: SecretString,
}

impl ForgejoClient {
    /// A client for the projects of `host` (`codeberg.org`) whose API is at `api_url` (`https://codeberg.org/api/v1`). The
    /// token is sent to that address alone.
    pub fn new(host: &str, api_url: &str, token: SecretString) -> Result<Self, InvalidSettings> {
        let http = Http::new(api_url, &DIALECT)?;
        Ok(Self { host: host.to_ascii_lowercase(), http, token })
    }

    /// Makes a call about a project: the path goes on after `/repos/{owner}/{name}`.
    pub(super) async fn call(
        &self,
        method: Method,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        http::of_host(project, &self.host)?;
        let own = ["repos", project.namespace.as_str(), project.name.as_str()];
        let parts: Vec<&str> = own.into_iter().chain(path.iter().copied()).collect();
        self.http.send(Call { method, path: &parts, query, body, token: &self.token }).await
    }

    pub(super) async fn get(
        &self,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, ForgeError> {
        self.call(Method::GET, project, path, query, None).await
    }
}

#[derive(Deserialize)]
struct PullRequest {
    head: Head,
    base: Base,
    user: Option<Account>,
    labels: Option<Vec<Label>>,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: ProjectPath,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    branch: String,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[async_trait]
impl Calls for ForgejoClient {
    const PAGE: (&'static str, usize) = ("limit", 50);

    async fn about(
        &self,
        method: Method,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        self.call(method, project, path, query, body).await
    }
}

#[async_trait]
impl Forge for ForgejoClient {
    fn host(&self) -> &str {
        &self.host
    }

    async fn configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        files::configuration(self, at).await
    }

    async fn spec_files(&self, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
        files::spec_files(self, at).await
    }

    async fn permission(&self, project: &ProjectKey, account: &str) -> Result<Permission, ForgeError> {
        #[derive(Deserialize)]
        struct Granted {
            permission: String,
        }
        let answer = self.get(project, &["collaborators", account, "permission"], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(Permission::None);
        }
        let Granted { permission } = answer.json()?;
        if permission == "owner" {
            return Ok(Permission::Admin);
        }
        Permission::from_word(&permission).ok_or_else(|| {
            ForgeError::Refused(format!("`{}` is not a permission of Forgejo", one_line(&permission, 60)))
        })
    }

    async fn issue_text(&self, project: &ProjectKey, number: i64) -> Result<Option<String>, ForgeError> {
        like_github::issue_text(self, project, number).await
    }

    async fn open_issue(&self, project: &ProjectKey, title: &str) -> Result<Option<i64>, ForgeError> {
        like_github::open_issue(self, project, title).await
    }

    async fn create_issue(&self, project: &ProjectKey, title: &str, text: &str) -> Result<i64, ForgeError> {
        like_github::create_issue(self, project, title, text).await
    }

    async fn resolve(&self, project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Commit {
            sha: String,
        }
        let query = [("stat", "false"), ("files", "false"), ("verification", "false")];
        let answer = self.get(project, &["git", "commits", revision], &query).await?;
        if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY) {
            return Ok(None);
        }
        let Commit { sha } = answer.json()?;
        Ok(Some(sha))
    }

    async fn latest_release(&self, project: &ProjectKey) -> Result<Option<String>, ForgeError> {
        like_github::latest_release(self, project).await
    }

    async fn pull_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError> {
        let answer = self.get(project, &["pulls", &number.to_string()], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let PullRequest { head, base, user, labels } = answer.json()?;
        Ok(Some(PullRequestHead {
            hash: head.sha,
            target_branch: base.branch,
            author: user.map(|account| account.login),
            source: head.repo.map(|repository| repository.full_name.at(&self.host)),
            labels: labels.unwrap_or_default().into_iter().map(|label| label.name).collect(),
        }))
    }

    fn shows(&self) -> Shows {
        Shows::Statuses
    }

    /// A fork's commit has its status in the fork, as with Packit; Forgejo shows it at the pull request from there.
    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        let project = match status.pull_request {
            None => at.project.clone(),
            Some(number) => match self.pull_request(&at.project, number).await? {
                None => at.project.clone(),
                Some(head) => head.source.ok_or_else(|| {
                    let gone = format!("the repository that pull request {number} comes from is gone");
                    ForgeError::Refused(gone)
                })?,
            },
        };
        let body = json!({
            "state": status.state.of_four(),
            "context": status.context,
            "description": cut(&status.description, LONGEST_DESCRIPTION),
            "target_url": status.target_url,
        });
        let answer = self.call(Method::POST, &project, &["statuses", &at.hash], &[], Some(body)).await?;
        if answer.status == StatusCode::CREATED { Ok(()) } else { Err(answer.refused()) }
    }

    async fn react(&self, project: &ProjectKey, thread: &Thread, comment: u64) -> Result<(), ForgeError> {
        comments::react(self, project, thread, comment).await
    }

    async fn find_comment(
        &self,
        project: &ProjectKey,
        thread: &Thread,
        marker: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError> {
        comments::find(self, project, thread, marker, since).await
    }

    async fn comment(&self, project: &ProjectKey, thread: &Thread, text: &str) -> Result<(), ForgeError> {
        comments::add(self, project, thread, text).await
    }

    async fn check(&self) -> Result<String, ForgeError> {
        let call = Call { method: Method::GET, path: &["user"], query: &[], body: None, token: &self.token };
        let Account { login } = self.http.send(call).await?.json()?;
        Ok(format!("it knows us as {}", one_line(&login, 100)))
    }
}
