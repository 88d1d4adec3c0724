//! A folder as a forge.

use std::fs;

use domain::words::ProjectKey;
use forges::{CommitAt, FolderForge, Forge, ForgeError, Permission, Status, StatusState};
use tempfile::TempDir;

use crate::support::hash;

const OTHER_HASH: &str = "95069d7bedb6ae02def3fccce22169b412d08eac";

/// A forge with the project `packit/hello-world` and these files below its root.
fn forge(files: &[(&str, &str)]) -> (TempDir, FolderForge) {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("packit/hello-world")).unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let forge = FolderForge::new("forge.example", root.path());
    (root, forge)
}

fn project() -> ProjectKey {
    ProjectKey::new("forge.example", "packit", "hello-world")
}

fn at(hash: &str) -> CommitAt {
    CommitAt { project: project(), hash: hash.to_owned() }
}

#[tokio::test]
async fn a_commit_has_the_files_of_the_project_unless_it_has_its_own() {
    let own = format!("packit/hello-world@{OTHER_HASH}/packit.yml");
    let (_root, forge) = forge(&[("packit/hello-world/.packit.yaml", "common"), (&own, "own")]);
    let common = forge.configuration(&at(&hash())).await.unwrap().unwrap();
    assert_eq!((common.path.as_str(), common.text.as_str()), (".packit.yaml", "common"));
    let own = forge.configuration(&at(OTHER_HASH)).await.unwrap().unwrap();
    assert_eq!((own.path.as_str(), own.text.as_str()), ("packit.yml", "own"));
}

#[tokio::test]
async fn a_project_may_have_no_configuration_but_must_have_a_folder() {
    let (_root, forge) = forge(&[]);
    assert_eq!(forge.configuration(&at(&hash())).await.unwrap(), None);
    let missing = CommitAt { project: ProjectKey::new("forge.example", "packit", "ogr"), hash: hash() };
    assert!(matches!(forge.configuration(&missing).await, Err(ForgeError::Refused(_))));
}

#[tokio::test]
async fn spec_files_are_found_at_any_depth() {
    let (_root, forge) = forge(&[
        ("packit/hello-world/hello.spec", ""),
        ("packit/hello-world/fedora/a/hello.spec", ""),
        ("packit/hello-world/hello.spec.in", ""),
        ("packit/other/other.spec", ""),
    ]);
    assert_eq!(forge.spec_files(&at(&hash())).await.unwrap(), ["fedora/a/hello.spec", "hello.spec"]);
}

#[tokio::test]
async fn nothing_outside_the_root_is_read() {
    let commit_folder = format!("hello-world@{OTHER_HASH}");
    let (root, forge) = forge(&[("packit/hello-world/own.spec", "")]);
    fs::create_dir(root.path().join("packit").join(&commit_folder)).unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join(".packit.yaml"), "outside").unwrap();
    fs::write(outside.path().join("outside.spec"), "").unwrap();
    let link = root.path().join("packit/hello-world/.packit.yaml");
    std::os::unix::fs::symlink(outside.path().join(".packit.yaml"), link).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("packit/hello-world/linked")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("packit/linked")).unwrap();

    assert!(matches!(forge.configuration(&at(&hash())).await, Err(ForgeError::Refused(_))));
    assert_eq!(forge.spec_files(&at(&hash())).await.unwrap(), ["own.spec"]);
    for (namespace, name) in [
        ("packit", "linked"),
        ("packit", ".."),
        ("..", "packit"),
        ("packit/../..", "etc"),
        ("", "etc"),
        ("/", "etc"),
        ("packit", "a/b"),
        ("packit", "a\\b"),
        ("packit", commit_folder.as_str()),
        ("packit", "\0"),
    ] {
        let commit = CommitAt { project: ProjectKey::new("forge.example", namespace, name), hash: hash() };
        let answer = forge.configuration(&commit).await;
        assert!(matches!(answer, Err(ForgeError::Refused(_))), "{namespace} {name}: {answer:?}");
    }
    for hash in ["", "../../etc", "main"] {
        assert!(matches!(forge.configuration(&at(hash)).await, Err(ForgeError::Refused(_))), "{hash}");
    }
}

#[tokio::test]
async fn permissions_references_and_pull_requests_are_those_of_the_files() {
    let references = format!(r#"{{"packit/hello-world": {{"v1.0": "{OTHER_HASH}"}}}}"#);
    let pull_requests =
        format!(r#"{{"packit/hello-world": {{"9": {{"hash": "{OTHER_HASH}", "target_branch": "main"}}}}}}"#);
    let (_root, forge) = forge(&[
        (
            "permissions.json",
            r#"{"packit/hello-world": {"owner": "admin", "writer": "write", "odd": "emperor"}}"#,
        ),
        ("references.json", &references),
        ("pull_requests.json", &pull_requests),
    ]);
    assert_eq!(forge.permission(&project(), "owner").await.unwrap(), Permission::Admin);
    assert_eq!(forge.permission(&project(), "writer").await.unwrap(), Permission::Write);
    assert_eq!(forge.permission(&project(), "stranger").await.unwrap(), Permission::None);
    assert!(forge.permission(&project(), "odd").await.is_err());
    assert_eq!(forge.resolve(&project(), "v1.0").await.unwrap().as_deref(), Some(OTHER_HASH));
    assert_eq!(forge.resolve(&project(), "refs/tags/v1.0").await.unwrap().as_deref(), Some(OTHER_HASH));
    assert_eq!(forge.resolve(&project(), &hash()).await.unwrap(), Some(hash()));
    assert_eq!(forge.resolve(&project(), &format!("refs/heads/{}", hash())).await.unwrap(), None);
    assert_eq!(forge.resolve(&project(), "main").await.unwrap(), None);
    let head = forge.pull_request(&project(), 9).await.unwrap().unwrap();
    assert_eq!((head.hash.as_str(), head.target_branch.as_str(), head.author), (OTHER_HASH, "main", None));
    assert_eq!(forge.pull_request(&project(), 8).await.unwrap(), None);
}

#[tokio::test]
async fn without_the_files_nobody_may_anything_and_a_broken_file_is_told() {
    let (root, forge) = forge(&[]);
    assert_eq!(forge.permission(&project(), "owner").await.unwrap(), Permission::None);
    fs::write(root.path().join("permissions.json"), "{").unwrap();
    let Err(ForgeError::Refused(reason)) = forge.permission(&project(), "owner").await else { panic!() };
    assert!(reason.contains("permissions.json"), "{reason}");
}

#[tokio::test]
async fn the_same_status_again_changes_nothing() {
    let (root, forge) = forge(&[]);
    let pending = Status {
        context: "packflow".to_owned(),
        state: StatusState::Pending,
        description: "planned 2 builds and 1 test".to_owned(),
        target_url: None,
        pull_request: None,
    };
    let success = Status { state: StatusState::Success, ..pending.clone() };
    for status in [&pending, &pending, &success, &success, &pending] {
        forge.set_status(&at(&hash()), status).await.unwrap();
    }
    forge.set_status(&at(OTHER_HASH), &pending).await.unwrap();
    let lines = fs::read_to_string(root.path().join("statuses.jsonl")).unwrap();
    let told: Vec<(String, String)> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| (line["commit"].as_str().unwrap().to_owned(), line["state"].as_str().unwrap().to_owned()))
        .collect();
    let expected =
        [(hash(), "pending"), (hash(), "success"), (hash(), "pending"), (OTHER_HASH.to_owned(), "pending")];
    assert_eq!(told, expected.map(|(hash, state)| (hash, state.to_owned())));
}
