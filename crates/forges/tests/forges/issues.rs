//! Issues of ours on each forge that has some: opened once, found by their title, and told apart from what is listed with them.

use std::sync::{Arc, Mutex};

use domain::words::ProjectKey;
use forges::forgejo::ForgejoClient;
use forges::github::{Credentials, GithubClient};
use forges::gitlab::GitlabClient;
use forges::{Forge, Thread};
use serde_json::{Value, json};

use crate::support::{Server, refusal, told};

const HOST: &str = "forge.example";
const TITLE: &str = "[packit] Propose downstream failed for release 1.2.3";

fn project() -> ProjectKey {
    ProjectKey::new(HOST, "packit", "hello")
}

/// A forge that keeps issues under both names of their number, and lists what is not asked for beside them.
async fn server() -> Server {
    let kept: Mutex<Vec<Value>> = Mutex::default();
    Server::start(move |seen| {
        let mut kept = kept.lock().unwrap();
        let (method, path) = seen.call.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap();
        match (method, path.ends_with("/issues")) {
            ("POST", true) => {
                let number = kept.len() + 7;
                kept.push(
                    json!({"iid": number, "number": number, "state": "opened", "title": seen.body["title"],
                    "body": seen.body["body"], "description": seen.body["description"]}),
                );
                told(201, kept.last().unwrap())
            }
            ("GET", true) => {
                let mut listed = kept.clone();
                listed.insert(0, json!({"iid": 1, "number": 1, "title": format!("{TITLE} again")}));
                listed.insert(0, json!({"iid": 2, "number": 2, "title": "other", "pull_request": {}}));
                told(200, Value::Array(listed))
            }
            ("GET", false) => {
                let number: usize = path.rsplit('/').next().unwrap().parse().unwrap();
                kept.get(number - 7).map_or_else(|| told(404, "{}"), |issue| told(200, issue))
            }
            _ => told(404, "{}"),
        }
    })
    .await
}

fn clients(url: &str) -> [(&'static str, Arc<dyn Forge>); 3] {
    let personal = || Credentials::Token("secret-token".into());
    [
        ("gitlab", Arc::new(GitlabClient::new(HOST, url, "secret-token".into()).unwrap())),
        ("forgejo", Arc::new(ForgejoClient::new(HOST, url, "secret-token".into()).unwrap())),
        ("github", Arc::new(GithubClient::new(HOST, url, personal()).unwrap())),
    ]
}

#[tokio::test]
async fn an_issue_is_opened_and_found_again_by_its_title_alone() {
    let names = ["gitlab", "forgejo", "github"];
    for (place, name) in names.into_iter().enumerate() {
        let server = server().await;
        let (known, client) = clients(&server.url)[place].clone();
        assert_eq!(known, name);
        assert_eq!(
            client.open_issue(&project(), TITLE).await.unwrap(),
            None,
            "{name}: another title is another issue"
        );
        let number = client.create_issue(&project(), TITLE, "what failed").await.unwrap();
        assert_eq!(client.open_issue(&project(), TITLE).await.unwrap(), Some(number), "{name}");
        let text = client.issue_text(&project(), number).await.unwrap();
        assert_eq!(text.as_deref(), Some("what failed"), "{name}");
        let asked: Vec<String> =
            server.calls().into_iter().filter(|call| call.contains("/issues?")).collect();
        let only_open = if name == "gitlab" { "state=opened" } else { "state=open" };
        assert!(asked.iter().all(|call| call.contains(only_open)), "{name}: {asked:?}");
    }
}

/// GitLab and Forgejo take 255 letters for a title; a longer one is found by what was kept of it.
#[tokio::test]
async fn a_title_that_is_too_long_is_found_by_what_was_kept_of_it() {
    let server = server().await;
    let title = format!("{TITLE} {}", "ä".repeat(300));
    for (name, client) in clients(&server.url) {
        let number = client.create_issue(&project(), &title, "text").await.unwrap();
        assert!(
            client.open_issue(&project(), &title).await.unwrap().is_some_and(|found| found <= number),
            "{name}"
        );
    }
    let titles = server.seen().into_iter().filter_map(|seen| seen.body["title"].as_str().map(str::to_owned));
    assert!(titles.into_iter().all(|title| title.chars().count() <= 255));
}

#[tokio::test]
async fn a_forge_that_takes_no_issue_says_why() {
    let server = Server::start(|_| told(403, json!({"message": "Issues are disabled for this repo"}))).await;
    for (name, client) in clients(&server.url) {
        let reason = refusal(client.create_issue(&project(), TITLE, "text").await);
        assert!(reason.contains("Issues are disabled"), "{name}: {reason}");
        let thread = Thread::Issue(7);
        let reason = refusal(client.comment(&project(), &thread, "text").await);
        assert!(reason.contains("Issues are disabled"), "{name}: {reason}");
    }
}
