use domain::notice::{CoprChange, KojiState, Notice};
use forges::Reading;
use serde_json::{Value, json};

use super::read;

fn notice(kind: &str, body: &Value) -> Notice {
    match read(kind, body.to_string().as_bytes(), "fedora-messaging") {
        Reading::Notice(notice) => *notice,
        other => panic!("{other:?}"),
    }
}

fn refused(kind: &str, body: &Value) -> String {
    match read(kind, body.to_string().as_bytes(), "fedora-messaging") {
        Reading::Refused(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn ignored(kind: &str, body: &Value) -> String {
    match read(kind, body.to_string().as_bytes(), "fedora-messaging") {
        Reading::Ignored(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn copr() -> Value {
    json!({
        "build": 12, "chroot": "fedora-43-x86_64", "copr": "hello", "owner": "@packit", "status": 1, "pid": 1,
        "what": "build end", "who": "backend", "user": null, "pkg": null, "version": null, "ip": null,
    })
}

fn koji_build() -> Value {
    json!({
        "build_id": 5, "task_id": 7, "name": "hello", "version": "1", "release": "2.fc43", "epoch": null,
        "owner": "packit", "old": 0, "new": 1, "attribute": "state", "instance": "primary",
        "request": ["git+https://src.fedoraproject.org/rpms/hello.git#abc", "f43-candidate", {}],
    })
}

fn koji_task() -> Value {
    json!({
        "id": 7, "method": "build", "owner": "packit", "old": "OPEN", "new": "CLOSED", "instance": "primary",
        "info": { "id": 7, "parent": null, "request": ["cli-build/x.src.rpm", "rawhide", { "scratch": true }] },
    })
}

#[test]
fn the_numbers_of_copr_are_read_as_copr_counts() {
    for (status, expected) in [
        (0, CoprChange::Failed),
        (1, CoprChange::Succeeded),
        (2, CoprChange::Canceled),
        (3, CoprChange::Unclear(3)),
    ] {
        let mut body = copr();
        body["status"] = json!(status);
        let Notice::CoprBuild(build) = notice("copr.build.end", &body) else { panic!("no copr build") };
        assert_eq!((build.change, build.build), (expected, 12));
        assert_eq!((build.owner.as_str(), build.project.as_str()), ("@packit", "hello"));
    }
}

#[test]
fn a_key_that_copr_always_sends_is_missed_even_where_it_may_be_null() {
    for key in copr().as_object().unwrap().keys() {
        let mut body = copr();
        body.as_object_mut().unwrap().remove(key);
        let reason = refused("copr.build.end", &body);
        assert!(reason.contains(key), "{key}: {reason}");
    }
    let mut body = copr();
    body["build"] = json!("12");
    assert!(refused("copr.build.start", &body).starts_with("build: "));
}

#[test]
fn a_chroot_start_tells_nothing_new_but_has_to_be_sound() {
    assert_eq!(ignored("copr.chroot.start", &copr()), "copr.build.start tells the same");
    refused("copr.chroot.start", &json!({}));
}

#[test]
fn a_koji_build_is_known_by_its_task_and_its_source_by_its_request() {
    let Notice::KojiBuild(build) = notice("buildsys.build.state.change", &koji_build()) else {
        panic!("no build")
    };
    assert_eq!((build.task, build.new, build.old), (Some(7), KojiState::Complete, Some(KojiState::Running)));
    assert_eq!(build.source.as_deref(), Some("git+https://src.fedoraproject.org/rpms/hello.git#abc"));
    assert_eq!((build.target.as_deref(), build.nvr().as_str()), (Some("f43-candidate"), "hello-1-2.fc43"));
}

/// What makes Packit's own reader stumble (`docs/contracts.md` 5).
#[test]
fn builds_without_a_request_or_with_one_of_another_shape_have_no_source() {
    for request in
        [json!(null), json!([]), json!(["a.src.rpm", "f43"]), json!(["Live", "Rawhide", ["x86_64"], "f43"])]
    {
        let mut body = koji_build();
        body["request"] = request;
        body["task_id"] = json!(null);
        body["task"] = json!(null);
        let Notice::KojiBuild(build) = notice("buildsys.build.state.change", &body) else {
            panic!("no build")
        };
        assert_eq!((build.source, build.target, build.task), (None, None, None));
    }
}

#[test]
fn states_of_koji_are_told_by_numbers_and_by_names() {
    for (new, expected) in [
        (json!(0), KojiState::Running),
        (json!("COMPLETE"), KojiState::Complete),
        (json!(3), KojiState::Failed),
        (json!("CANCELED"), KojiState::Canceled),
    ] {
        let mut body = koji_build();
        body["new"] = new;
        let Notice::KojiBuild(build) = notice("buildsys.build.state.change", &body) else {
            panic!("no build")
        };
        assert_eq!(build.new, expected);
    }
    for (new, expected) in [
        (json!("OPEN"), KojiState::Running),
        (json!(2), KojiState::Complete),
        (json!("FAILED"), KojiState::Failed),
        (json!(3), KojiState::Canceled),
    ] {
        let mut body = koji_task();
        body["new"] = new;
        let Notice::KojiTask(task) = notice("buildsys.task.state.change", &body) else { panic!("no task") };
        assert_eq!((task.state, task.is_scratch), (expected, true));
    }
    let mut body = koji_build();
    body["new"] = json!(9);
    assert_eq!(refused("buildsys.build.state.change", &body), "new: `9` is no state of a build");
}

#[test]
fn parts_of_a_task_and_other_instances_of_koji_are_left_alone() {
    let mut body = koji_task();
    body["info"]["parent"] = json!(6);
    assert_eq!(ignored("buildsys.task.state.change", &body), "a part of task 6, which is told of as a whole");
    let mut body = koji_task();
    body["instance"] = json!("s390");
    assert_eq!(ignored("buildsys.task.state.change", &body), "it is about the Koji `s390`");
}

#[test]
fn only_side_tags_are_of_interest() {
    let tag = |tag: &str| {
        json!({ "build_id": 5, "name": "hello", "version": "1", "release": "2.fc43", "tag": tag, "tag_id": 1,
                "owner": "packit", "user": "packit", "instance": "primary" })
    };
    let Notice::KojiTag(tagged) = notice("buildsys.tag", &tag("f43-build-side-123")) else {
        panic!("no tag")
    };
    assert_eq!(tagged.nvr(), "hello-1-2.fc43");
    assert_eq!(ignored("buildsys.tag", &tag("f43-updates")), "f43-updates is no side tag");
}

#[test]
fn a_bug_names_its_package_or_those_of_fedora() {
    let mut body = json!({
        "bug": { "bug_id": 3 },
        "trigger": { "msg": { "project": { "id": 1, "name": "up" }, "message": {
            "upstream_versions": ["2.0"],
            "packages": [{ "distro": "Debian", "package_name": "libup" }, { "distro": "Fedora", "package_name": "up" }],
        } } },
    });
    let Notice::UpstreamVersion(told) = notice("hotness.update.bug.file", &body) else {
        panic!("no version")
    };
    assert_eq!(
        (told.packages, told.versions, told.bug),
        (vec!["up".to_owned()], vec!["2.0".to_owned()], Some(3))
    );
    body["package"] = json!("python-up");
    let Notice::UpstreamVersion(told) = notice("hotness.update.bug.file", &body) else {
        panic!("no version")
    };
    assert_eq!(told.packages, ["python-up"]);
}

#[test]
fn what_is_no_json_object_is_refused_whatever_its_topic() {
    for body in ["", "[]", "null", "{", "\"text\"", "\u{feff}{}"] {
        assert!(matches!(read("some.topic", body.as_bytes(), ""), Reading::Refused(_)), "{body:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let Reading::Refused(reason) = read("copr.build.end", deep.as_bytes(), "") else { panic!("not refused") };
    assert!(reason.starts_with("the body cannot be read: recursion limit exceeded"), "{reason}");
    assert_eq!(ignored("some.topic", &json!({})), "nothing here follows some.topic");
}
