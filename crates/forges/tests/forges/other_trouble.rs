//! What goes wrong between us and GitLab, Forgejo and Pagure: nothing is believed that was not said, and credentials go nowhere.

use std::sync::Arc;

use domain::words::ProjectKey;
use forges::forgejo::ForgejoClient;
use forges::gitlab::GitlabClient;
use forges::pagure::PagureClient;
use forges::{CommitAt, Forge, Permission, Status, StatusState, Thread};
use serde_json::json;

use crate::support::{Seen, Server, Told, outage, refusal, told};

const HOST: &str = "forge.example";

/// A client of each at this address.
fn clients(url: &str) -> Vec<Arc<dyn Forge>> {
    vec![
        Arc::new(GitlabClient::new(HOST, url, "secret-token".into()).unwrap()),
        Arc::new(ForgejoClient::new(HOST, url, "secret-token".into()).unwrap()),
        Arc::new(PagureClient::new(HOST, url, "secret-token".into()).unwrap()),
    ]
}

fn project() -> ProjectKey {
    ProjectKey::new(HOST, "packit", "hello")
}

fn at() -> CommitAt {
    CommitAt { project: project(), hash: "7cf6d0cbeca285ecbeb19a0067cb243783b3c768".to_owned() }
}

fn status(pull_request: Option<i64>) -> Status {
    Status {
        context: "rpm-build:fedora-43-x86_64".to_owned(),
        state: StatusState::Error,
        description: "x".repeat(200),
        target_url: Some("https://packflow.example/targets/1".to_owned()),
        pull_request,
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = Server::start(|_| told(200, "{}")).await;
    let target = elsewhere.url.clone();
    let server = Server::start(move |_| told(302, "").header("Location", format!("{target}/steal"))).await;
    for client in clients(&server.url) {
        let reason = refusal(client.configuration(&at()).await);
        assert!(reason.contains("another host"), "{reason}");
        refusal(client.permission(&project(), "alice").await);
        refusal(client.set_status(&at(), &status(None)).await);
        refusal(client.comment(&project(), &Thread::PullRequest(7), "text").await);
    }
    assert!(elsewhere.calls().is_empty(), "{:?}", elsewhere.calls());
}

#[tokio::test]
async fn projects_of_other_hosts_are_not_asked_about() {
    let server = Server::start(|_| told(200, "{}")).await;
    let foreign = ProjectKey::new("127.0.0.1", "packit", "hello");
    let foreign_at = CommitAt { project: foreign.clone(), ..at() };
    for client in clients(&server.url) {
        assert!(
            refusal(client.configuration(&foreign_at).await).contains("is not a project of forge.example")
        );
        refusal(client.spec_files(&foreign_at).await);
        refusal(client.permission(&foreign, "alice").await);
        refusal(client.resolve(&foreign, "main").await);
        refusal(client.pull_request(&foreign, 1).await);
        refusal(client.set_status(&foreign_at, &status(Some(1))).await);
        refusal(client.comment(&foreign, &Thread::PullRequest(7), "text").await);
        // A name that would lead elsewhere in the address is none.
        let climbing = CommitAt { project: ProjectKey::new(HOST, "..", ".."), ..at() };
        if !format!("{client:?}").starts_with("Gitlab") {
            refusal(client.configuration(&climbing).await);
        }
    }
    assert!(server.calls().is_empty(), "{:?}", server.calls());
}

#[tokio::test]
async fn limits_and_outages_are_put_off() {
    for (code, header) in [(429, Some("retry-after")), (503, None), (500, None)] {
        let server = Server::start(move |_| {
            let told = told(code, json!({"message": "later"}));
            header.map_or(Told { headers: Vec::new(), ..told }, |name| Told {
                status: code,
                headers: vec![(name.to_owned(), "7".to_owned())],
                body: "{}".to_owned(),
            })
        })
        .await;
        for client in clients(&server.url) {
            let (_, wait) = outage(client.permission(&project(), "alice").await);
            assert_eq!(wait.map(|wait| wait.as_secs()), header.map(|_| 7));
            outage(client.set_status(&at(), &status(None)).await);
        }
    }
}

#[tokio::test]
async fn where_our_token_is_not_taken_what_is_asked_waits_for_an_operator() {
    let server = Server::start(|_| told(401, json!({"message": "401 Unauthorized"}))).await;
    for client in clients(&server.url) {
        let waits = [
            outage(client.configuration(&at()).await),
            outage(client.permission(&project(), "alice").await),
            outage(client.resolve(&project(), "main").await),
            outage(client.set_status(&at(), &status(None)).await),
            outage(client.comment(&project(), &Thread::PullRequest(7), "text").await),
            outage(client.check().await),
        ];
        for (reason, _) in waits {
            assert!(reason.ends_with("our credentials are not taken; an operator renews them"), "{reason}");
        }
    }
}

/// Whatever answers in a forge's place says nothing about the files of a commit.
#[tokio::test]
async fn a_yes_that_cannot_be_read_is_no_answer_about_the_configuration() {
    for body in ["<html>We are back soon</html>", "null", "{}", ""] {
        let server = Server::start(move |seen| match seen.call.as_str() {
            "GET /api/0/packit/hello/git/branches" => told(200, json!({"default": "main"})),
            _ => told(200, body).header("content-type", "text/html; charset=utf-8"),
        })
        .await;
        for client in clients(&server.url) {
            let (reason, _) = outage(client.configuration(&at()).await);
            assert!(reason.contains("the answer is not understood"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_called_like_a_configuration_is_no_file() {
    let server = Server::start(|_| told(200, json!([{"type": "file", "name": "x"}]))).await;
    let client = ForgejoClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    assert_eq!(refusal(client.configuration(&at()).await), "`.packit.yaml` is not a file");
}

#[tokio::test]
async fn a_missing_commit_is_not_a_missing_configuration() {
    let server = Server::start(|_| told(404, json!({"message": "404 Commit Not Found"}))).await;
    for client in clients(&server.url).into_iter().take(2) {
        assert!(refusal(client.configuration(&at()).await).contains("has no commit"));
    }
}

#[tokio::test]
async fn gitlab_is_told_again_what_it_knows_already_and_that_is_fine() {
    let cannot = json!({"message": "Cannot transition status via :enqueue from :pending (Reason(s): ...)"});
    let server = Server::start(move |_| told(400, &cannot)).await;
    let client = GitlabClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    client.set_status(&at(), &status(None)).await.unwrap();
    let body = &server.seen()[0].body;
    assert_eq!((&body["state"], &body["name"]), (&json!("failed"), &json!("rpm-build:fedora-43-x86_64")));
    assert_eq!(body["description"].as_str().unwrap().chars().count(), 140);
    let server = Server::start(|_| told(400, json!({"message": "state does not have a valid value"}))).await;
    let client = GitlabClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    assert!(refusal(client.set_status(&at(), &status(None)).await).contains("valid value"));
}

/// GitLab's answers about merge request 7, which comes from a project with this number.
fn from_fork(seen: &Seen) -> Told {
    match seen.call.as_str() {
        "GET /projects/packit%2Fhello/merge_requests/7" => told(
            200,
            json!({"sha": at().hash, "target_branch": "main", "author": {"username": "bob"}, "source_project_id": 2,
                "target_project_id": 1, "labels": []}),
        ),
        "GET /projects/2" => told(200, json!({"path_with_namespace": "bob/hello"})),
        call if call.starts_with("POST /projects/bob%2Fhello/statuses/") => told(201, "{}"),
        _ => told(403, json!({"message": "403 Forbidden"})),
    }
}

#[tokio::test]
async fn gitlab_has_a_forks_statuses_in_the_fork() {
    let server = Server::start(from_fork).await;
    let client = GitlabClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    client.set_status(&at(), &status(Some(7))).await.unwrap();
    let head = client.pull_request(&project(), 7).await.unwrap().unwrap();
    assert_eq!(head.source, Some(ProjectKey::new(HOST, "bob", "hello")));
    assert!(refusal(client.set_status(&at(), &status(None)).await).contains("403 Forbidden"));
}

#[tokio::test]
async fn a_pagure_reads_its_configuration_from_the_default_branch() {
    let server = Server::start(|seen| match seen.call.as_str() {
        "GET /api/0/rpms/hello/git/branches" => {
            told(200, json!({"branches": ["f42", "rawhide"], "default": "rawhide"}))
        }
        "GET /rpms/hello/raw/rawhide/f/packit.yaml" => told(200, "jobs: []\n"),
        call if call == format!("GET /rpms/hello/raw/{}/f/.packit.yaml", at().hash) => {
            told(200, "proposed\n")
        }
        "GET /api/0/rpms/hello/tree/rawhide" => told(
            200,
            json!({"content": [{"path": "hello.spec", "type": "file"}, {"path": "tests", "type": "folder"},
                {"path": "sources", "type": "file"}]}),
        ),
        "GET /api/0/rpms/hello/tree/rawhide/f/tests" => {
            told(200, json!({"content": [{"path": "tests/other.spec", "type": "file"}]}))
        }
        "GET /api/0/rpms/hello/git/branches?with_commits=true" => {
            told(200, json!({"branches": {"f42": at().hash}, "default": "rawhide"}))
        }
        "GET /api/0/rpms/hello/git/tags?with_commits=true" => told(200, json!({"tags": {"1.0": at().hash}})),
        _ => told(404, json!({"error": "Project not found"})),
    })
    .await;
    let client = PagureClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    let project = ProjectKey::new(HOST, "rpms", "hello");
    let at = CommitAt { project: project.clone(), ..at() };
    let file = client.configuration(&at).await.unwrap().unwrap();
    assert_eq!((file.path.as_str(), file.text.as_str()), ("packit.yaml", "jobs: []\n"));
    let proposed = client.proposed_configuration(&at).await.unwrap().unwrap();
    assert_eq!((proposed.path.as_str(), proposed.text.as_str()), (".packit.yaml", "proposed\n"));
    assert_eq!(client.spec_files(&at).await.unwrap(), ["hello.spec", "tests/other.spec"]);
    assert_eq!(client.resolve(&project, "f42").await.unwrap(), Some(at.hash.clone()));
    assert_eq!(client.resolve(&project, "refs/heads/f42").await.unwrap(), Some(at.hash.clone()));
    assert_eq!(client.resolve(&project, "refs/heads/1.0").await.unwrap(), None, "a tag is no branch");
    assert_eq!(client.resolve(&project, "refs/tags/1.0").await.unwrap(), Some(at.hash.clone()));
    assert_eq!(client.resolve(&project, "refs/tags/f42").await.unwrap(), None);
    assert!(refusal(client.permission(&project, "alice").await).contains("Project not found"));
}

#[tokio::test]
async fn the_text_of_an_issue_is_read() {
    let server = Server::start(|seen| match seen.call.as_str() {
        "GET /projects/packit%2Fhello/issues/3" => told(200, json!({"iid": 3, "description": "of GitLab"})),
        "GET /repos/packit/hello/issues/3" => told(200, json!({"number": 3, "body": "of Forgejo"})),
        _ => told(404, json!({"message": "not found"})),
    })
    .await;
    let texts = [Some("of GitLab"), Some("of Forgejo"), None];
    for (client, expected) in clients(&server.url).into_iter().zip(texts) {
        assert_eq!(client.issue_text(&project(), 3).await.unwrap().as_deref(), expected);
        assert_eq!(client.issue_text(&project(), 4).await.unwrap(), None);
        assert_eq!(client.is_dist_git(), expected.is_none(), "a Pagure is a dist-git");
    }
    let github = forges::github::Credentials::Token("secret-token".into());
    let github = forges::github::GithubClient::new(HOST, &server.url, github).unwrap();
    assert_eq!(github.issue_text(&project(), 3).await.unwrap().as_deref(), Some("of Forgejo"));
}

#[tokio::test]
async fn forgejo_knows_owners() {
    let server = Server::start(|_| told(200, json!({"permission": "owner"}))).await;
    let client = ForgejoClient::new(HOST, &server.url, "secret-token".into()).unwrap();
    assert_eq!(client.permission(&project(), "alice").await.unwrap(), Permission::Admin);
    let shown = format!("{client:?}");
    assert!(!shown.contains("secret-token"), "{shown}");
}
