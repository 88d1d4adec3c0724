"""Packit's own command line, on checkouts that are there, asking no server.

Packflow starts it in a sandbox that has no network, as

    python3 packit-offline.py propose-downstream --dist-git-branch f42 ... upstream 1.2.0

All words are the `packit` command's. What it would ask a server for is answered otherwise:

- the upstream repository, where it would be cloned: the checkout `upstream`;
- which branches dist-git has, and which is the default one: those that were given are meant;
- which branches are of a release that is out, where `version_update_mask` counts: told by their names;
- which bug release monitoring has for this version: the ones that were given are meant, or none;
- the archives that the spec file names by address: taken from the folder `archives` beside this file. What is not there
  is written to `wanted.json` in the folder that the program was started in, and the run ends; Packflow fetches what its
  operator allows to be fetched, and starts again;
- the lookaside cache: what was taken is named in `sources`, for Packflow to upload.

It was written for `packitos` 1.17, and says so if what it replaces is not found.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The folder of a script is searched first: nothing in it is a module.
sys.path.pop(0)

import git
import packit.api as api
import packit.cli.propose_downstream as command
import packit.local_project as local_project
from packit.base_git import PackitRepositoryBase
from packit.cli.packit_base import packit_base
from packit.distgit import DistGit

RUN = Path.cwd()
ARCHIVES = Path(__file__).resolve().parent / "archives"
WANTED = "wanted.json"
# `EX_TEMPFAIL` of sysexits.h: start again.
AGAIN = 75
# Of the branches that were given, those of Fedora's and EPEL's releases.
RELEASED = set()


def replace(owner, name, replacement):
    """Puts a function in the place of Packit's."""
    if not hasattr(owner, name):
        sys.exit(f"this version of Packit has no `{name}`: 1.17 is known to work")
    setattr(owner, name, replacement)


def given_repository(url, directory=None):
    """A clone of the checkout: Packit removes what it made."""
    if directory and (Path(directory) / ".git").exists():
        return git.Repo(directory)
    if not (RUN / "upstream").is_dir():
        sys.exit(f"{url} was not fetched")
    return git.Repo.clone_from(RUN / "upstream", directory or tempfile.mkdtemp(), tags=True)


def author():
    """Whom the changelog names: the author of our commits."""
    asked = ["git", "-C", str(RUN / "dist-git"), "config"]
    told = [subprocess.run([*asked, key], capture_output=True, text=True).stdout.strip() for key in ("user.name", "user.email")]
    return "{} <{}>".format(*told)


def given_branches(_, dist_git_branch, pull_from_upstream=False):
    branches = (dist_git_branch or "").split(",")
    if not all(branches):
        sys.exit("--dist-git-branch has to be given")
    RELEASED.update(branch for branch in branches if re.fullmatch(r"f\d+|epel\d+(\.\d+)?", branch))
    return branches, branches[0]


def take_archives(self, pkg_tool=None):
    """Copies what the spec file and `sources` of the configuration name by address beside the spec file."""
    wanted = [(source.url, source.path) for source in self.package_config.sources]
    with self.specfile.sources() as sources, self.specfile.patches() as patches:
        wanted += [
            (source.expanded_location, source.expanded_filename)
            for source in sources + patches
            if source.remote and source.valid
        ]
    missing = []
    for url, name in wanted:
        beside = self.specfile.sourcedir / name
        if beside.is_file():
            continue
        if (ARCHIVES / name).is_file():
            shutil.copyfile(ARCHIVES / name, beside)
        else:
            missing.append({"url": url, "name": name})
    if missing:
        (RUN / WANTED).write_text(json.dumps(missing))
        print("Archives that are not here yet:", ", ".join(archive["url"] for archive in missing), flush=True)
        sys.exit(AGAIN)


def name_in_sources(self, archives, pkg_tool="", offline=False):
    """Writes `sources` anew, and has git ignore what it names."""
    folder = Path(self.local_project.working_dir)
    file, ignored = folder / "sources", folder / ".gitignore"
    lines = {}
    for archive in archives:
        with open(archive, "rb") as content:
            digest = hashlib.file_digest(content, "sha512").hexdigest()
        lines[Path(archive).name] = f"SHA512 ({Path(archive).name}) = {digest}"
    for line in file.read_text().splitlines() if file.is_file() else []:
        name = line.partition("(")[2].rpartition(")")[0]
        if name in self.local_archive_names:
            lines.setdefault(name, line)
    file.write_text("".join(f"{line}\n" for line in lines.values()))
    known = ignored.read_text().splitlines() if ignored.is_file() else []
    new = [f"/{name}" for name in lines if f"/{name}" not in known]
    if new:
        ignored.write_text("".join(f"{line}\n" for line in known + new))


os.environ.setdefault("RPM_PACKAGER", author())
replace(local_project, "get_repo", given_repository)
replace(command, "get_dist_git_branches", given_branches)
replace(command, "get_dg_branches", lambda *given, **more: set(given_branches(*given, **more)[0]))
replace(command, "get_branches", lambda *branches, **_: set(branches))
replace(command, "get_fast_forward_merge_branches_for", lambda **_: set())
replace(api, "get_branches", lambda *_, **__: RELEASED)
replace(api.PackitAPI, "get_upstream_release_monitoring_bug", lambda *_, **__: None)
replace(api.PackitAPI, "init_kerberos_ticket", lambda _: None)
replace(PackitRepositoryBase, "download_remote_sources", take_archives)
replace(DistGit, "is_archive_in_lookaside_cache", lambda *_: False)
replace(DistGit, "upload_to_lookaside_cache", name_in_sources)

packit_base(sys.argv[1:], prog_name="packit", auto_envvar_prefix="PACKIT")
