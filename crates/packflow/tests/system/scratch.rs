//! A pull request of a package in dist-git: a scratch build in Koji, and a flag.

use std::collections::BTreeMap;

use serde_json::json;
use simulator::{Accounts, Pull, Repository, System};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, hash, quick, status, until};
use crate::releases::{HOST, PACKAGE, files, hear};

on_both_databases! {
    async fn a_pull_request_of_a_package_gets_a_scratch_build_and_a_flag(database: TestDatabase) {
        let accounts = Accounts::default();
        let allowed = format!("[\"{HOST}/rpms\"]");
        let keys = [("access.allow", allowed.as_str())];
        let world = Setup { database: database.url(), behaviour: quick(), keys: &keys }.world().await;
        world.also_pagure(HOST, &world.simulator.pagure_url(), &accounts.pagure_token);
        let (base, head) = (hash(1), hash(2));
        let configuration = "specfile_path: hello.spec\njobs:\n\
            - {job: koji_build, trigger: pull_request, scratch: true, dist_git_branches: [rawhide, f43]}\n";
        let pull = Pull { head: head.clone(), base: "f43".to_owned(), author: "bob".to_owned() };
        let package = Repository {
            default_branch: "rawhide".to_owned(),
            files: files(&[(".packit.yaml", configuration)]),
            references: BTreeMap::from([("rawhide".to_owned(), base.clone()), ("f43".to_owned(), base)]),
            pulls: BTreeMap::from([(3, pull)]),
            ..Repository::default()
        };
        world.simulator.put_on_pagure(PACKAGE, package);
        world.simulator.fork(System::Pagure, PACKAGE, 3, "fork/bob/rpms/hello");
        let server = world.serve().await;
        let project = |path: &str| json!({"id": 1, "name": "hello", "namespace": "rpms", "full_url": format!("https://{HOST}/{path}")});
        let opened = json!({"agent": "bob", "pullrequest": {
            "id": 3, "branch": "f43", "branch_from": "topic", "commit_stop": head, "project": project(PACKAGE),
            "repo_from": project("fork/bob/rpms/hello"), "user": {"name": "bob"}, "tags": [], "comments": [],
            "last_updated": "1777800000",
        }});
        let said = hear(&world, "pagure.pull-request.new", "9100", &opened);
        assert!(said.contains("planned 1 build"), "{said}");
        let event = world.event_of(&head).await;
        let workflow = world.ended(event).await;
        assert_eq!(status(&workflow, "koji_build f43"), "succeeded", "{workflow:#}");
        // Koji was given the fork's commit, as a scratch build.
        let sent = world.sent().0;
        let builds: Vec<String> =
            sent.iter().filter(|entry| entry.body["method"] == "build").map(|entry| entry.body.to_string()).collect();
        assert_eq!(builds.len(), 1, "{builds:?}");
        let source = format!("git+https://{HOST}/forks/bob/rpms/hello.git#{head}");
        assert!(builds[0].contains(&source) && builds[0].contains("scratch"), "{}", builds[0]);
        // The pull request is flagged, under the name that a check would have, to the end.
        until("the pull request is flagged", async || {
            let sent = world.sent().0;
            let flags = sent.iter().filter(|entry| entry.path == "/api/0/rpms/hello/pull-request/3/flag");
            // What is told as a form is not kept: one flag says that it waits, another that it ended.
            (flags.filter(|entry| entry.status == Some(200)).count() >= 2).then_some(())
        })
        .await;
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}
