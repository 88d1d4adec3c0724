"""Drives a Koji hub with Koji's released client; every line that is wrong ends it with a traceback."""

import hashlib
import os
import tempfile
import time

import koji

HASH = "0123456789abcdef0123456789abcdef01234567"
SOURCE = "git+https://src.fedoraproject.org/rpms/%s.git#" + HASH


def session(url=os.environ["KOJI_HUB"], password=os.environ["KOJI_PASSWORD"]):
    options = {"user": os.environ["KOJI_USER"], "password": password, "max_retries": 0, "retry_interval": 0}
    return koji.ClientSession(url, options)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was not raised")


def until_ended(client, task):
    for _ in range(400):
        state = koji.TASK_STATES[client.getTaskInfo(task)["state"]]
        if state not in ("FREE", "OPEN"):
            return state
        time.sleep(0.02)
    raise AssertionError(f"task {task} does not end")


# Without a login: reads, and nothing else.
anonymous = session()
assert anonymous.hub_version >= (1, 30), anonymous.hub_version
assert anonymous.getAPIVersion() == 1
assert anonymous.getLoggedInUser() is None
target = anonymous.getBuildTarget("f43-candidate")
assert (target["build_tag_name"], target["dest_tag_name"]) == ("f43-build", "f43-updates-candidate"), target
assert anonymous.getBuildTarget("nowhere") is None
assert anonymous.getTag("f43-build")["name"] == "f43-build"
assert anonymous.getTag("nowhere") is None
raises(koji.GenericError, lambda: anonymous.getTag("nowhere", strict=True))
raises(koji.ActionNotAllowed, lambda: anonymous.build(SOURCE % "hello", "f43-candidate"))
raises(koji.AuthError, lambda: session(password="wrong").login())
assert "Invalid method" in raises(koji.GenericError, lambda: anonymous.noSuchThing())

# A real build, and what came of it.
client = session()
assert client.login()
assert client.getLoggedInUser()["name"] == os.environ["KOJI_USER"]
task = client.build(SOURCE % "hello", "f43-candidate", {"custom_user_metadata": {"a": 1}})
assert client.getTaskInfo(task, request=True)["request"][:2] == [SOURCE % "hello", "f43-candidate"]
assert until_ended(client, task) == "CLOSED"
[build] = client.listBuilds(taskID=task)
assert build["state"] == koji.BUILD_STATES["COMPLETE"] and build["nvr"] == "hello-1.0.0-1.fc43", build
assert client.getBuild(build["nvr"]) == client.getBuild(build["build_id"]) == build
assert client.getBuild("hello-9-9") is None
children = client.getTaskDescendents(task)[str(task)]
assert [child["method"] for child in children] == ["buildSRPMFromSCM", "buildArch", "buildArch"], children
assert [tag["name"] for tag in client.listTags(build["nvr"])] == ["f43-updates-candidate"]
mine = client.listTasks(
    {"owner": client.getLoggedInUser()["id"], "method": "build", "createdAfter": time.time() - 600, "decode": True},
    {"order": "-id", "limit": 5},
)
assert [found["id"] for found in mine] == [task] and mine[0]["request"][2]["custom_user_metadata"] == {"a": 1}, mine

# Its name, version and release are there once.
again = client.build(SOURCE % "hello", "f43-candidate")
assert until_ended(client, again) == "FAILED"
told = raises(koji.GenericError, lambda: client.getTaskResult(again))
assert f"Build already exists (id={build['build_id']}, state=COMPLETE)" in told, told
assert client.getTaskResult(again, raise_fault=False)["faultCode"] == koji.GenericError.faultCode

# A failed one may be built again.
broken = client.build(SOURCE % "flaky", "f43-candidate")
assert until_ended(client, broken) == "FAILED"
raises(koji.BuildError, lambda: client.getTaskResult(broken))
[failed] = client.listBuilds(taskID=broken)
assert failed["state"] == koji.BUILD_STATES["FAILED"], failed
mended = client.build(SOURCE % "flaky", "f43-candidate")
assert until_ended(client, mended) == "CLOSED"
assert client.getBuild(failed["build_id"])["task_id"] == mended

