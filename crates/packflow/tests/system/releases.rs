//! The story of a release: proposed for two branches of dist-git, of which one fails and is done again; merged, built in Koji,
//! an update of Bodhi; and the way from there back to the release.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Accounts, GitServer, Repository};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, quick, status, targets, until};

pub(crate) const HOST: &str = "src.fedoraproject.org";
pub(crate) const PACKAGE: &str = "rpms/hello";
pub(crate) const FORK: &str = "forks/packflow/rpms/hello";

pub(crate) const UPSTREAM: &str = "\
specfile_path: hello.spec
downstream_package_name: hello
jobs:
  - job: propose_downstream
    trigger: release
    dist_git_branches: [rawhide, f41]
";
pub(crate) const DOWNSTREAM: &str = "\
specfile_path: hello.spec
downstream_package_name: hello
jobs:
  - job: koji_build
    trigger: commit
    dist_git_branches: [rawhide, f41]
  - job: bodhi_update
    trigger: commit
    dist_git_branches: [f41]
";
/// In the place of Packit's command line: refuses a branch that says it is broken.
const PROGRAM: &str = "if grep -q broken dist-git/state; then echo \"$1 is broken\"; exit 3; fi; \
                       cp upstream/hello.spec dist-git/ && cd dist-git && git commit -qam \"Update to $2\"";

pub(crate) fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// GitHub with a release, dist-git with a package whose branches are in these states.
pub(crate) struct Scene<'a> {
    pub(crate) upstream: &'a str,
    pub(crate) downstream: &'a str,
    pub(crate) states: [(&'a str, &'a str); 2],
    /// Further keys of the configuration.
    pub(crate) keys: &'a [(&'a str, &'a str)],
}

pub(crate) const STORY: Scene<'static> = Scene {
    upstream: UPSTREAM,
    downstream: DOWNSTREAM,
    states: [("rawhide", "fine\n"), ("f41", "broken\n")],
    keys: &[],
};

impl Scene<'_> {
    pub(crate) async fn world(&self, database: &str, git: &GitServer) -> (World, String) {
        let work = tempfile::tempdir().unwrap().keep();
        let text = |text: &str| Value::from(text).to_string();
        let program = json!(["sh", "-c", PROGRAM, "sh", "{branch}", "{version}"]).to_string();
        let upstream = format!("{{\"https://github.com\" = {}}}", text(git.url()));
        let folder = text(work.to_str().unwrap());
        let login = work.join("bodhi.json");
        let (git_url, login_file) = (text(git.url()), text(login.to_str().unwrap()));
        let allowed = format!("[\"github.com/upstream\", \"{HOST}/rpms\"]");
        let mut keys: Vec<(&str, &str)> = vec![
            ("access.allow", &allowed),
            ("access.fedora_account", "\"packflow\""),
            ("dist_git.account", "\"packflow\""),
            ("dist_git.git_url", &git_url),
            ("dist_git.work_folder", &folder),
            ("dist_git.propose_downstream", &program),
            ("dist_git.pull_from_upstream", &program),
            ("dist_git.upstream", &upstream),
            ("bodhi.token_file", &login_file),
        ];
        keys.extend(self.keys);
        let behaviour = quick();
        let world = Setup { database, behaviour, keys: &keys }.world().await;
        std::fs::write(&login, world.simulator.bodhi_login().to_string()).unwrap();
        let (bodhi, provider) =
            (text(&world.simulator.bodhi_url()), text(&world.simulator.bodhi_provider_url()));
        keys.extend([("bodhi.url", bodhi.as_str()), ("bodhi.login_url", provider.as_str())]);
        world.configure(database, &keys);
        let accounts = Accounts::default();
        world.also_pagure(HOST, &world.simulator.pagure_url(), &accounts.pagure_token);

        let released = files(&[("hello.spec", "Version: 2.0\n")]);
        let release = git.commit("upstream/hello", "main", &released).await.unwrap();
        git.tag("upstream/hello", "v2.0", "main").await.unwrap();
        let mut heads = BTreeMap::new();
        for (branch, state) in self.states {
            let kept = files(&[("hello.spec", "Version: 1.0\n"), ("state", state)]);
            heads.insert(branch.to_owned(), git.commit(PACKAGE, branch, &kept).await.unwrap());
        }
        git.create(FORK).await.unwrap();
        let configured = files(&[(".packit.yaml", self.upstream), ("hello.spec", "Name: hello\n")]);
        let references =
            BTreeMap::from([("main".to_owned(), release.clone()), ("v2.0".to_owned(), release.clone())]);
        let latest_release = "v2.0".to_owned();
        let repository = Repository { files: configured, references, latest_release, ..world.repository() };
        world.simulator.put_repository("upstream", "hello", repository);
        let package = Repository {
            default_branch: "rawhide".to_owned(),
            files: files(&[(".packit.yaml", self.downstream)]),
            references: heads,
            permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
            ..Repository::default()
        };
        world.simulator.put_on_pagure(PACKAGE, package);
        (world, release)
    }
}

