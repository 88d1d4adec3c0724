//! Pagure's HTTP API as a [`Forge`] (`docs/contracts.md` 2.3).

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{access, files, flags};
use crate::address::ProjectAddress;
use crate::http::{self, Answer, Call, Dialect, Http, InvalidSettings};
use crate::text::one_line;
use crate::{CommitAt, File, Forge, ForgeError, Permission, PullRequestHead, Shows, Status, Thread};

/// How Pagure is spoken to: what it is told, it takes as forms.
const DIALECT: Dialect = Dialect { scheme: "token", headers: &[], forms: true };
/// The parts of an address before those of a project.
const API: [&str; 2] = ["api", "0"];

/// A client of one Pagure.
#[derive(Debug)]
pub struct PagureClient {
    host: String,
    http: Http,
    token: SecretString,
}

impl PagureClient {
    /// A client for the projects of `host` (`src.fedoraproject.org`), which is at `url` (`https://src.fedoraproject.org`):
    /// its API is below that, and so are its files. The token is sent to that address alone.
    pub fn new(host: &str, url: &str, token: SecretString) -> Result<Self, InvalidSettings> {
        let http = Http::new(url, &DIALECT)?;
        Ok(Self { host: host.to_ascii_lowercase(), http, token })
    }

    /// Makes a call about a project: the path goes on after its name.
    pub(super) async fn call(
        &self,
        method: Method,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        let own = self.parts(project)?;
        let parts: Vec<&str> = own.iter().copied().chain(path.iter().copied()).collect();
        self.send(method, &parts, query, body).await
    }

