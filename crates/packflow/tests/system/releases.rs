//! The story of a release: proposed for two branches of dist-git, of which one fails and is done again; merged, built in Koji,
//! an update of Bodhi; and the way from there back to the release.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Accounts, GitServer, Repository};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, quick, status, targets, until};

const HOST: &str = "src.fedoraproject.org";
const PACKAGE: &str = "rpms/hello";
const FORK: &str = "forks/packflow/rpms/hello";

const UPSTREAM: &str = "\
specfile_path: hello.spec
downstream_package_name: hello
jobs:
  - job: propose_downstream
    trigger: release
    dist_git_branches: [rawhide, f41]
";
const DOWNSTREAM: &str = "\
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

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// GitHub with a release, dist-git with a package whose f41 is broken.
async fn world(database: &str, git: &GitServer) -> (World, String) {
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
        ("dist_git.upstream", &upstream),
        ("bodhi.token_file", &login_file),
    ];
    let behaviour = quick();
    let world = Setup { database, behaviour, keys: &keys }.world().await;
    std::fs::write(&login, world.simulator.bodhi_login().to_string()).unwrap();
    let (bodhi, provider) = (text(&world.simulator.bodhi_url()), text(&world.simulator.bodhi_provider_url()));
    keys.extend([("bodhi.url", bodhi.as_str()), ("bodhi.login_url", provider.as_str())]);
    world.configure(database, &keys);
    let accounts = Accounts::default();
    world.also_pagure(HOST, &world.simulator.pagure_url(), &accounts.pagure_token);

    let release =
        git.commit("upstream/hello", "main", &files(&[("hello.spec", "Version: 2.0\n")])).await.unwrap();
    let mut heads = BTreeMap::new();
    for (branch, state) in [("rawhide", "fine\n"), ("f41", "broken\n")] {
        let kept = files(&[("hello.spec", "Version: 1.0\n"), ("state", state)]);
        heads.insert(branch.to_owned(), git.commit(PACKAGE, branch, &kept).await.unwrap());
    }
    git.create(FORK).await.unwrap();
    let configured = files(&[(".packit.yaml", UPSTREAM), ("hello.spec", "Name: hello\n")]);
    let references =
        BTreeMap::from([("main".to_owned(), release.clone()), ("v2.0".to_owned(), release.clone())]);
    let repository = Repository { files: configured, references, ..world.repository() };
    world.simulator.put_repository("upstream", "hello", repository);
    let package = Repository {
        default_branch: "rawhide".to_owned(),
        files: files(&[(".packit.yaml", DOWNSTREAM)]),
        references: heads,
        ..Repository::default()
    };
    world.simulator.put_on_pagure(PACKAGE, package);
    (world, release)
}

/// A pull request is merged: git has it, Pagure has it, and the Fedora bus says so.
async fn merge(world: &World, git: &GitServer, proposed: &Value) -> String {
    let (number, branch) = (proposed["id"].as_u64().unwrap(), proposed["branch"].as_str().unwrap());
    let from = proposed["branch_from"].as_str().unwrap();
    let hash = git.merge((FORK, from), (PACKAGE, branch)).await.unwrap();
    world.simulator.merge_on_pagure(PACKAGE, number, &hash);
    let message = json!({
        "routing_key": "org.fedoraproject.prod.pagure.git.receive",
        "properties": {"message_id": format!("4f4f4f4f-0000-4000-8000-{number:012}"), "headers": {}},
        "body": {
            "agent": "pagure", "branch": branch, "old_commit": "0".repeat(40), "end_commit": hash, "forced": false,
            "total_commits": 1, "pull_request_id": number,
            "repo": {"id": 1, "namespace": "rpms", "name": "hello", "full_url": format!("https://{HOST}/{PACKAGE}")},
        },
    });
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(file.path(), message.to_string()).unwrap();
    world.said(&["replay", file.path().to_str().unwrap()]);
    hash
}

fn target_of(workflow: &Value, wanted: &str) -> i64 {
    let place = targets(workflow, "status").iter().position(|(name, _)| name == wanted).unwrap();
    workflow["targets"][place]["id"].as_i64().unwrap()
}

on_both_databases! {
    async fn a_release_goes_through_dist_git_and_koji_to_an_update_and_the_way_back_is_known(database: TestDatabase) {
        if !test_support::sandbox("a_release_goes_through_dist_git") {
            return;
        }
        let git = GitServer::start("packflow", &Accounts::default().pagure_token).await.unwrap();
        let (world, release) = world(database.url(), &git).await;
        let server = world.serve().await;
        let payload = json!({
            "action": "published",
            "release": {"tag_name": "v2.0", "published_at": "2026-05-04T10:00:00Z", "draft": false},
            "repository": {"id": 4711, "full_name": "upstream/hello", "private": false, "default_branch": "main"},
            "sender": {"login": "alice"},
        });
        assert_eq!(world.deliver_event("release", payload, None).await, Some(202));
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
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}
