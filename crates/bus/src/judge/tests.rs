use domain::access::AccessRules;
use domain::notice::Interest;
use domain::words::BuildSystem;
use serde_json::{Value, json};

use super::{Verdict, judge};
use crate::message::Message;

fn interest() -> Interest {
    Interest {
        copr_owner: Some("packit".to_owned()),
        fedora_account: Some("packit".to_owned()),
        dist_git: "src.example.org".to_owned(),
        forges: ["src.example.org".to_owned(), "forge.example.org".to_owned()].into(),
        access: AccessRules {
            allow: vec!["src.example.org/rpms/ours".to_owned(), "forge.example.org/infra".to_owned()],
            ..AccessRules::default()
        },
    }
}

fn verdict(topic: &str, body: &Value) -> &'static str {
    let topic = format!("org.fedoraproject.prod.{topic}");
    let message =
        Message { topic, id: Some("m".to_owned()), sent_at: None, body: body.to_string().into_bytes() };
    match judge(&message, &interest()) {
        Verdict::Keep(_) => "keep",
        Verdict::IfKnown(_, BuildSystem::Copr, id) if id == "12" => "if copr 12 is known",
        Verdict::IfKnown(_, BuildSystem::Koji, id) if id == "7" => "if koji 7 is known",
        Verdict::IfKnown(_, BuildSystem::Bodhi, id) if id == "FEDORA-1" => "if bodhi is known",
        Verdict::IfKnown(_, system, id) => panic!("{system} {id}"),
        Verdict::Drop => "drop",
        Verdict::Refuse(_) => "refuse",
    }
}

fn copr(owner: &str) -> Value {
    json!({ "build": 12, "chroot": "fedora-43-x86_64", "copr": "hello", "owner": owner, "status": 1, "pid": 1,
            "what": "", "who": "", "user": null, "pkg": null, "version": null, "ip": null })
}

fn koji(owner: &str, name: &str, new: i64) -> Value {
    json!({ "build_id": 5, "task_id": 7, "name": name, "version": "1", "release": "2", "owner": owner, "old": 0,
            "new": new, "request": null, "instance": "primary" })
}

fn tag(name: &str, tag: &str) -> Value {
    json!({ "build_id": 5, "name": name, "version": "1", "release": "2", "tag": tag, "owner": "a", "user": "b" })
}

#[test]
fn results_are_kept_by_owner_or_if_their_work_is_known() {
    assert_eq!(verdict("copr.build.end", &copr("packit")), "keep");
    assert_eq!(verdict("copr.build.end", &copr("@packit")), "if copr 12 is known");
    assert_eq!(verdict("copr.chroot.start", &copr("packit")), "drop");
    assert_eq!(verdict("buildsys.build.state.change", &koji("packit", "theirs", 0)), "keep");
    assert_eq!(verdict("buildsys.build.state.change", &koji("eve", "theirs", 1)), "if koji 7 is known");
    let task = json!({ "id": 7, "method": "build", "owner": "eve", "new": "OPEN" });
    assert_eq!(verdict("buildsys.task.state.change", &task), "if koji 7 is known");
    let update = |user: &str| json!({ "agent": "a", "update": { "alias": "FEDORA-1", "builds": [], "user": { "name": user } } });
    assert_eq!(verdict("bodhi.update.complete.stable", &update("packit")), "keep");
    assert_eq!(verdict("bodhi.update.complete.stable", &update("eve")), "if bodhi is known");
}

#[test]
fn what_asks_for_work_is_kept_where_work_may_start() {
    assert_eq!(verdict("buildsys.build.state.change", &koji("eve", "ours", 1)), "keep");
    assert_eq!(verdict("buildsys.build.state.change", &koji("eve", "ours", 0)), "if koji 7 is known");
    assert_eq!(verdict("buildsys.tag", &tag("ours", "f43-build-side-1")), "keep");
    assert_eq!(verdict("buildsys.tag", &tag("ours", "f43-updates")), "drop");
    assert_eq!(verdict("buildsys.tag", &tag("theirs", "f43-build-side-1")), "drop");
    let received = |name: &str| {
        json!({ "agent": "a", "repo": { "namespace": "rpms", "name": name, "fullname": format!("rpms/{name}"),
            "full_url": format!("https://src.example.org/rpms/{name}"), "url_path": format!("rpms/{name}") } })
    };
    assert_eq!(verdict("pagure.git.receive", &received("ours")), "keep");
    assert_eq!(verdict("pagure.git.receive", &received("theirs")), "drop");
    let relayed = |host: &str| {
        json!({ "body": { "repository": { "name": "docs", "owner": { "login": "infra" },
                "html_url": format!("https://{host}/infra/docs") } }, "headers": {} })
    };
    assert_eq!(verdict("forgejo.push", &relayed("forge.example.org")), "keep");
    assert_eq!(verdict("forgejo.push", &relayed("evil.example.org")), "drop");
    let version = |package: &str| {
        json!({ "project": { "id": 1, "name": "up" }, "message": { "upstream_versions": ["1"],
                "packages": [{ "distro": "Fedora", "package_name": package }] } })
    };
    assert_eq!(verdict("anitya.project.version.update.v2", &version("ours")), "keep");
    assert_eq!(verdict("anitya.project.version.update.v2", &version("theirs")), "drop");
}

/// What is ours and cannot be read has to be seen by somebody.
#[test]
fn what_cannot_be_read_is_kept_only_if_it_names_us() {
    let mut body = copr("packit");
    body["status"] = json!("done");
    assert_eq!(verdict("copr.build.end", &body), "keep");
    body["owner"] = json!("eve");
    assert_eq!(verdict("copr.build.end", &body), "refuse");
    assert_eq!(verdict("copr.build.end", &json!([])), "refuse");
    assert_eq!(verdict("copr.build.end", &json!({})), "refuse");
}
