"""Drives a Copr front end with Copr's released client; every line that is wrong ends it with a traceback."""

import os
import time

from copr.v3 import Client, CoprAuthException, CoprException, CoprNoResultException, CoprRequestException

config = {
    "copr_url": os.environ["COPR_URL"],
    "login": os.environ["COPR_LOGIN"],
    "token": os.environ["COPR_TOKEN"],
    "username": os.environ["COPR_USER"],
}
client = Client(config)
owner, project = config["username"], "interop"


def raises(kind, call):
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was not raised")


def until(build_id, *states):
    for _ in range(200):
        build = client.build_proxy.get(build_id)
        if build.state in states:
            return build
        time.sleep(0.05)
    raise AssertionError(f"build {build_id} is {build.state}, not one of {states}")


# Chroots, projects.
chroots = client.mock_chroot_proxy.get_list()
assert "fedora-43-x86_64" in chroots, chroots
raises(CoprNoResultException, lambda: client.project_proxy.get(owner, project))
added = client.project_proxy.add(
    owner, project, ["fedora-43-x86_64", "fedora-42-x86_64"], delete_after_days=60, unlisted_on_hp=True
)
assert sorted(added.chroot_repos) == ["fedora-42-x86_64", "fedora-43-x86_64"], added
assert added.unlisted_on_hp is True, added
raises(CoprRequestException, lambda: client.project_proxy.add(owner, project, ["fedora-43-x86_64"]))
again = client.project_proxy.add(owner, project, ["fedora-43-x86_64"], exist_ok=True)
assert again.id == added.id
unknown = raises(CoprRequestException, lambda: client.project_proxy.add(owner, "other", ["fedora-99-x86_64"]))
assert "fedora-99-x86_64" in unknown, unknown
edited = client.project_proxy.edit(
    owner, project, chroots=["fedora-43-x86_64", "fedora-42-x86_64", "epel-9-x86_64"], additional_repos=["copr://a/b"]
)
assert "epel-9-x86_64" in edited.chroot_repos and edited.additional_repos == ["copr://a/b"], edited
assert client.project_proxy.can_build_in(owner, owner, project) is True
assert [found.name for found in client.project_proxy.get_list(owner)] == [project]

# An SRPM made by a script, and its chroots.
build = client.build_proxy.create_from_custom(
    owner,
    project,
    "#!/bin/sh\npackit prepare-sources -p hello https://forge.example/packit/hello\n",
    script_chroot="fedora-43-x86_64",
    script_builddeps=["packit"],
    buildopts={"chroots": ["fedora-43-x86_64", "fedora-42-x86_64"], "enable_net": True, "timeout": 3600},
)
assert sorted(build.chroots) == ["fedora-42-x86_64", "fedora-43-x86_64"], build
config = client.build_proxy.get_source_build_config(build.id)
assert config.source_dict["script"].startswith("#!/bin/sh"), config
ended = until(build.id, "failed", "succeeded")
assert ended.state == "failed", ended
assert ended.source_package["url"].endswith(".src.rpm"), ended
assert client.build_proxy.get_source_chroot(build.id).state == "succeeded"
states = {chroot.name: chroot.state for chroot in client.build_chroot_proxy.get_list(build.id)}
assert states == {"fedora-43-x86_64": "succeeded", "fedora-42-x86_64": "failed"}, states
chroot = client.build_chroot_proxy.get(build.id, "fedora-43-x86_64")
assert chroot.started_on <= chroot.ended_on and chroot.result_url, chroot
packages = client.build_proxy.get_built_packages(build.id)["fedora-43-x86_64"]["packages"]
assert sorted(package["arch"] for package in packages) == ["src", "x86_64"], packages
assert client.build_chroot_proxy.get_built_packages(build.id, "fedora-43-x86_64").packages == packages

# Another build of the same SRPM; the list; canceling.
second = client.build_proxy.create_from_url(
    owner, project, ended.source_package["url"], buildopts={"chroots": ["fedora-42-x86_64"]}
)
builds = client.build_proxy.get_list(owner, project, pagination={"limit": 1, "order": "id", "order_type": "DESC"})
assert [found.id for found in builds] == [second.id], builds
client.build_proxy.cancel(second.id)
assert until(second.id, "canceled").state == "canceled"
raises(CoprException, lambda: client.build_proxy.cancel(build.id))
raises(CoprNoResultException, lambda: client.build_proxy.get(4711))

# Somebody else's project.
client.project_proxy.request_permissions("@python", "tools", {"builder": True})
raises(CoprAuthException, lambda: client.build_proxy.create_from_url("@python", "tools", "https://a.example/a-1-1.src.rpm"))
stranger = Client({**client.config, "token": "wrong"})
raises(CoprException, lambda: stranger.build_proxy.cancel(build.id))
print("all of it holds")
