//! GitHub's HTTP API as a [`Forge`] (`docs/contracts.md` 1.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::event::CheckApp;
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;

use super::app_token::AppKey;
use super::checks;
use super::comments;
use super::files;
use super::installations::Installations;
use crate::http::{self, Answer, Call, Dialect, Http, InvalidSettings};
use crate::like_github::{self, Calls};
use crate::text::{cut, one_line};
use crate::{
    Check, CommitAt, File, Forge, ForgeError, KnownCheck, Permission, PullRequestHead, Shows, Status, Thread,
};

/// How GitHub is spoken to.
pub(super) const DIALECT: Dialect = Dialect {
    scheme: "Bearer",
    headers: &[("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")],
    forms: false,
};
/// The most characters that a status's description may have.
const LONGEST_DESCRIPTION: usize = 140;

/// How a client proves who it is.
#[derive(Debug)]
pub enum Credentials {
    /// A GitHub App: it acts where it is installed.
    App {
        /// The App's id (or client id) as its page shows it.
        id: String,
        /// Its private key.
        key: AppKey,
    },
    /// A personal access token, the same everywhere. It cannot ask for missed deliveries.
    Token(SecretString),
}

/// A client of one GitHub: github.com, an Enterprise server, or whatever speaks like it.
#[derive(Debug)]
pub struct GithubClient {
    host: String,
    pub(super) http: Http,
    pub(super) access: Access,
}

/// The credentials with what was made of them.
#[derive(Debug)]
pub(super) enum Access {
    App(Box<Installations>),
    Token(Arc<SecretString>),
}

impl GithubClient {
    /// A client for the projects of `host` (`github.com`) whose API is at `api_url` (`https://api.github.com`; an
    /// Enterprise server's is `https://HOST/api/v3`). Credentials are sent to that address alone.
    pub fn new(host: &str, api_url: &str, credentials: Credentials) -> Result<Self, InvalidSettings> {
        let http = Http::new(api_url, &DIALECT)?;
        let access = match credentials {
            Credentials::App { id, key } => Access::App(Box::new(Installations::new(id, key))),
            Credentials::Token(token) => Access::Token(Arc::new(token)),
        };
        Ok(Self { host: host.to_ascii_lowercase(), http, access })
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
        let mut parts = vec!["repos", project.namespace.as_str(), project.name.as_str()];
        parts.extend(path);
        let call = |token| Call { method: method.clone(), path: &parts, query, body: body.clone(), token };
        match &self.access {
            Access::Token(token) => self.http.send(call(token)).await,
            Access::App(installations) => {
                let token = installations.token(&self.http, project).await?;
                let answer = self.http.send(call(&token)).await?;
                if answer.status != StatusCode::UNAUTHORIZED {
                    return Ok(answer);
                }
                // The token was revoked before its time: once more with a new one.
                installations.forget(project);
                let token = installations.token(&self.http, project).await?;
                self.http.send(call(&token)).await
            }
        }
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

/// What an App must be allowed to do (`docs/contracts.md` 1.5).
const NEEDED_PERMISSIONS: [(&str, &str); 5] = [
    ("metadata", "read"),
    ("contents", "read"),
    ("checks", "write"),
    ("issues", "write"),
    ("pull_requests", "write"),
];

/// What of it is not granted; whoever may write may read.
fn lacking(granted: &BTreeMap<String, String>) -> Vec<String> {
    let is_granted = |name: &str, level: &str| {
        granted.get(name).is_some_and(|given| given == level || given == "write" || given == "admin")
    };
    let needed = NEEDED_PERMISSIONS.iter().filter(|(name, level)| !is_granted(name, level));
    needed.map(|(name, level)| format!("{name}: {level}")).collect()
}

#[async_trait]
impl Calls for GithubClient {
    const PAGE: (&'static str, usize) = ("per_page", 100);

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
impl Forge for GithubClient {
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
        Permission::from_word(&permission).ok_or_else(|| {
            ForgeError::Refused(format!("`{}` is not a permission of GitHub", one_line(&permission, 60)))
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
        // The pages of a commit are of its files, which nobody here wants.
        let answer = self.get(project, &["commits", revision], &[("per_page", "1")]).await?;
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
        #[derive(Deserialize)]
        struct PullRequest {
            head: Head,
            base: Base,
            user: Option<Account>,
            #[serde(default)]
            labels: Vec<Label>,
        }
        #[derive(Deserialize)]
        struct Head {
            sha: String,
            repo: Option<Repository>,
        }
        #[derive(Deserialize)]
        struct Repository {
            full_name: String,
        }
        #[derive(Deserialize)]
        struct Label {
            name: String,
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
        let answer = self.get(project, &["pulls", &number.to_string()], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let PullRequest { head, base, user, labels } = answer.json()?;
        let source = head.repo.and_then(|source| {
            let (namespace, name) = source.full_name.split_once('/')?;
            Some(ProjectKey::new(&self.host, namespace, name))
        });
        Ok(Some(PullRequestHead {
            hash: head.sha,
            target_branch: base.branch,
            author: user.map(|account| account.login),
            source,
            labels: labels.into_iter().map(|label| label.name).collect(),
        }))
    }

    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        let body = serde_json::json!({
            "state": status.state.of_four(),
            "context": status.context,
            "description": cut(&status.description, LONGEST_DESCRIPTION),
            "target_url": status.target_url,
        });
        let answer = self.call(Method::POST, &at.project, &["statuses", &at.hash], &[], Some(body)).await?;
        // Any other yes is of a call that a redirect has turned into reading.
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

    fn shows(&self) -> Shows {
        match self.access {
            Access::App(_) => Shows::Checks,
            Access::Token(_) => Shows::Summary,
        }
    }

    fn is_our_app(&self, app: &CheckApp) -> bool {
        match &self.access {
            Access::App(installations) => {
                let ours = installations.app_id();
                app.id.to_string() == ours || app.client_id.as_deref() == Some(ours)
            }
            Access::Token(_) => false,
        }
    }

    async fn create_check(&self, at: &CommitAt, check: &Check) -> Result<String, ForgeError> {
        checks::create(self, at, check).await
    }

    async fn update_check(&self, project: &ProjectKey, id: &str, check: &Check) -> Result<(), ForgeError> {
        checks::update(self, project, id, check).await
    }

    async fn our_checks(&self, at: &CommitAt, name: &str) -> Result<Vec<KnownCheck>, ForgeError> {
        checks::ours(self, at, name).await
    }

    async fn check(&self) -> Result<String, ForgeError> {
        #[derive(Deserialize)]
        struct App {
            name: String,
            permissions: Option<BTreeMap<String, String>>,
        }
        match &self.access {
            Access::App(installations) => {
                let answer = installations.send(&self.http, Method::GET, &["app"], &[]).await?;
                let App { name, permissions } = answer.json()?;
                let lacking = permissions.map(|granted| lacking(&granted)).unwrap_or_default();
                if lacking.is_empty() {
                    Ok(format!("it knows us as the App `{}`", one_line(&name, 100)))
                } else {
                    Err(ForgeError::Refused(format!("the App lacks the permissions {}", lacking.join(", "))))
                }
            }
            Access::Token(token) => {
                // Any valid token may ask this, and it counts against no limit.
                let path = ["rate_limit"];
                let call = Call { method: Method::GET, path: &path, query: &[], body: None, token };
                self.http.send(call).await?.success()?;
                Ok("it takes our token".to_owned())
            }
        }
    }
}