/// The release is published.
pub(crate) async fn publish(world: &World) {
    let payload = json!({
        "action": "published",
        "release": {"tag_name": "v2.0", "published_at": "2026-05-04T10:00:00Z", "draft": false},
        "repository": {"id": 4711, "full_name": "upstream/hello", "private": false, "default_branch": "main"},
        "sender": {"login": "alice"},
    });
    assert_eq!(world.deliver_event("release", payload, None).await, Some(202));
}

/// The Fedora bus says something; what became of it.
pub(crate) fn hear(world: &World, topic: &str, id: &str, body: &Value) -> String {
    let message = json!({
        "routing_key": format!("org.fedoraproject.prod.{topic}"),
        "properties": {"message_id": format!("4f4f4f4f-0000-4000-8000-{id:0>12}"), "headers": {}},
        "body": body,
    });
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(file.path(), message.to_string()).unwrap();
    // It exits with 1 if that was refused.
    let told = world.run(&["replay", file.path().to_str().unwrap()]);
    assert!(matches!(told.status.code(), Some(0 | 1)), "{told:?}");
    String::from_utf8(told.stdout).unwrap()
}

/// A pull request is merged: git has it, Pagure has it, and the Fedora bus says so.
async fn merge(world: &World, git: &GitServer, proposed: &Value) -> String {
    let (number, branch) = (proposed["id"].as_u64().unwrap(), proposed["branch"].as_str().unwrap());
    let from = proposed["branch_from"].as_str().unwrap();
    let hash = git.merge((FORK, from), (PACKAGE, branch)).await.unwrap();
    world.simulator.merge_on_pagure(PACKAGE, number, &hash);
    let body = json!({
        "agent": "pagure", "branch": branch, "old_commit": "0".repeat(40), "end_commit": hash, "forced": false,
        "total_commits": 1, "pull_request_id": number,
        "repo": {"id": 1, "namespace": "rpms", "name": "hello", "full_url": format!("https://{HOST}/{PACKAGE}")},
    });
    hear(world, "pagure.git.receive", &number.to_string(), &body);
    hash
}

fn target_of(workflow: &Value, wanted: &str) -> i64 {
    let place = targets(workflow, "status").iter().position(|(name, _)| name == wanted).unwrap();
    workflow["targets"][place]["id"].as_i64().unwrap()
}

/// What was said in issues, or below them: the texts of what was sent to addresses with this end.
fn issues(world: &World, end: &str) -> Vec<String> {
    let sent = world.sent().0;
    let written = sent.iter().filter(|entry| entry.method == "POST" && entry.status == Some(201));
    let there = written.filter(|entry| entry.path.contains("/issues") && entry.path.ends_with(end));
    there.map(|entry| entry.body["body"].as_str().unwrap().to_owned()).collect()
}

/// Release monitoring filed a bug about version 2.0.
fn bug_is_filed(world: &World, id: &str) -> String {
    let body = json!({
        "bug": {"bug_id": 2_106_196}, "package": "hello",
        "trigger": {"msg": {
            "project": {"id": 77, "name": "hello"},
            "message": {"upstream_versions": ["2.0"], "packages": [{"distro": "Fedora", "package_name": "hello"}]},
        }},
    });
    hear(world, "hotness.update.bug.file", id, &body)
}

