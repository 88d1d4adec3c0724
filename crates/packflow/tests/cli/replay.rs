//! `packflow replay`

use std::collections::BTreeMap;

use serde_json::Value;
use test_support::{TestDatabase, corpus, on_both_databases};

use crate::support::{Place, lines, repository};

const PACKAGE: &str = "
specfile_path: hello.spec
jobs:
  - job: copr_build
    trigger: pull_request
    targets: [fedora-42, epel-9]
";

fn example() -> String {
    repository("examples/deliveries")
}

fn toml(place: &Place, rest: &str) -> String {
    let forge = repository("examples/forge");
    let text = format!("{rest}\n[[forge]]\nkind = \"folder\"\nhost = \"github.com\"\npath = \"{forge}\"\n");
    place.file("packflow.toml", text)
}

fn events(place: &Place, database: &str) -> Vec<i64> {
    let list = place.run(&["inbox", "list", "--database", database, "--json"]).ok();
    lines(&list).iter().filter_map(|row| row["event_id"].as_i64()).collect()
}

on_both_databases! {
    /// What was replayed is the same delivery when it is replayed again.
    async fn a_delivery_replayed_twice_is_one_event(database: TestDatabase) {
        let place = Place::new();
        let package = place.file("package.yaml", PACKAGE);
        let arguments = ["replay", &example(), "--config", &package, "--database", database.url(), "--json"];
        let first = place.run(&arguments).ok();
        let told = lines(&first);
        assert_eq!(told.len(), 1, "the headers are no delivery: {first}");
        assert_eq!(told[0]["outcome"], "accepted");
        let keys: Vec<_> = told[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["event_id", "file", "outcome", "reason"]);
        assert_eq!(place.run(&arguments).ok(), first);
        let id = told[0]["event_id"].as_i64().unwrap();
        assert_eq!(events(&place, database.url()), [id]);
        let shown = place.run(&["show", &id.to_string(), "--database", database.url(), "--json"]).json();
        assert_eq!(shown["pipelines"].as_array().unwrap().len(), 1);
        let mut names: Vec<_> = shown["targets"].as_array().unwrap().iter().map(|target| target["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["epel-9-x86_64", "fedora-42-x86_64", "srpm"]);
    }

    async fn a_repository_that_was_made_private_is_hidden_at_once(database: TestDatabase) {
        let place = Place::new();
        let package = place.file("package.yaml", PACKAGE);
        place.run(&["replay", &example(), "--config", &package, "--database", database.url()]).ok();
        let repository = r#"{"id": 80001, "full_name": "example/hello", "private": true}"#;
        let now = format!(r#"{{"action": "privatized", "repository": {repository}}}"#);
        let file = place.file("repository.privatized.json", now);
        let told = lines(&place.run(&["replay", &file, "--database", database.url(), "--json"]).ok());
        assert_eq!(told[0]["outcome"], "ignored");
        assert_eq!(told[0]["reason"], "github.com/example/hello is private now; nothing is started by that");
    }

    /// All recorded deliveries and messages get an outcome, the same one twice.
    async fn every_recorded_payload_gets_an_outcome_and_no_second_event(database: TestDatabase) {
        let Some(corpus) = corpus("every_recorded_payload_gets_an_outcome_and_no_second_event") else { return };
        let place = Place::new();
        let folders = ["webhooks", "messages"].map(|name| corpus.join(name).display().to_string());
        let arguments = ["replay", &folders[0], &folders[1], "--database", database.url(), "--json"];
        let first = place.run(&arguments);
        assert_eq!(first.code, 1, "some are refused");
        let first = first.stdout;
        let told = lines(&first);
        let payloads = folders.iter().flat_map(|folder| crate::support::files(folder.as_ref(), ".json"));
        let payloads = payloads.filter(|file| !file.to_string_lossy().ends_with(".headers.json")).count();
        assert_eq!(told.len(), payloads);
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &told {
            *outcomes.entry(line["outcome"].as_str().unwrap()).or_default() += 1;
            let file = line["file"].as_str().unwrap();
            assert!(!line["reason"].as_str().unwrap().is_empty(), "{line}");
            if file.contains("messages/") {
                told_of_a_message(file, line);
                continue;
            }
            let of_forges = ["github", "gitlab", "forgejo", "pagure"].map(|forge| format!("webhooks/{forge}/"));
            let handled = of_forges.iter().any(|folder| file.contains(folder));
            assert_eq!(line["outcome"] == "not_handled_yet", !handled, "{line}");
            assert!(line["event_id"].is_null() || handled, "{line}");
        }
        println!("{outcomes:?}");
        let list = ["inbox", "list", "--limit", "10000", "--database", database.url(), "--json"];
        let kept = place.run(&list).ok();
        assert_eq!(place.run(&arguments).stdout, first);
        assert_eq!(place.run(&list).ok(), kept, "replaying again adds nothing");
    }
}

/// What a recorded message comes to where nothing of it is ours.
fn told_of_a_message(file: &str, line: &Value) {
    let (outcome, reason) = (line["outcome"].as_str().unwrap(), line["reason"].as_str().unwrap());
    if file.contains("/invalid-") {
        assert_eq!(outcome, "refused", "{line}");
        assert!(reason.contains(": invalid type") || reason.contains("missing field"), "{line}");
    } else if ["openscanhub", "logdetective"]
        .iter()
        .any(|sender| file.contains(&format!("messages/{sender}/")))
    {
        assert_eq!(outcome, "not_handled_yet", "{line}");
    } else if file.contains("messages/distgit/") {
        assert_ne!(outcome, "not_handled_yet", "{line}");
    } else {
        assert_eq!((outcome, line["event_id"].is_null()), ("ignored", true), "{line}");
    }
}

#[test]
fn without_a_configuration_the_event_is_kept() {
    let place = Place::new();
    let told = lines(&place.run(&["replay", &example(), "--database", &place.database(), "--json"]).ok());
    assert_eq!(
        (&told[0]["outcome"], &told[0]["reason"]),
        (&"accepted".into(), &"configuration not read: no forge is configured for github.com".into())
    );
}

#[test]
fn nothing_starts_unless_it_is_allowed() {
    let place = Place::new();
    let service = toml(&place, "");
    let arguments = ["replay", &example(), "--config", &service, "--database", &place.database(), "--json"];
    let told = lines(&place.run(&arguments).ok());
    assert_eq!(told[0]["outcome"], "nothing_planned");
    assert!(told[0]["reason"].as_str().unwrap().contains("allow"), "{}", told[0]);
    let id = told[0]["event_id"].to_string();
    let shown = place.run(&["show", &id, "--database", &place.database(), "--json"]).json();
    assert_eq!((shown["status"].as_str(), &shown["pipelines"]), (Some("nothing"), &Value::Array(Vec::new())));
    assert_eq!(shown["omissions"][0]["kind"], "event");
    assert!(shown["omissions"][0]["reason"].is_string());
}

#[test]
fn what_is_allowed_is_planned_from_the_forge() {
    let place = Place::new();
    let service = toml(&place, "[access]\nallow = [\"github.com/example\"]");
    let arguments = ["replay", &example(), "--config", &service, "--database", &place.database(), "--json"];
    let told = lines(&place.run(&arguments).ok());
    assert_eq!(told[0]["outcome"], "accepted");
    assert!(told[0]["reason"].as_str().unwrap().starts_with("planned "), "{}", told[0]);
}

#[test]
fn a_package_configuration_does_not_override_the_access_rules_of_a_service() {
    let place = Place::new();
    let (service, package) = (toml(&place, ""), place.file("package.yaml", PACKAGE));
    let database = place.database();
    let arguments =
        ["replay", &example(), "--config", &service, "--config", &package, "--database", &database, "--json"];
    assert_eq!(lines(&place.run(&arguments).ok())[0]["outcome"], "nothing_planned");
}

#[test]
fn a_refused_package_configuration_is_told_with_its_fault() {
    let place = Place::new();
    let package = place.file("package.yaml", "specfile_path: a.spec\njobz: []\n");
    let arguments = ["replay", &example(), "--config", &package, "--database", &place.database(), "--json"];
    let told = lines(&place.run(&arguments).ok());
    assert_eq!(told[0]["outcome"], "nothing_planned", "{}", told[0]);
    assert!(told[0]["reason"].as_str().unwrap().contains("jobz"), "{}", told[0]);
}

#[test]
fn a_spec_file_beside_the_package_configuration_is_the_repositorys() {
    let place = Place::new();
    let package = place.file("package.yaml", PACKAGE.replace("specfile_path: hello.spec", ""));
    place.file("hello.spec", "");
    let arguments = ["replay", &example(), "--config", &package, "--database", &place.database(), "--json"];
    let told = lines(&place.run(&arguments).ok());
    assert_eq!(told[0]["outcome"], "accepted", "{}", told[0]);
    assert!(told[0]["reason"].as_str().unwrap().starts_with("planned "), "{}", told[0]);
}

#[test]
fn hostile_bodies_get_a_clear_outcome() {
    let place = Place::new();
    let database = place.database();
    let large = format!("{{\"ref\": \"{}\"}}", "x".repeat(30 << 20));
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("push.large.json", large.into_bytes(), "bytes"),
        ("push.binary.json", (0..=255).collect(), "UTF-8"),
        ("push.empty.json", Vec::new(), "cannot be read"),
        ("push.deep.json", b"[".repeat(100_000), "nests deeper"),
        ("push.text.json", b"\"text\"".to_vec(), "cannot be read"),
        ("push.cut.json", b"{\"ref\": \"refs/he".to_vec(), "EOF"),
    ];
    for (name, body, reason) in cases {
        let file = place.file(name, body);
        let ended = place.run(&["replay", &file, "--database", &database, "--json"]);
        assert_eq!(ended.code, 1, "{name}");
        let told = lines(&ended.stdout);
        assert_eq!((&told[0]["outcome"], &told[0]["event_id"]), (&"refused".into(), &Value::Null), "{name}");
        assert!(told[0]["reason"].as_str().unwrap().contains(reason), "{name}: {}", told[0]);
    }
    let unknown = place.file("Unknown.json", "{}");
    let ended = place.run(&["replay", &unknown, "--database", &database, "--json"]);
    assert_eq!(ended.code, 1);
    let told = lines(&ended.stdout);
    assert_eq!(told[0]["outcome"], "refused");
    assert_eq!(place.run(&["replay", "nowhere.json", "--database", &database]).code, 2);
}

#[test]
fn payloads_of_other_senders_are_kept_for_later() {
    let place = Place::new();
    let database = place.database();
    let message = r#"{"topic": "org.fedoraproject.prod.openscanhub.task.started", "body": {"task_id":1}}"#;
    place.file("all/message.json", message);
    place.file("all/gitlab.json", r#"{"object_kind": "merge_request"}"#);
    place.file(
        "all/gitlab.headers.json",
        r#"{"X-Gitlab-Event": "Merge Request Hook", "X-Gitlab-Event-UUID": "u-1"}"#,
    );
    let folder = place.path("all").display().to_string();
    let told = lines(&place.run(&["replay", &folder, "--database", &database, "--json"]).ok());
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|line| line["outcome"] == "not_handled_yet"), "{told:?}");
    let kept = lines(&place.run(&["inbox", "list", "--database", &database, "--json"]).ok());
    assert_eq!(kept.len(), 2);
    let id = kept.iter().find(|row| row["kind"] == "openscanhub.task.started").unwrap()["id"].to_string();
    let body = place.run(&["inbox", "show", &id, "--body", "--database", &database]).ok();
    assert_eq!(body, "{\"task_id\":1}");
}

/// What of the recorded messages is ours comes to what it should: the work is not known here, and a replay does not wait.
#[test]
fn recorded_messages_of_ours_are_told_from_those_of_others() {
    let Some(corpus) = corpus("recorded_messages_of_ours_are_told_from_those_of_others") else { return };
    let place = Place::new();
    let secret = place.file("secret", "secret");
    let service = toml(
        &place,
        &format!(
            "[access]\nfedora_account = \"packit\"\n\
             [copr]\nowner = \"packit\"\nlogin_file = \"{secret}\"\ntoken_file = \"{secret}\"\n"
        ),
    );
    let folder = corpus.join("messages").display().to_string();
    let ended =
        place.run(&["replay", &folder, "--config", &service, "--database", &place.database(), "--json"]);
    let told = lines(&ended.stdout);
    for (file, reason) in [
        (
            "packit-copr_build_end.json",
            "copr build 1044215 of packit/packit-service-hello-world-24: fedora-rawhide-x86_64 succeeded: it is not known here",
        ),
        (
            "packit-srpm_build_start.json",
            "copr build 3122876 of packit/foo-bar-123: srpm-builds began: it is not known here",
        ),
        ("BuildChrootEndedV1-02", "copr build 942697 of kbaig/test: fedora-29-x86_64 failed: none of ours"),
        (
            "BuildChrootEndedV1-03",
            "copr build 942697 of kbaig/test: fedora-29-x86_64 was canceled: none of ours",
        ),
        ("BuildChrootStartedV1DontUse-03", "copr.build.start tells the same"),
        ("BuildChrootStartedV1Stomp-01", "nothing here follows build.start"),
        (
            "koji_build_completed_old_format",
            "koji build packit-0.43.0-1.fc36 of packit is complete: it was not built of a commit of a dist-git that is configured here",
        ),
        ("koji_build_scratch_end", "koji task 45270170 (build) of packit is complete: it is not known here"),
        ("koji_build_start_epel8", "koji build python-ogr-0.34.0-1.el8 of packit runs: it is not known here"),
        (
            "BuildStateChangeV1-05",
            "koji build chromium-80.0.3987.132-1.fc33 of spot is complete: none of ours",
        ),
        ("TaskStateChangeV1-01", "koji task 42569071 (build) of koschei is complete: none of ours"),
        ("TagV1-01", "f31-updates-pending is no side tag"),
        (
            "server-bodhi.update.request.testing",
            "bodhi update.request.testing of FEDORA-2026-4cc2201b22: it is not known here",
        ),
        ("new_hotness_update", "versions 7.0.3 of redis: none of ours"),
    ] {
        let line = told.iter().find(|line| line["file"].as_str().unwrap().contains(file)).unwrap();
        assert_eq!((&line["outcome"], &line["reason"]), (&"ignored".into(), &reason.into()), "{line}");
    }
}

/// What each recorded comment comes to, where its writer may command and where not.
#[test]
fn every_recorded_comment_comes_to_what_is_expected_of_it() {
    let Some(corpus) = corpus("every_recorded_comment_comes_to_what_is_expected_of_it") else { return };
    let place = Place::new();
    let writers = r#"{"packit/hello-world": {"betulependule": "write", "packit": "write"}, "packit-service/packit": {"phracek": "write"}}"#;
    place.file("forge/permissions.json", writers);
    let path = place.path("forge").display().to_string();
    let service = place.file(
        "packflow.toml",
        format!("[access]\nallow = [\"github.com\"]\n[[forge]]\nkind = \"folder\"\nhost = \"github.com\"\npath = \"{path}\"\n"),
    );
    let folder = corpus.join("webhooks/github").display().to_string();
    let ended =
        place.run(&["replay", &folder, "--config", &service, "--database", &place.database(), "--json"]);
    let told = lines(&ended.stdout);
    let unknown = "the forge does not know this pull request";
    for (file, outcome, reason) in [
        ("commit_comment.created.octokit-00", "ignored", "is no command"),
        ("issue_comment.created.octokit-01", "ignored", "is no command"),
        ("issue_comment.deleted.octokit-06", "ignored", "asks for no work"),
        ("issue_comment.edited.octokit-08", "ignored", "write a new one"),
        ("packit-issue_comment_help_command", "ignored", "help was asked for"),
        ("packit-issue_comment_no_handler", "ignored", "is no command"),
        ("packit-issue_comment_packit_command_without_argument", "ignored", "is no command"),
        ("packit-issue_comment_wrong_packit_command", "nothing_planned", "`foobar` is no command"),
        ("packit-issue_propose_downstream", "nothing_planned", "the project has no release"),
        // They opened the pull requests.
        ("packit-pr_comment.json", "nothing_planned", unknown),
        ("packit-pr_comment_build.json", "nothing_planned", unknown),
        ("packit-pr_comment_not_collaborator", "nothing_planned", unknown),
        ("packit-pr_comment_monorepo_build", "nothing_planned", unknown),
        ("packit-pr_comment_empty", "ignored", "is no command"),
        ("packit-repository_issue_comment_retrigger_bodhi_update", "nothing_planned", "cannot write to"),
        ("packit-vm_image_build_comment", "nothing_planned", "nothing here carries it out yet"),
    ] {
        let line = told.iter().find(|line| line["file"].as_str().unwrap().contains(file)).unwrap();
        assert_eq!(line["outcome"], outcome, "{line}");
        assert!(line["reason"].as_str().unwrap().contains(reason), "{line}");
        assert_eq!(line["event_id"].is_null(), outcome == "ignored", "{line}");
    }
}