    pub(super) async fn get(
        &self,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, ForgeError> {
        self.call(Method::GET, project, path, query, None).await
    }

    /// Asks for a file's text: that is not part of the API.
    pub(super) async fn raw(
        &self,
        project: &ProjectKey,
        branch: &str,
        path: &str,
    ) -> Result<Answer, ForgeError> {
        let mut parts = self.parts(project)?;
        parts.extend(["raw", branch, "f"]);
        parts.extend(path.split('/'));
        let call = Call { method: Method::GET, path: &parts, query: &[], body: None, token: &self.token };
        self.http.send(call).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        let parts: Vec<&str> = API.iter().copied().chain(path.iter().copied()).collect();
        self.http.send(Call { method, path: &parts, query, body, token: &self.token }).await
    }

    fn parts<'a>(&self, project: &'a ProjectKey) -> Result<Vec<&'a str>, ForgeError> {
        http::of_host(project, &self.host)?;
        Ok(project.namespace.split('/').chain([project.name.as_str()]).collect())
    }

    /// A pull request with its comments; none if there is no such.
    pub(super) async fn opened(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<Opened>, ForgeError> {
        let answer = self.get(project, &["pull-request", &number.to_string()], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.json().map(Some)
    }
}

/// A pull request as Pagure tells of it.
#[derive(Deserialize)]
pub(super) struct Opened {
    branch: String,
    commit_stop: Option<String>,
    repo_from: Option<Source>,
    user: Option<Account>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
struct Source {
    /// Older ones have the path alone.
    url_path: Option<String>,
    full_url: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    name: String,
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
    comment: String,
    date_created: String,
}

impl Comment {
    fn is_not_older_than(&self, since: DateTime<Utc>) -> bool {
        self.date_created.parse::<i64>().is_ok_and(|seconds| seconds >= since.timestamp())
    }
}

impl Source {
    fn project(&self, host: &str) -> Option<ProjectKey> {
        let url = match (&self.full_url, &self.url_path) {
            (Some(url), _) => url.clone(),
            (None, Some(path)) => format!("https://{host}/{path}"),
            (None, None) => return None,
        };
        ProjectAddress::try_from(url).ok()?.at(host).ok()
    }
}

#[async_trait]
impl Forge for PagureClient {
    fn host(&self) -> &str {
        &self.host
    }

    async fn configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        files::configuration(self, &at.project).await
    }

    async fn proposed_configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        files::configuration_at(self, &at.project, &at.hash).await
    }

    async fn spec_files(&self, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
        files::spec_files(self, &at.project).await
    }

    async fn permission(&self, project: &ProjectKey, account: &str) -> Result<Permission, ForgeError> {
        access::permission(self, project, account).await
    }

    /// The only ones that are served: a Pagure is Fedora's dist-git.
    fn is_dist_git(&self) -> bool {
        true
    }

    /// Groups are those of the whole Pagure, such as Fedora's `packager`.
    async fn is_member(&self, group: &str, account: &str) -> Result<bool, ForgeError> {
        #[derive(Deserialize)]
        struct Group {
            members: Vec<String>,
        }
        let Group { members } = self.send(Method::GET, &["group", group], &[], None).await?.json()?;
        Ok(members.iter().any(|member| member == account))
    }

    async fn resolve(&self, project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Commit {
            hash: String,
        }
        let whole = |folder| revision.strip_prefix(folder);
        let lists = [
            ("branches", ["git", "branches"], whole("refs/heads/")),
            ("tags", ["git", "tags"], whole("refs/tags/")),
        ];
        let is_whole = lists.iter().any(|(.., whole)| whole.is_some());
        for (list, path, whole) in lists {
            if is_whole && whole.is_none() {
                continue;
            }
            let answer = self.get(project, &path, &[("with_commits", "true")]).await?;
            let mut lists: BTreeMap<String, serde_json::Value> = answer.json()?;
            let found = lists
                .remove(list)
                .and_then(|mut names| names.get_mut(whole.unwrap_or(revision)).map(serde_json::Value::take));
            if let Some(serde_json::Value::String(hash)) = found {
                return Ok(Some(hash));
            }
        }
        if is_whole {
            return Ok(None);
        }
        let answer = self.get(project, &["c", revision, "info"], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let Commit { hash } = answer.json()?;
        Ok(Some(hash))
    }

    async fn pull_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError> {
        let Some(opened) = self.opened(project, number).await? else { return Ok(None) };
        let Some(hash) = opened.commit_stop else { return Ok(None) };
        Ok(Some(PullRequestHead {
            hash,
            target_branch: opened.branch,
            author: opened.user.map(|account| account.name),
            source: opened.repo_from.and_then(|source| source.project(&self.host)),
            labels: opened.tags,
        }))
    }

    fn shows(&self) -> Shows {
        Shows::Statuses
    }

    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        flags::set(self, at, status).await
    }

    /// Pagure's API has no reactions.
    async fn react(&self, _: &ProjectKey, _: &Thread, _: u64) -> Result<(), ForgeError> {
        Ok(())
    }

    async fn find_comment(
        &self,
        project: &ProjectKey,
        thread: &Thread,
        marker: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError> {
        let opened = self.opened(project, pull_request_of(thread)?).await?;
        let comments = opened.map(|opened| opened.comments).unwrap_or_default();
        let mut ours = comments
            .iter()
            .filter(|comment| comment.is_not_older_than(since) && comment.comment.contains(marker));
        Ok(ours.next().map(|comment| comment.id))
    }

    async fn comment(&self, project: &ProjectKey, thread: &Thread, text: &str) -> Result<(), ForgeError> {
        let number = pull_request_of(thread)?.to_string();
        let path = ["pull-request", &number, "comment"];
        self.call(Method::POST, project, &path, &[], Some(json!({"comment": text}))).await?.success()?;
        Ok(())
    }

    async fn check(&self) -> Result<String, ForgeError> {
        #[derive(Deserialize)]
        struct WhoAmI {
            username: String,
        }
        let WhoAmI { username } = self.send(Method::POST, &["-", "whoami"], &[], None).await?.json()?;
        Ok(format!("it knows us as {}", one_line(&username, 100)))
    }
}

/// The pull request of a thread: there are no others here.
fn pull_request_of(thread: &Thread) -> Result<i64, ForgeError> {
    match thread {
        Thread::PullRequest(number) => Ok(*number),
        Thread::Issue(_) => Err(ForgeError::Refused("issues of Pagure are not served".to_owned())),
        Thread::Commit(_) => Err(ForgeError::Refused("Pagure has no comments at commits".to_owned())),
    }
}
