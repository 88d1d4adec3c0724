"""Publishes real messages of Fedora's services with Fedora's own library, which validates them against their schemas."""

from fedora_messaging import api, message

from anitya_schema import ProjectVersionUpdatedV2
from bodhi.messages.schemas.update import UpdateRequestTestingV1
from copr_messaging.schema import BuildChrootEndedV1, BuildChrootStartedV1
from koji_fedoramessaging_messages.build import BuildStateChangeV1
from koji_fedoramessaging_messages.tag import TagV1
from koji_fedoramessaging_messages.task import TaskStateChangeV1
from pagure_messages.git_schema import GitReceiveV1


def copr(owner, build, chroot, status):
    return {
        "build": build, "chroot": chroot, "copr": "hello", "owner": owner, "user": owner, "status": status, "pkg": None,
        "version": None, "ip": None, "pid": 1, "who": "backend.worker", "what": "build",
    }


def koji_build(owner, build, task, name, new):
    return {
        "build_id": build, "task_id": task, "task": None, "name": name, "version": "1", "release": "1.fc43", "epoch": None,
        "owner": owner, "old": 0, "new": new, "attribute": "state", "instance": "primary", "url": "https://koji.example.org",
        "creation_time": "2026-11-22T06:07:10+00:00", "completion_time": None,
        "request": [f"git+https://src.example.org/rpms/{name}.git#abc", "f43-candidate", {}],
    }


def koji_task(owner, task):
    return {
        "id": task, "method": "build", "owner": owner, "old": "FREE", "new": "OPEN", "attribute": "state",
        "instance": "primary", "srpm": "hello-1-1.src.rpm",
        "info": {
            "id": task, "parent": None, "request": ["cli-build/hello-1-1.src.rpm", "rawhide", {"scratch": True}], "state": 1,
            "method": "build", "label": None, "arch": "noarch", "channel_id": 1, "priority": 20, "host_id": 1, "waiting": None,
            "awaited": None, "create_time": 1590993047.0, "start_time": 1590993047.0, "completion_time": None, "children": [],
        },
    }


def tag(name, into):
    return {
        "build_id": 5, "name": name, "version": "1", "release": "1.fc43", "tag": into, "tag_id": 6, "owner": "packit",
        "user": "packit", "instance": "primary",
    }


def update(user):
    return {
        "agent": user,
        "update": {
            "alias": "FEDORA-2026-0123456789", "builds": [{"nvr": "hello-1-1.fc43"}], "release": {"name": "F43"},
            "request": "testing", "status": "pending", "user": {"name": user},
        },
    }


def receive(namespace, name):
    user = {"name": "packit", "fullname": "packit", "url_path": "user/packit", "full_url": "https://src.example.org/user/packit"}
    groups = {"admin": [], "commit": [], "ticket": [], "collaborator": []}
    return {
        "agent": "packit", "forced": False, "authors": [user], "total_commits": 1, "start_commit": "a" * 40,
        "end_commit": "b" * 40, "old_commit": "c" * 40, "branch": "f43",
        "repo": {
            "id": 1, "name": name, "namespace": namespace, "fullname": f"{namespace}/{name}", "description": "", "parent": None,
            "url_path": f"{namespace}/{name}", "full_url": f"https://src.example.org/{namespace}/{name}", "tags": [], "user": user,
            "date_created": "1", "date_modified": "1", "custom_keys": [], "close_status": [], "milestones": {}, "priorities": {},
            "access_groups": groups, "access_users": {"owner": ["packit"], **groups},
        },
    }


def version(package):
    project = {
        "id": 1, "name": "up", "backend": "GitHub", "created_on": 1.0, "updated_on": 1.0, "homepage": "https://up.example.org",
        "regex": None, "version": "2", "version_url": None, "versions": ["2"], "ecosystem": "up",
    }
    return {
        "distro": None, "project": project,
        "message": {
            "agent": "anitya", "old_version": "1", "packages": [{"distro": "Fedora", "package_name": package}],
            "project": project, "upstream_versions": ["2"], "versions": ["2"], "stable_versions": ["2"],
        },
    }


MESSAGES = [
    # What is kept.
    BuildChrootStartedV1(topic="copr.build.start", body=copr("packit", 12, "srpm-builds", 3)),
    BuildChrootEndedV1(topic="copr.build.end", body=copr("packit", 12, "fedora-43-x86_64", 1)),
    BuildStateChangeV1(topic="buildsys.build.state.change", body=koji_build("packit", 5, 7, "hello", 1)),
    TaskStateChangeV1(topic="buildsys.task.state.change", body=koji_task("packit", 8)),
    TagV1(topic="buildsys.tag", body=tag("hello", "f43-build-side-123")),
    UpdateRequestTestingV1(topic="bodhi.update.request.testing", body=update("packit")),
    GitReceiveV1(topic="pagure.git.receive", body=receive("rpms", "hello")),
    ProjectVersionUpdatedV2(topic="anitya.project.version.update.v2", body=version("hello")),
    # What is dropped.
    BuildChrootEndedV1(topic="copr.build.end", body=copr("eve", 13, "fedora-43-x86_64", 1)),
    BuildStateChangeV1(topic="buildsys.build.state.change", body=koji_build("eve", 6, 9, "theirs", 1)),
    TagV1(topic="buildsys.tag", body=tag("theirs", "f43-build-side-123")),
    TagV1(topic="buildsys.tag", body=tag("hello", "f43-updates")),
    UpdateRequestTestingV1(topic="bodhi.update.request.testing", body=update("eve")),
    GitReceiveV1(topic="pagure.git.receive", body=receive("rpms", "theirs")),
    ProjectVersionUpdatedV2(topic="anitya.project.version.update.v2", body=version("theirs")),
    message.Message(topic="somebody.elses", body={"a": 1}),
]

for told in MESSAGES:
    told.validate()
    api.publish(told)
    print(told.id, told.topic)
print("all of it was published")
