"""Serves PyPI's bodhi-server on loopback, on SQLite, with a build system that is told what it has.

Prints its port. Then reads commands from standard input, one a line, and answers each with a line:
  tag TAG NVR           Koji tags a build; an unknown build exists from then on
  sidetag TAG USER      Koji makes a sidetag
  status ALIAS STATUS   what Bodhi's composer does with an update
Arguments: a folder for its files, the address of an OpenID Connect provider (or the name of the account that every
caller is taken for).
"""

import os
import sys
import threading

folder, login = sys.argv[1:]
celery = os.path.join(folder, "celeryconfig.py")
with open(celery, "w") as file:
    # Tasks are put on a queue in memory that nobody works on.
    file.write('broker_url = "memory://"\nresult_backend = "cache+memory://"\ntask_ignore_result = True\n')
ini = os.path.join(folder, "bodhi.ini")
provider = login if login.startswith("http") else "http://127.0.0.1:9"
with open(ini, "w") as file:
    file.write(
        f"""[app:main]
use = egg:bodhi-server
base_address = http://127.0.0.1/
sqlalchemy.url = sqlite:///{folder}/bodhi.sqlite
celery_config = {celery}
buildsystem = dummy
bugtracker =
acl_system = dummy
acl_dummy_committer = packit
authtkt.secret = for-a-test
authtkt.secure = false
session.secret = for-a-test
cache_dir = {folder}
cors_origins_rw = http://127.0.0.1/
dogpile.cache.backend = dogpile.cache.memory_pickle
greenwave_api_url = http://127.0.0.1:9
waiverdb_api_url = http://127.0.0.1:9
libravatar_enabled = False
oidc.fedora.client_id = bodhi
oidc.fedora.client_secret = secret
oidc.fedora.server_metadata_url = {provider}/.well-known/openid-configuration
pyramid.includes =
test_gating.required = False
query_wiki_test_cases = False
warm_cache_on_start = False
"""
    )
os.environ["BODHI_CONFIG"] = ini
fm = os.path.join(folder, "fedora-messaging.toml")
with open(fm, "w") as file:
    file.write('amqp_url = "amqp://127.0.0.1:9/"\n')
os.environ["FEDORA_MESSAGING_CONF"] = fm

import sqlalchemy
import waitress
from bodhi.server import Session, buildsys, initialize_db, main, notifications
from bodhi.server.config import config
from bodhi.server.models import Base, Group, Release, ReleaseState, PackageManager, Update, UpdateStatus, User

# There is no broker.
notifications.publish = lambda message, force=False: None


class Koji(buildsys.DevBuildsys):
    """The dummy build system with a memory: it has the builds and sidetags that it was told of."""

    tags = {}
    sidetags = {}

    def getBuild(self, build="", other=False, testing=False):
        if build not in self.tags:
            return None
        return super().getBuild(build)

    def listTags(self, build, *args, **kw):
        return [{"name": tag} for tag in self.tags.get(build, [])]

    def listTagged(self, tag, *args, **kw):
        return [super(Koji, self).getBuild(build) for build, tags in self.tags.items() if tag in tags]

    def getTag(self, taginfo, **kw):
        if "-build-side-" in str(taginfo):
            if taginfo not in self.sidetags:
                return None
            extra = {"sidetag": True, "sidetag_user": self.sidetags[taginfo]}
            return {"name": taginfo, "extra": extra, "id": 1}
        return super().getTag(taginfo, **kw)

    def getFullInheritance(self, taginfo, **kw):
        release = str(taginfo).split("-")[0]
        return [{"name": f"{release}-build"}, {"name": f"{release}-updates-candidate"}, {"name": release}]


config.load_config()
buildsys._buildsystem = Koji
engine = initialize_db(config)
Base.metadata.create_all(engine)
testing = None if login.startswith("http") else login
app = main({"__file__": ini, "here": folder}, testing=testing)


def add(rows):
    session = Session()
    session.add_all(rows)
    session.commit()
    Session.remove()


def release(number, state):
    name = f"f{number}"
    return Release(
        name=name.upper(), long_name=f"Fedora {number}", version=str(number), id_prefix="FEDORA", branch=name,
        dist_tag=name, stable_tag=f"{name}-updates", testing_tag=f"{name}-updates-testing",
        candidate_tag=f"{name}-updates-candidate", pending_signing_tag=f"{name}-signing-pending",
        pending_testing_tag=f"{name}-updates-testing-pending", pending_stable_tag=f"{name}-updates-pending",
        override_tag=f"{name}-override", state=state, composed_by_bodhi=True, create_automatic_updates=False,
        package_manager=PackageManager.dnf, testing_repository="updates-testing", mail_template="fedora_errata_template",
    )


packit = User(name="packit", email="packit@example.com")
packit.groups.append(Group(name="packager"))
add([release(42, ReleaseState.current), release(43, ReleaseState.current), packit])


def command(word, *arguments):
    if word == "tag":
        tag, nvr = arguments
        Koji.tags.setdefault(nvr, []).append(tag)
    elif word == "sidetag":
        tag, user = arguments
        Koji.sidetags[tag] = user
    elif word == "status":
        alias, status = arguments
        session = Session()
        update = session.query(Update).filter_by(alias=alias).one()
        update.status, update.request = UpdateStatus.from_string(status), None
        if status in ("testing", "stable"):
            setattr(update, f"date_{status}", sqlalchemy.func.current_timestamp())
        session.commit()
        Session.remove()
    else:
        raise ValueError(word)


server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
threading.Thread(target=server.run, daemon=True).start()
print(server.effective_port, flush=True)
for line in sys.stdin:
    command(*line.split())
    print("done", flush=True)
