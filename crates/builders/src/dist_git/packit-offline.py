"""Packit's own command line, on checkouts that are there, asking no server.

Packflow starts it in a sandbox that has no network, as

    python3 packit-offline.py propose-downstream --dist-git-branch f42 ... upstream 1.2.0

All words are the `packit` command's. What it would ask a server for is answered otherwise:

- the package configuration, where it was planned by one: that one, of `planned.json` beside this file;
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
import packit.cli.utils as utils
import packit.config.package_config as package_config
import packit.local_project as local_project
import rpm
from packit.base_git import PackitRepositoryBase
from packit.cli.packit_base import packit_base
from packit.distgit import DistGit

RUN = Path.cwd()
GIVEN = Path(__file__).resolve().parent
ARCHIVES = GIVEN / "archives"
# What was planned: the configuration, and which package and job of it; none if that is not known.
PLANNED = json.loads((GIVEN / "planned.json").read_text()) if (GIVEN / "planned.json").is_file() else None
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


class Planned:
    """In the place of a configuration with all its packages: the one package, as the planned job has it."""

    def __init__(self, planned, whole):
        name, place = planned["package"], planned["index"]
        views = whole.get_job_views()
        job = views[place] if place is not None and place < len(views) else None
        is_it = job is not None and job.type.value == planned["job"] and name in job.packages
        self.packages = {name: job if is_it else whole.get_package_config_views()[name]}

    def get_package_config_views(self):
        return self.packages


def planned_configuration(*folders, repo_name=None, **_):
    """The configuration that was planned by: a branch of dist-git may have another, or none."""
    whole = package_config.parse_loaded_config(
        loaded_config=package_config.load_packit_yaml(raw_text=PLANNED["configuration"]["text"]),
        config_file_path=PLANNED["configuration"]["path"],
        repo_name=repo_name,
        search_specfile=package_config.get_local_specfile_path,
        dir=Path(folders[0]),
    )
    return Planned(PLANNED, whole)


def known_sources(distgit):
    """The lines of the file `sources`, by the name of the archive."""
    file = Path(distgit.local_project.working_dir) / "sources"
    lines = file.read_text().splitlines() if file.is_file() else []
    return {line.partition("(")[2].rpartition(")")[0]: line for line in lines if line.strip()}


def take_archives(self, pkg_tool=None):
    """Copies what the spec file and `sources` of the configuration name by address beside the spec file, but what the
    lookaside cache has."""
    wanted = [(source.url, source.path) for source in self.package_config.sources]
    with self.specfile.sources() as sources, self.specfile.patches() as patches:
        wanted += [
            (source.expanded_location, source.expanded_filename)
            for source in sources + patches
            if source.remote and source.valid
        ]
    known = known_sources(self)
    missing = []
    for url, name in wanted:
        beside = self.specfile.sourcedir / name
        if beside.is_file() or name in known:
            continue
        if (ARCHIVES / name).is_file():
            shutil.copyfile(ARCHIVES / name, beside)
        else:
            missing.append({"url": url, "name": name})
    if missing:
        (RUN / WANTED).write_text(json.dumps(missing))
        print("Archives that are not here yet:", ", ".join(archive["url"] for archive in missing), flush=True)
        sys.exit(AGAIN)


def upstream_archives(self):
    """The archives of the version: those that the lookaside cache has are named, and are not there."""
    take_archives(self)
    known = known_sources(self)
    archives = [self.absolute_source_dir / name for name in self.upstream_archive_names]
    for archive in archives:
        if not archive.exists() and archive.name not in known:
            sys.exit(f"{archive.name} is neither in dist-git nor named by an address")
    return archives


def name_in_sources(self, archives, pkg_tool="", offline=False):
    """Writes `sources` anew, and has git ignore what it names. What was not made anew keeps its line."""
    folder = Path(self.local_project.working_dir)
    known, lines = known_sources(self), {}
    for archive in map(Path, archives):
        if archive.exists():
            with open(archive, "rb") as content:
                digest = hashlib.file_digest(content, "sha512").hexdigest()
            lines[archive.name] = f"SHA512 ({archive.name}) = {digest}"
    with self.specfile.sources() as sources:
        # Those too that a condition leaves out here.
        still = {source.expanded_filename for source in sources}
    for name, line in known.items():
        if name in still:
            lines.setdefault(name, line)
    (folder / "sources").write_text("".join(f"{line}\n" for line in lines.values()))
    ignored = folder / ".gitignore"
    patterns = ignored.read_text().splitlines() if ignored.is_file() else []
    new = [f"/{name}" for name in lines if f"/{name}" not in patterns]
    if new:
        ignored.write_text("".join(f"{line}\n" for line in patterns + new))


os.environ.setdefault("RPM_PACKAGER", author())
replace(local_project, "get_repo", given_repository)
replace(command, "get_dist_git_branches", given_branches)
replace(command, "get_branches", lambda *branches, **_: set(branches))
replace(command, "get_fast_forward_merge_branches_for", lambda **_: set())
replace(api, "get_branches", lambda *_, **__: RELEASED)
replace(api.PackitAPI, "get_upstream_release_monitoring_bug", lambda *_, **__: None)
replace(api.PackitAPI, "init_kerberos_ticket", lambda _: None)
replace(PackitRepositoryBase, "download_remote_sources", take_archives)
replace(DistGit, "download_upstream_archives", upstream_archives)
replace(DistGit, "is_archive_in_lookaside_cache", lambda *_: False)
replace(DistGit, "upload_to_lookaside_cache", name_in_sources)

if PLANNED:
    replace(utils, "get_local_package_config", planned_configuration)
if not rpm.expandMacro("%{?fedora}%{?rhel}"):
    print("RPM knows of no %fedora here: conditions and macros of spec files may come out otherwise than in Fedora.")

packit_base(sys.argv[1:], prog_name="packit", auto_envvar_prefix="PACKIT")