# A scratch build of an SRPM that is uploaded, in both ways.
with tempfile.TemporaryDirectory() as folder:
    srpm = os.path.join(folder, "hello-2.0-1.src.rpm")
    with open(srpm, "wb") as file:
        file.write(bytes(range(256)) * 10000)
    client.uploadWrapper(srpm, "cli-build/fast")
    assert client.checkUpload("cli-build/fast", "hello-2.0-1.src.rpm", verify="adler32")["size"] == 2560000
    with open(srpm, "rb") as file:
        whole = file.read()
    place, digest = ("cli-build/slow", "hello-2.0-1.src.rpm"), ("sha256", hashlib.sha256(whole).hexdigest())
    assert client.uploadFile(*place, len(whole), ("sha256", "0" * 64), 0, koji.util.base64encode(whole)) is False
    assert client.uploadFile(*place, len(whole), digest, 0, koji.util.base64encode(whole)) is True
    assert client.uploadFile(*place, len(whole), ("sha256", "0" * 64), -1, "") is False
    assert client.uploadFile(*place, len(whole), digest, -1, "") is True
for path in ["cli-build/fast/hello-2.0-1.src.rpm", "cli-build/slow/hello-2.0-1.src.rpm"]:
    task = client.build(path, "f43", {"scratch": True})
    assert until_ended(client, task) == "CLOSED"
    assert client.listBuilds(taskID=task) == []
missing = client.build("cli-build/nothing/hello-2.0-1.src.rpm", "f43", {"scratch": True})
assert until_ended(client, missing) == "FAILED"

# Canceling takes the children along; what has ended stays.
slow = client.build(SOURCE % "slow", "f42-candidate")
client.cancelTask(slow)
assert until_ended(client, slow) == "CANCELED"
client.cancelTask(task)
assert until_ended(client, task) == "CLOSED"
raises(koji.GenericError, lambda: client.cancelTask(4711000))

# Sidetags.
sidetag = client.createSideTag("f43-build")
assert sidetag["name"].startswith("f43-build-side-"), sidetag
assert client.getBuildTarget(sidetag["name"])["dest_tag_name"] == sidetag["name"]
assert [tag["name"] for tag in client.listSideTags(basetag="f43-build", user=os.environ["KOJI_USER"])] == [sidetag["name"]]
tagging = client.tagBuild(sidetag["name"], build["nvr"])
assert until_ended(client, tagging) == "CLOSED"
assert [tagged["nvr"] for tagged in client.listTagged(sidetag["name"])] == [build["nvr"]]
twice = client.tagBuild(sidetag["name"], build["nvr"])
assert until_ended(client, twice) == "FAILED"
raises(koji.TagError, lambda: client.getTaskResult(twice))
client.untagBuild(sidetag["name"], build["nvr"])
assert client.listTagged(sidetag["name"]) == []
client.removeSideTag(sidetag["name"])
assert client.getTag(sidetag["name"]) is None

# Several calls in one, and a session that is over.
with client.multicall(strict=False) as several:
    found, nothing = several.getBuild(build["nvr"]), several.getTag("nowhere", strict=True)
assert found.result == build
raises(koji.GenericError, lambda: nothing.result)
key = client.sinfo["session-key"]
client.sinfo["session-key"] = "wrong"
raises(koji.AuthError, lambda: client.getLoggedInUser())
client.sinfo["session-key"] = key
client.callnum = 0
raises(koji.AuthError, lambda: client.createSideTag("f43-build"))
client.callnum = 1000
client.logout()

# By certificate, over TLS.
by_certificate = session(url=os.environ["KOJI_TLS_HUB"])
assert by_certificate.ssl_login(cert=os.environ["KOJI_CERTIFICATE"], serverca=os.environ["KOJI_AUTHORITY"])
assert by_certificate.getLoggedInUser()["name"] == os.environ["KOJI_USER"]
assert by_certificate.build(SOURCE % "other", "rawhide") > 0
print("all of it holds")
