//! What a repository has said in its pull requests: in the words of its configuration.

use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, failing_once, hash, until};

const NOTIFICATIONS: &str = "\
notifications:
  failure_comment:
    message: 'see {packit_dashboard_url}, {external_dashboard_url} and {logs_url}'
  pull_request:
    successful_build: true
";

/// The comments on pull request 7 when there are so many.
async fn comments(world: &World, count: usize) -> Vec<String> {
    until("it is said", async || {
        let sent = world.sent().0;
        let written = sent.iter().filter(|entry| entry.method == "POST" && entry.status == Some(201));
        let there = written.filter(|entry| entry.path == "/repos/upstream/hello/issues/7/comments");
        let said: Vec<String> = there.map(|entry| entry.body["body"].as_str().unwrap().to_owned()).collect();
        (said.len() == count).then_some(said)
    })
    .await
}

on_both_databases! {
    async fn a_failure_is_told_with_its_addresses_and_good_builds_with_what_installs_them(database: TestDatabase) {
        let behaviour = failing_once();
        let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
        let mut repository = world.repository();
        repository.files.get_mut(".packit.yaml").unwrap().push_str(NOTIFICATIONS);
        world.simulator.put_repository("upstream", "hello", repository);
        let server = world.serve().await;
        let event = world.opened(7, &hash(1)).await;
        let workflow = world.ended(event).await;
        let targets = workflow["targets"].as_array().unwrap();
        let failed = targets.iter().find(|target| target["status"] == "failed").unwrap();
        assert_eq!((&failed["kind"], &failed["name"]), (&"copr_build".into(), &"fedora-43-x86_64".into()));
        let said = comments(&world, 1).await.remove(0);
        let copr = world.simulator.copr_url();
        assert!(said.starts_with("see http://") && said.contains(&format!("/targets/{}, {copr}/coprs/", failed["id"])), "{said}");
        assert!(said.contains("builder-live.log.gz\n\n<!-- packflow-reply"), "{said}");

        world.said(&["rerun", &event.to_string(), "--failed"]);
        let said = comments(&world, 2).await.remove(1);
        assert!(said.contains("\ndnf copr enable packflow/upstream-hello-7\ndnf install -y hello\n```"), "{said}");
        world.ended(event).await;
        assert!(server.stop().await.success());
        assert_eq!(comments(&world, 2).await.len(), 2);
        world.said(&["doctor", "--verify"]);
    }
}
