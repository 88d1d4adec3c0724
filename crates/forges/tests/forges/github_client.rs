//! What the client asks of GitHub, and what it makes of the answers.

use forges::{Forge, Permission, Status, StatusState};
use serde_json::json;

use crate::support::{Server, at, hash, not_found, project, refusal, told};

#[tokio::test]
async fn the_first_configuration_that_exists_is_read() {
    let server = Server::start(|seen| {
        if seen.call.contains("/contents/packit.yaml?") {
            // "žluť: 1\n", in two lines as GitHub writes it
            return told(
                200,
                json!({"type": "file", "encoding": "base64", "content": "xb5sdcWl\nOiAxCg==\n"}),
            );
        }
        not_found()
    })
    .await;
    let file = server.with_token().configuration(&at()).await.unwrap().unwrap();
    assert_eq!((file.path.as_str(), file.text.as_str()), ("packit.yaml", "žluť: 1\n"));
    let hash = hash();
    let expected = [".packit.yaml", ".packit.yml", "packit.yaml"]
        .map(|name| format!("GET /repos/packit/hello-world/contents/{name}?ref={hash}"));
    assert_eq!(server.calls(), expected);
    assert!(server.seen().iter().all(|seen| seen.token == "personal"));
}

#[tokio::test]
async fn no_configuration_is_not_the_same_as_no_commit() {
    let server = Server::start(|_| not_found()).await;
    assert_eq!(server.with_token().configuration(&at()).await.unwrap(), None);
    assert_eq!(server.calls().len(), 4);

    let server = Server::start(|_| told(404, json!({"message": "No commit found for the ref 7cf6"}))).await;
    assert!(refusal(server.with_token().configuration(&at()).await).contains("No commit found"));
}

#[tokio::test]
async fn a_configuration_that_is_no_text_file_is_refused() {
    let cases = [
        (json!([{"type": "file", "name": "x"}]), "`.packit.yaml` is not a file"),
        (json!({"type": "submodule", "name": ".packit.yaml"}), "`.packit.yaml` is not a file"),
        (json!({"type": "file", "encoding": "none", "content": ""}), "`.packit.yaml` is larger than 1 MB"),
        (
            json!({"type": "file", "encoding": "base64", "content": "/w=="}),
            "`.packit.yaml` is not UTF-8 text",
        ),
        (json!({"type": "file", "encoding": "base64", "content": "!"}), "`.packit.yaml` is not UTF-8 text"),
    ];
    for (body, expected) in cases {
        let server = Server::start(move |_| told(200, &body)).await;
        assert_eq!(refusal(server.with_token().configuration(&at()).await), expected);
    }
}

#[tokio::test]
async fn spec_files_are_found_in_the_whole_tree() {
    let tree = json!({"truncated": false, "tree": [
        {"path": "fedora/hello.spec", "type": "blob"},
        {"path": "README.md", "type": "blob"},
        {"path": "old.spec", "type": "tree"},
        {"path": "a.spec", "type": "blob"},
        {"path": "vendored.spec", "type": "commit"},
    ]});
    let server = Server::start(move |_| told(200, &tree)).await;
    assert_eq!(server.with_token().spec_files(&at()).await.unwrap(), ["a.spec", "fedora/hello.spec"]);
    assert_eq!(server.calls(), [format!("GET /repos/packit/hello-world/git/trees/{}?recursive=1", hash())]);
}

#[tokio::test]
async fn a_truncated_tree_is_not_taken_for_the_whole() {
    let server = Server::start(|_| told(200, json!({"truncated": true, "tree": []}))).await;
    assert!(refusal(server.with_token().spec_files(&at()).await).contains("name `specfile_path`"));
}

#[tokio::test]
async fn permissions_are_read_and_unknown_accounts_have_none() {
    let server = Server::start(|seen| match seen.call.split('/').rev().nth(1) {
        Some("stranger") => not_found(),
        Some(word) => told(200, json!({"permission": word})),
        None => not_found(),
    })
    .await;
    let client = server.with_token();
    for (account, expected) in [
        ("admin", Permission::Admin),
        ("write", Permission::Write),
        ("read", Permission::Read),
        ("none", Permission::None),
        ("stranger", Permission::None),
    ] {
        assert_eq!(client.permission(&project(), account).await.unwrap(), expected, "{account}");
    }
    assert!(
        refusal(client.permission(&project(), "emperor").await).contains("`emperor` is not a permission")
    );
}

#[tokio::test]
async fn a_revision_is_resolved_whatever_it_is_called() {
    let server = Server::start(|seen| match seen.call.split_once("/commits/").map(|(_, rest)| rest) {
        Some("gone?per_page=1") => not_found(),
        Some("v0?per_page=1") => told(422, json!({"message": "No commit found for SHA: v0"})),
        _ => told(200, json!({"sha": hash(), "files": []})),
    })
    .await;
    let client = server.with_token();
    assert_eq!(client.resolve(&project(), "feature/a b?c#d%").await.unwrap(), Some(hash()));
    assert_eq!(client.resolve(&project(), "gone").await.unwrap(), None);
    assert_eq!(client.resolve(&project(), "v0").await.unwrap(), None);
    let first = &server.calls()[0];
    assert_eq!(first, "GET /repos/packit/hello-world/commits/feature%2Fa%20b%3Fc%23d%25?per_page=1");
}

#[tokio::test]
async fn a_pull_request_is_asked_for_its_head() {
    let server = Server::start(|seen| match seen.call.as_str() {
        "GET /repos/packit/hello-world/pulls/9" => {
            told(200, json!({"head": {"sha": hash()}, "base": {"ref": "main"}, "user": {"login": "phracek"}}))
        }
        "GET /repos/packit/hello-world/pulls/8" => {
            told(200, json!({"head": {"sha": hash()}, "base": {"ref": "main"}, "user": null}))
        }
        _ => not_found(),
    })
    .await;
    let client = server.with_token();
    let head = client.pull_request(&project(), 9).await.unwrap().unwrap();
    assert_eq!((head.hash, head.target_branch.as_str()), (hash(), "main"));
    assert_eq!(head.author.as_deref(), Some("phracek"));
    assert_eq!(client.pull_request(&project(), 8).await.unwrap().unwrap().author, None);
    assert_eq!(client.pull_request(&project(), 7).await.unwrap(), None);
}

#[tokio::test]
async fn a_status_is_set_with_a_description_that_fits() {
    let server = Server::start(|_| told(201, json!({"id": 1}))).await;
    let status = Status {
        context: "packflow".to_owned(),
        state: StatusState::Pending,
        description: "ž".repeat(141),
        target_url: Some("https://packflow.example/events/1".to_owned()),
        pull_request: None,
    };
    server.with_token().set_status(&at(), &status).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.call, format!("POST /repos/packit/hello-world/statuses/{}", hash()));
    let expected = json!({
        "state": "pending",
        "context": "packflow",
        "description": format!("{}…", "ž".repeat(139)),
        "target_url": "https://packflow.example/events/1",
    });
    assert_eq!(seen.body, expected);
}