/// Somebody comments on a pull request of the package.
fn comment(world: &World, id: &str, who: &str, text: &str) -> String {
    let project = json!({"id": 1, "name": "hello", "namespace": "rpms", "full_url": format!("https://{HOST}/{PACKAGE}")});
    let body = json!({"agent": who, "pullrequest": {
        "id": 1, "branch": "rawhide", "commit_stop": "1".repeat(40), "project": project, "repo_from": null,
        "user": {"name": "packflow"},
        "comments": [{"id": 50, "comment": text, "notification": false, "user": {"name": who}, "date_created": "1777800000"}],
    }});
    hear(world, "pagure.pull-request.comment.added", id, &body)
}

on_both_databases! {
    async fn a_release_goes_through_dist_git_and_koji_to_an_update_and_the_way_back_is_known(database: TestDatabase) {
        if !test_support::sandbox("a_release_goes_through_dist_git") {
            return;
        }
        let git = GitServer::start("packflow", &Accounts::default().pagure_token).await.unwrap();
        let (world, release) = STORY.world(database.url(), &git).await;
        let server = world.serve().await;
        publish(&world).await;
        let event = world.event_of(&release).await;
        let workflow = world.ended(event).await;
        assert_eq!(status(&workflow, "propose_downstream rawhide"), "succeeded", "{workflow:#}");
        assert_eq!(status(&workflow, "propose_downstream f41"), "failed");
        let failed = target_of(&workflow, "propose_downstream f41");
        let log = world.get(&format!("/targets/{failed}/log")).await.unwrap();
        assert!(log.starts_with("f41 is broken\n"), "{log}");

        // The branch is mended, and it alone is done again (A10).
        git.commit(PACKAGE, "f41", &files(&[("state", "fine\n")])).await.unwrap();
        world.said(&["rerun", &event.to_string(), "--failed"]);
        let workflow = world.workflow_when(event, "f41 is proposed", |workflow| workflow["status"] == "succeeded").await;
        let proposed = world.simulator.proposed_on_pagure(PACKAGE);
        let branches: Vec<&str> = proposed.iter().map(|one| one["branch"].as_str().unwrap()).collect();
        assert_eq!(branches, ["rawhide", "f41"], "{workflow:#}");
        assert_eq!(proposed[1]["title"], "Update to 2.0 upstream release");

        // Both are merged, and Koji and Bodhi follow: Rawhide's updates make themselves.
        let mut updates = Vec::new();
        for one in &proposed {
            let hash = merge(&world, &git, one).await;
            let built = world.event_of(&hash).await;
            let workflow = world.ended(built).await;
            assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
            updates.extend(targets(&workflow, "id").iter().any(|(name, _)| name == "bodhi_update f41").then(|| {
                target_of(&workflow, "bodhi_update f41")
            }));
        }
        let [update] = updates[..] else { panic!("{updates:?}") };

        // From the update to the release, and from the release to the update.
        let way = until("the way back", async || {
            world.get(&format!("/api/v1/targets/{update}/provenance")).await
        })
        .await;
        let way: Value = serde_json::from_str(&way).unwrap();
        assert!(way.to_string().contains("propose_downstream"), "{way:#}");
        assert!(way.to_string().contains(&release), "{way:#}");
        let newest = world.get(&format!("/api/v1/events/{event}/workflow")).await.unwrap();
        let newest: Value = serde_json::from_str(&newest).unwrap();
        let ids = newest["targets"].as_array().unwrap().iter();
        let proposal = ids.filter(|one| one["name"] == "f41").filter_map(|one| one["id"].as_i64()).max().unwrap();
        let forth = world.get(&format!("/api/v1/targets/{proposal}/provenance")).await.unwrap();
        assert!(forth.contains("bodhi_update"), "{forth}");
        let page = world.get(&format!("/targets/{update}/provenance")).await.unwrap();
        assert!(page.contains("v2.0"), "{page}");

        // Nobody asked for issues about it.
        assert_eq!(issues(&world, "/issues"), Vec::<String>::new());
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }

    async fn a_version_that_release_monitoring_saw_goes_into_dist_git_and_the_way_back_is_known(database: TestDatabase) {
        if !test_support::sandbox("a_version_that_release_monitoring_saw_goes_into_dist_git") {
            return;
        }
        let git = GitServer::start("packflow", &Accounts::default().pagure_token).await.unwrap();
        let built = DOWNSTREAM.replace("f41]", "f40, f41]");
        let downstream = format!("{built}  - job: pull_from_upstream\n    trigger: release\n    \
            dist_git_branches: {{rawhide: {{fast_forward_merge_into: [f40]}}, f41: {{}}}}\n\
            upstream_project_url: https://github.com/upstream/hello\nupstream_tag_template: v{{version}}\n");
        let upstream = "specfile_path: hello.spec\njobs:\n- {job: copr_build, trigger: release, targets: fedora-42-x86_64}\n";
        let scene = Scene { upstream, downstream: &downstream, ..STORY };
        let (world, release) = scene.world(database.url(), &git).await;
        let server = world.serve().await;

        // Upstream builds its release in Copr.
        publish(&world).await;
        let built = world.event_of(&release).await;
        assert_eq!(status(&world.ended(built).await, "copr_build fedora-42-x86_64"), "succeeded");

        // A bug is filed, once, however often the bus says so.
        let said = bug_is_filed(&world, "9001");
        assert!(said.contains("version 2.0 of hello: planned to be pulled into dist-git"), "{said}");
        bug_is_filed(&world, "9001");
        let again = bug_is_filed(&world, "9099");
        assert!(again.contains("pulls it in already; `/packit pull-from-upstream` redoes what failed"), "{again}");
        let told = world.events().await;
        let told: Vec<&Value> = told.iter().filter(|event| event["kind"] == "upstream_version").collect();
        assert_eq!(told.len(), 1, "{told:#?}");
        let event = told[0]["id"].as_i64().unwrap();
        let workflow = world.ended(event).await;
        assert_eq!(workflow["project"], "github.com/upstream/hello");
        assert_eq!((&workflow["commit"], &workflow["reference"]["name"]), (&json!(release), &json!("v2.0")));
        assert_eq!(status(&workflow, "pull_from_upstream rawhide"), "succeeded", "{workflow:#}");
        assert_eq!(status(&workflow, "pull_from_upstream f41"), "failed");

        // Who is no packager may not; who is has the branch that failed done again, and nothing else (A10).
        git.commit(PACKAGE, "f41", &files(&[("state", "fine\n")])).await.unwrap();
        let said = comment(&world, "9002", "mallory", "/packit pull-from-upstream");
        assert!(said.contains("mallory is not in the group packager"), "{said}");
        let said = comment(&world, "9003", "alice", "/packit pull-from-upstream");
        assert!(said.contains(&format!("of event {event}")), "{said}");
        world.workflow_when(event, "f41 is proposed", |workflow| workflow["status"] == "succeeded").await;
        let proposed = world.simulator.proposed_on_pagure(PACKAGE);
        let branches: Vec<&str> = proposed.iter().map(|one| one["branch"].as_str().unwrap()).collect();
        assert_eq!(branches, ["rawhide", "f40", "f41"]);
        let text = proposed[2]["initial_comment"].as_str().unwrap();
        assert!(text.contains("Upstream tag: v2.0") && text.contains(&release), "{text}");
        assert!(text.contains("Resolves: rhbz#2106196"), "{text}");
        let said = comment(&world, "9004", "alice", "/packit pull-from-upstream --version 2.0");
        assert!(said.contains("no branch of it failed"), "{said}");

        // It is merged, built and updated; from the update the way leads to the release, and to what Copr built of it.
        let hash = merge(&world, &git, &proposed[2]).await;
        let merged = world.ended(world.event_of(&hash).await).await;
        assert_eq!(merged["status"], "succeeded", "{merged:#}");
        let update = target_of(&merged, "bodhi_update f41");
        let way = world.get(&format!("/api/v1/targets/{update}/provenance")).await.unwrap();
        let published = format!("\"event_id\":{built}");
        for station in ["pull_from_upstream", "v2.0", &release, &published, "\"link\":\"built\"", "\"copr_build\""] {
            assert!(way.contains(station), "{station}: {way}");
        }
        // So it does from a branch that follows another one, though its pull request is merged alone.
        let hash = merge(&world, &git, &proposed[1]).await;
        let merged = world.ended(world.event_of(&hash).await).await;
        let update = target_of(&merged, "bodhi_update f40");
        let way = world.get(&format!("/api/v1/targets/{update}/provenance")).await.unwrap();
        let pulled = target_of(&workflow, "pull_from_upstream rawhide");
        assert!(way.contains("pull_from_upstream") && way.contains(&format!("\"id\":{pulled},")), "{way}");
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }

    async fn one_issue_tells_of_all_branches_that_failed_and_is_updated(database: TestDatabase) {
        if !test_support::sandbox("one_issue_tells_of_all_branches_that_failed") {
            return;
        }
        let git = GitServer::start("packflow", &Accounts::default().pagure_token).await.unwrap();
        let states = [("rawhide", "broken\n"), ("f41", "broken\n")];
        let message = "notifications: {failure_comment: {message: \"{commit_sha} failed, @upstream/release\"}}\n";
        let upstream = format!("{UPSTREAM}{message}");
        let keys = &[("dist_git.failure_issues", "true")];
        let scene = Scene { upstream: &upstream, states, keys, ..STORY };
        let (world, release) = scene.world(database.url(), &git).await;
        let server = world.serve().await;
        publish(&world).await;
        let event = world.event_of(&release).await;
        let rerun = || world.said(&["rerun", &event.to_string(), "--failed"]);
        world.ended(event).await;
        let told = |end: &'static str, count: usize| {
            let world = &world;
            until("the failures are told", async move || {
                let said = issues(world, end);
                (said.len() == count).then_some(said)
            })
        };
        let first = told("/issues", 1).await;
        assert!(first[0].starts_with(&format!("Packit failed on creating pull-requests in dist-git (https://{HOST}/{PACKAGE}):\n")), "{}", first[0]);
        assert!(first[0].contains("| `f41` |") && first[0].contains("| `rawhide` |"), "{}", first[0]);
        let words = format!("\n{release} failed, @upstream/release\n");
        assert_eq!(first[0].matches(&words).count(), 1, "the repository's own words: {}", first[0]);

        // They fail again: the same issue says so.
        rerun();
        let again = told("/comments", 1).await;
        assert!(again[0].contains("| `f41` |") && again[0].contains("| `rawhide` |"), "{}", again[0]);

        // One succeeds, which is no news; the other is told of alone.
        git.commit(PACKAGE, "rawhide", &files(&[("state", "fine\n")])).await.unwrap();
        rerun();
        let third = told("/comments", 2).await;
        assert!(third[1].contains("| `f41` |") && !third[1].contains("| `rawhide` |"), "{}", third[1]);

        // What is asked for in the issue does the rest; nothing more is said.
        git.commit(PACKAGE, "f41", &files(&[("state", "fine\n")])).await.unwrap();
        let payload = json!({
            "action": "created", "issue": {"number": 1, "user": {"login": "packflow[bot]"}},
            "comment": {"id": 88, "body": "/packit propose-downstream", "updated_at": "2026-05-04T11:00:00Z"},
            "repository": {"id": 4711, "full_name": "upstream/hello", "private": false, "default_branch": "main"},
            "sender": {"login": "alice"},
        });
        assert_eq!(world.deliver_event("issue_comment", payload, None).await, Some(202));
        world.workflow_when(event, "all is proposed", |workflow| workflow["status"] == "succeeded").await;
        assert_eq!((issues(&world, "/issues").len(), issues(&world, "/comments").len()), (1, 2));
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}
