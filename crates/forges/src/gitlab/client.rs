//! GitLab's HTTP API as a [`Forge`] (`docs/contracts.md` 2.1).

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;

use super::{comments, files, issues, statuses};
use crate::address::ProjectPath;
use crate::http::{self, Answer, Call, Dialect, Http, InvalidSettings};
use crate::text::one_line;
use crate::{CommitAt, File, Forge, ForgeError, Permission, PullRequestHead, Shows, Status, Thread};

/// How GitLab is spoken to.
const DIALECT: Dialect =
    Dialect { scheme: "Bearer", headers: &[("Accept", "application/json")], forms: false };
/// Members that are listed at once, the most that GitLab gives.
const PAGE: &str = "100";
/// Pages that are looked through at most.
const MOST_PAGES: usize = 20;

/// A client of one GitLab: gitlab.com, or any other server.
#[derive(Debug)]
pub struct GitlabClient {
    host: String,
    http: Http,
    token: SecretString,
}

impl GitlabClient {
    /// A client for the projects of `host` (`gitlab.com`) whose API is at `api_url` (`https://gitlab.com/api/v4`). The
    /// token, a person's, a group's or a project's, is sent to that address alone.
    pub fn new(host: &str, api_url: &str, token: SecretString) -> Result<Self, InvalidSettings> {
        let http = Http::new(api_url, &DIALECT)?;
        Ok(Self { host: host.to_ascii_lowercase(), http, token })
    }

    /// Makes a call about a project: the path goes on after `/projects/{namespace/name}`.
    pub(super) async fn call(
        &self,
        method: Method,
        project: &ProjectKey,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        http::of_host(project, &self.host)?;
        // One part of the address, in which the slashes are encoded.
        let name = format!("{}/{}", project.namespace, project.name);
        let parts: Vec<&str> = ["projects", &name].into_iter().chain(path.iter().copied()).collect();
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

    /// Asks something that belongs to no project that is known by name.
    async fn ask(&self, path: &[&str]) -> Result<Answer, ForgeError> {
        let token = &self.token;
        self.http.send(Call { method: Method::GET, path, query: &[], body: None, token }).await
    }

    /// A merge request; none if there is no such.
    pub(super) async fn merge_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<MergeRequest>, ForgeError> {
        let answer = self.get(project, &["merge_requests", &number.to_string()], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.json().map(Some)
    }

    /// The project that a merge request's commits come from; none if it was deleted, or is not ours to see.
    pub(super) async fn source(
        &self,
        project: &ProjectKey,
        merge_request: &MergeRequest,
    ) -> Result<Option<ProjectKey>, ForgeError> {
        #[derive(Deserialize)]
        struct Project {
            path_with_namespace: ProjectPath,
        }
        let Some(source) = merge_request.source_project_id else { return Ok(None) };
        if source == merge_request.target_project_id {
            return Ok(Some(project.clone()));
        }
        let answer = self.ask(&["projects", &source.to_string()]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let Project { path_with_namespace } = answer.json()?;
        Ok(Some(path_with_namespace.at(&self.host)))
    }
}

/// A merge request as GitLab tells of it.
#[derive(Deserialize)]
pub(super) struct MergeRequest {
    sha: Option<String>,
    target_branch: String,
    author: Option<Account>,
    source_project_id: Option<u64>,
    target_project_id: u64,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct Account {
    username: String,
}

/// What an access level lets its holder do: 30 is a developer, 40 a maintainer, 50 an owner.
fn permission(access_level: u32) -> Permission {
    match access_level {
        40.. => Permission::Admin,
        30.. => Permission::Write,
        10.. => Permission::Read,
        _ => Permission::None,
    }
}

#[async_trait]
impl Forge for GitlabClient {
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
        struct Member {
            username: String,
            access_level: u32,
            #[serde(default)]
            state: String,
        }
        // Those of the groups above it count, too. The question is answered by whatever begins like it.
        let mut page = "1".to_owned();
        for _ in 0..MOST_PAGES {
            let query = [("query", account), ("per_page", PAGE), ("page", page.as_str())];
            let answer = self.get(project, &["members", "all"], &query).await?;
            let next = answer.header("x-next-page").map(str::to_owned);
            let members: Vec<Member> = answer.json()?;
            let own = members.iter().filter(|member| {
                member.username.eq_ignore_ascii_case(account)
                    && matches!(member.state.as_str(), "active" | "")
            });
            if let Some(found) = own.map(|member| permission(member.access_level)).max() {
                return Ok(found);
            }
            match next {
                Some(next) => page = next,
                // Who is no member may read what is public, as everybody may.
                None => return Ok(Permission::None),
            }
        }
        Err(ForgeError::Refused(format!("too many members of {project} have names like {account}")))
    }

    async fn issue_text(&self, project: &ProjectKey, number: i64) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Issue {
            description: Option<String>,
        }
        let answer = self.get(project, &["issues", &number.to_string()], &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let Issue { description } = answer.json()?;
        Ok(Some(description.unwrap_or_default()))
    }

    async fn open_issue(&self, project: &ProjectKey, title: &str) -> Result<Option<i64>, ForgeError> {
        issues::open(self, project, title).await
    }

    async fn create_issue(&self, project: &ProjectKey, title: &str, text: &str) -> Result<i64, ForgeError> {
        issues::create(self, project, title, text).await
    }

    async fn resolve(&self, project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Commit {
            id: String,
        }
        let answer = self.get(project, &["repository", "commits", revision], &[("stats", "false")]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let Commit { id } = answer.json()?;
        Ok(Some(id))
    }

    async fn latest_release(&self, project: &ProjectKey) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Release {
            tag_name: String,
        }
        let answer = self.get(project, &["releases"], &[("per_page", "1")]).await?;
        // Where a project has no releases at all, GitLab may hide the list.
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let releases: Vec<Release> = answer.json()?;
        Ok(releases.into_iter().next().map(|release| release.tag_name))
    }

    async fn pull_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError> {
        let Some(merge_request) = self.merge_request(project, number).await? else { return Ok(None) };
        let source = self.source(project, &merge_request).await?;
        let Some(hash) = merge_request.sha else { return Ok(None) };
        Ok(Some(PullRequestHead {
            hash,
            target_branch: merge_request.target_branch,
            author: merge_request.author.map(|account| account.username),
            source,
            labels: merge_request.labels,
        }))
    }

    fn shows(&self) -> Shows {
        Shows::Statuses
    }

    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        statuses::set(self, at, status).await
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
        let Account { username } = self.ask(&["user"]).await?.json()?;
        Ok(format!("it knows us as {}", one_line(&username, 100)))
    }
}
