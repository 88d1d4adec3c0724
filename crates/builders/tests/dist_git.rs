//! Releases into dist-git: fetched, changed in a sandbox, pushed and proposed; and what a program in the sandbox cannot reach.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use builders::dist_git::{ErrandLimits, Lookaside, LookasideLogin};
use builders::{Builder, BuilderError, Work};
use common::dist_git::{FORK, PACKAGE, Setup, World, files, quick};
use domain::details::JobDetails;
use domain::words::{JobKind, TargetStatus};

/// What Packit's command line does, as far as it matters here.
const UPDATE: &str = "echo updating $1 to $2 && cp upstream/hello.spec dist-git/hello.spec && cd dist-git && \
                      git commit --quiet --all --message \"Update to $2\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_becomes_a_pull_request_of_its_branch() {
    let Some(world) = World::new("a_release_becomes_a_pull_request_of_its_branch", UPDATE, quick()).await
    else {
        return;
    };
    let submitted = world.run("rawhide").await;
    let seen = &submitted.observations[0];
    assert_eq!((seen.status, seen.reason.as_deref()), (TargetStatus::Succeeded, None), "{}", world.log());
    assert_eq!(submitted.external_id, "https://dist-git.example/rpms/hello/pull-request/1");
    assert_eq!(seen.url.as_deref(), Some(submitted.external_id.as_str()));
    assert_eq!(seen.logs_url.as_deref(), Some("https://packflow.example/targets/7/log"));
    assert!(world.log().starts_with("updating rawhide to 2.0\n"), "{}", world.log());
    let spec = world.git.file(FORK, "packflow-0123456789ab-5-rawhide", "hello.spec").await;
    assert_eq!(spec.as_deref(), Some("Version: 2.0"));
    assert_eq!(world.git.file(PACKAGE, "rawhide", "hello.spec").await.as_deref(), Some("Version: 1.0"));
    let opened = world.remote.opened.lock().unwrap().clone();
    assert_eq!(opened.len(), 1);
    assert_eq!(
        (opened[0].to_branch.as_str(), opened[0].title.as_str()),
        ("rawhide", "Update to 2.0 upstream release")
    );
    assert!(opened[0].text.contains("Upstream tag: v2.0"), "{}", opened[0].text);
}

/// A program that looks after no archives may leave one behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_says_which_archive_is_not_uploaded() {
    let test = "a_pull_request_says_which_archive_is_not_uploaded";
    let with_sources = format!(
        "{UPDATE}; if [ \"$1\" = f43 ]; then echo 'SHA512 (hello-2.0.tar.gz) = 01' > sources && git commit -qam sources; fi"
    );
    let Some(world) = World::new(test, &with_sources, quick()).await else { return };
    let old = BTreeMap::from([("sources".to_owned(), "SHA512 (hello-1.0.tar.gz) = 00\n".to_owned())]);
    for branch in ["rawhide", "f43"] {
        world.git.commit(PACKAGE, branch, &old).await.unwrap();
        world.run(branch).await;
    }
    let opened = world.remote.opened.lock().unwrap().clone();
    assert!(opened[0].text.contains("The file `sources` is as it was"), "{opened:?}");
    assert!(opened[1].text.contains("\n- `hello-2.0.tar.gz`, SHA-512 01\n"), "{opened:?}");
}

/// What is pulled in is found upstream by its tag, whatever the event is about.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_pulled_in_is_found_by_its_tag() {
    let test = "what_is_pulled_in_is_found_by_its_tag";
    let Some(world) = World::new(test, UPDATE, quick()).await else { return };
    let newer = BTreeMap::from([("hello.spec".to_owned(), "Version: 3.0\n".to_owned())]);
    world.git.commit("gnu/hello", "main", &newer).await.unwrap();
    let mut work = world.work("rawhide");
    work.commit = "0".repeat(40);
    work.targets[0].kind = JobKind::PullFromUpstream;
    let submitted = world.builder.submit(&work).await.unwrap();
    assert_eq!(submitted.observations[0].status, TargetStatus::Succeeded, "{}", world.log());
    let spec = world.git.file(FORK, "packflow-0123456789ab-5-rawhide", "hello.spec").await;
    assert_eq!(spec.as_deref(), Some("Version: 2.0"));
    let text = world.remote.opened.lock().unwrap()[0].text.clone();
    assert!(text.contains(&world.upstream_commit) && !text.contains(&"0".repeat(40)), "{text}");
    if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
        sync.source.tag = Some("v9".to_owned());
    }
    let missing = world.builder.submit(&work).await.unwrap();
    assert_eq!(missing.observations[0].status, TargetStatus::Errored, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_twice_changes_the_pull_request_that_is_there() {
    let Some(world) =
        World::new("what_is_asked_twice_changes_the_pull_request_that_is_there", UPDATE, quick()).await
    else {
        return;
    };
    let first = world.run("f43").await;
    let found = world.builder.look_up(&world.work("f43")).await.unwrap().unwrap();
    assert_eq!(found.external_id, first.external_id);
    let stranger = Work { installation: "ba9876543210".to_owned(), ..world.work("f43") };
    assert_eq!(
        world.builder.look_up(&stranger).await.unwrap(),
        None,
        "another installation with our account"
    );
    let mut again = world.work("f43");
    again.earlier_external_ids = vec![first.external_id.clone()];
    assert_eq!(world.builder.look_up(&again).await.unwrap(), None);
    let second = world.builder.submit(&again).await.unwrap();
    assert_eq!(second.external_id, format!("{}#3", first.external_id));
    assert_eq!(second.observations[0].url.as_deref(), Some(first.external_id.as_str()));
    assert_eq!(world.remote.opened.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_that_follow_get_a_pull_request_of_the_same_commit() {
    let Some(world) =
        World::new("branches_that_follow_get_a_pull_request_of_the_same_commit", UPDATE, quick()).await
    else {
        return;
    };
    let mut work = world.work("rawhide");
    work.targets[0].details.fast_forward = vec!["f43".to_owned(), "f42".to_owned()];
    let submitted = world.builder.submit(&work).await.unwrap();
    let followers = &submitted.observations[0].details.as_ref().unwrap().fast_forward_pull_requests;
    assert_eq!(followers.len(), 2, "their merges are known by their pages");
    assert!(!followers.contains(&submitted.external_id));
    let opened = world.remote.opened.lock().unwrap().clone();
    let to: Vec<&str> = opened.iter().map(|one| one.to_branch.as_str()).collect();
    assert_eq!(to, ["rawhide", "f43", "f42"]);
    assert!(opened.iter().all(|one| one.from_branch == "packflow-0123456789ab-5-rawhide"), "{opened:?}");
}

/// The acceptance of the sandbox: an action of the repository tries to read what it must not.
#[tokio::test(flavor = "multi_thread")]
async fn an_action_reaches_no_environment_no_home_no_database_and_no_network() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "the database").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = std::env::var("HOME").unwrap();
    let script = format!(
        "env; echo; echo user $(id -u); ls {home} && echo HOME-SEEN; cat {} && echo DATABASE-SEEN; \
         ls /etc/packflow /etc/shadow /root /var/lib && echo SYSTEM-SEEN; ls -d /proc/[0-9]* | wc -l; \
         (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo NETWORK-SEEN; \
         python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)' && echo NETWORK-SEEN; \
         touch /usr/made && echo SYSTEM-WRITTEN; touch /work/../made; {UPDATE}",
        secret.path().display()
    );
    let Some(world) =
        World::new("an_action_reaches_no_environment_no_home_no_database_and_no_network", &script, quick())
            .await
    else {
        return;
    };
    let submitted = world.run("rawhide").await;
    let log = world.log();
    assert_eq!(submitted.observations[0].status, TargetStatus::Succeeded, "{log}");
    assert!(!log.contains("-SEEN") && !log.contains("-WRITTEN") && !log.contains("the database"), "{log}");
    let environment = log.split("\n\n").next().unwrap();
    let mut names: Vec<&str> =
        environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "PATH", "PWD"], "{environment}");
    assert!(log.contains("user 65534"), "{log}");
    let nobody_came = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(nobody_came.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_says_no_fails_its_branch_with_its_log() {
    for (script, reason) in [
        ("echo the spec file is broken; exit 3", "the program ended with exit status 3"),
        ("true", "the program changed nothing for rawhide"),
        (
            "cd dist-git && git checkout --quiet --orphan other && git commit --quiet --message other",
            "does not build on",
        ),
    ] {
        let Some(world) =
            World::new("a_program_that_says_no_fails_its_branch_with_its_log", script, quick()).await
        else {
            return;
        };
        let submitted = world.run("rawhide").await;
        let seen = &submitted.observations[0];
        assert_eq!(seen.status, TargetStatus::Failed, "{script}: {}", world.log());
        assert!(seen.reason.as_deref().unwrap().contains(reason), "{script}: {:?}", seen.reason);
        assert_eq!(submitted.external_id, "run-3");
        assert!(world.remote.opened.lock().unwrap().is_empty());
        assert_eq!(world.git.head(FORK, "packflow-0123456789ab-5-rawhide").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_takes_too_much_is_ended() {
    let limits = ErrandLimits { output: 1000, wall_clock: Duration::from_secs(2), processes: 64, ..quick() };
    for (script, reason) in
        [("yes", "printed more than 1000 bytes"), ("sleep 1000 & sleep 1000", "ran for more than 2 s")]
    {
        let Some(world) = World::new("a_program_that_takes_too_much_is_ended", script, limits).await else {
            return;
        };
        let seen = world.run("rawhide").await.observations.remove(0);
        assert_eq!(seen.status, TargetStatus::Failed);
        assert!(seen.reason.as_deref().unwrap().contains(reason), "{script}: {:?}", seen.reason);
        assert!(world.log().len() < 2000);
    }
}

/// A link in the place of the bundle would let a program choose which of our files git reads.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_results_are_not_followed() {
    let script = format!(
        "{UPDATE} && git config core.fsmonitor 'touch /work/pwned; echo' && ln -s /etc/passwd ../result.bundle"
    );
    let Some(world) = World::new("hostile_results_are_not_followed", &script, quick()).await else { return };
    let seen = world.run("rawhide").await.observations.remove(0);
    assert_eq!(seen.status, TargetStatus::Errored, "{}", world.log());
    assert!(world.remote.opened.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_come_from_configured_hosts_only() {
    let Some(world) = World::new("sources_come_from_configured_hosts_only", UPDATE, quick()).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}/gnu/hello", listener.local_addr().unwrap());
    for url in [
        here.as_str(),
        "file:///etc",
        "https://gitlab.example/gnu/hello",
        "https://user:password@github.com/gnu/hello",
        "ext::sh -c true",
        "http://169.254.169.254/latest",
        "https://github.com.evil.example/gnu/hello",
    ] {
        let mut work = world.work("rawhide");
        if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
            sync.source.url = url.to_owned();
        }
        let refused = world.builder.submit(&work).await;
        assert!(
            matches!(&refused, Err(BuilderError::Refused(reason)) if reason.contains("is not fetched")),
            "{refused:?}"
        );
    }
    let nobody_came = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(nobody_came.is_err());
}

#[tokio::test]
async fn the_sandbox_says_that_it_works() {
    let Some(world) = World::new("the_sandbox_says_that_it_works", UPDATE, quick()).await else { return };
    let told = world.builder.check().await.unwrap();
    assert_eq!(told, "dist-git answers; the sandbox works: bubblewrap, as another user, without a network");
}

/// A program that lacks an archive of this address.
fn lacking(url: &str) -> Vec<String> {
    let script = format!(
        "if [ ! -f /given/archives/hello-2.0.tar.gz ]; then \
           echo half done > dist-git/hello.spec && echo litter > dist-git/litter; \
           echo '[{{\"url\": \"{url}\", \"name\": \"hello-2.0.tar.gz\"}}]' > wanted.json; exit 75; \
         fi; \
         {UPDATE} && ls && sha512sum --tag /given/archives/* | sed s,/given/archives/,, > sources && \
         git add sources && git commit --quiet --message sources && ! touch /given/mine"
    );
    ["sh", "-c", &script, "sh", "{branch}", "{version}"].map(str::to_owned).to_vec()
}

/// A server of archives; what it was asked for.
async fn archives() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&asked);
    let note = move |uri: axum::http::Uri| told.lock().unwrap().push(uri.to_string());
    let elsewhere = "http://169.254.169.254/hello-2.0.tar.gz";
    let router = Router::new()
        .route(
            "/hello-2.0.tar.gz",
            get({
                let note = note.clone();
                move |uri| {
                    note(uri);
                    async { "the archive" }
                }
            }),
        )
        .route("/moved.tar.gz", get(|| async { Redirect::temporary("/hello-2.0.tar.gz?of=moved") }))
        .route("/round.tar.gz", get(|| async { Redirect::temporary("/round.tar.gz") }))
        .route("/away.tar.gz", get(move || async move { Redirect::temporary(elsewhere) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_lacked_is_fetched_and_uploaded() {
    let test = "an_archive_that_is_lacked_is_fetched_and_uploaded";
    let (url, asked) = archives().await;
    let cache = simulator::Lookaside::start(&[PACKAGE]).await.unwrap();
    let old = files(&[("hello.spec", "Version: 1.0\n"), ("sources", "SHA512 (hello-1.0.tar.gz) = 00\n")]);
    let setup = |lookaside| Setup {
        package: old.clone(),
        origins: BTreeMap::from([("https://files.example".to_owned(), url.clone())]),
        lookaside,
        ..Setup::new(&lacking("https://files.example/moved.tar.gz"))
    };
    let lookaside = Lookaside::new(&cache.upload_url(), "rpms", LookasideLogin::None).unwrap();
    let Some(world) = World::with(test, setup(Some(lookaside))).await else { return };
    for branch in ["rawhide", "f43"] {
        let seen = world.run(branch).await.observations.remove(0);
        assert_eq!(seen.status, TargetStatus::Succeeded, "{}", world.log());
    }
    assert!(world.log().contains("fetched https://files.example/moved.tar.gz: 11 bytes"), "{}", world.log());
    assert!(!world.log().contains("litter"), "it starts anew: {}", world.log());
    assert_eq!(*asked.lock().unwrap(), ["/hello-2.0.tar.gz?of=moved"; 2]);
    assert_eq!(cache.archives(PACKAGE), [("hello-2.0.tar.gz".to_owned(), b"the archive".to_vec())]);
    let spec = world.git.file(FORK, "packflow-0123456789ab-5-rawhide", "hello.spec").await;
    assert_eq!(spec.as_deref(), Some("Version: 2.0"));
    let opened = world.remote.opened.lock().unwrap().clone();
    assert!(opened.iter().all(|one| !one.text.contains("uploaded")), "{opened:?}");

    let lookaside = Lookaside::new(&cache.upload_url(), "rpms", LookasideLogin::None).unwrap();
    for (lookaside, forbidden) in [(None, false), (Some(lookaside), true)] {
        let Some(world) = World::with(test, setup(lookaside)).await else { return };
        let mut work = world.work("rawhide");
        if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
            sync.no_upload = forbidden;
        }
        world.builder.submit(&work).await.unwrap();
        let text = world.remote.opened.lock().unwrap()[0].text.clone();
        assert!(text.contains("Still to be uploaded"), "{text}");
        assert!(text.contains("- `hello-2.0.tar.gz`, SHA-512 "), "{text}");
        assert_eq!(text.contains("`upload_sources` forbids us"), forbidden, "{text}");
    }
}

/// What a program writes is read with care: a file that would fill our memory, and lines that are no archives'.
#[tokio::test(flavor = "multi_thread")]
async fn what_sources_say_may_be_anything() {
    let test = "what_sources_say_may_be_anything";
    for (write, status, told) in [
        (
            "head -c 300000000 /dev/zero > sources",
            TargetStatus::Errored,
            "is no file of at most 1048576 bytes",
        ),
        ("ln -s /etc/passwd sources", TargetStatus::Succeeded, ""),
        ("mkdir sources && echo x > sources/x", TargetStatus::Errored, "is no file of at most"),
        ("printf 'SHA512 (<b>x</b>) = 00\\n[x](http://evil.example)' > sources", TargetStatus::Succeeded, ""),
    ] {
        let script =
            format!("{UPDATE} && {write} && git add sources && git commit --quiet --message sources");
        let Some(world) = World::new(test, &script, quick()).await else { return };
        let seen = world.run("rawhide").await.observations.remove(0);
        assert_eq!(seen.status, status, "{}", world.log());
        assert!(seen.reason.unwrap_or_default().contains(told), "{}", world.log());
        let opened = world.remote.opened.lock().unwrap().clone();
        assert!(
            !opened.iter().any(|one| one.text.contains("evil")
                || one.text.contains("root:")
                || one.text.contains("<b>")),
            "{opened:?}"
        );
    }
}

/// Where redirects lead is looked at as the first address is.
#[tokio::test(flavor = "multi_thread")]
async fn archives_come_from_configured_hosts_only() {
    let test = "archives_come_from_configured_hosts_only";
    let (url, asked) = archives().await;
    for (address, why) in [
        (format!("{url}/hello-2.0.tar.gz"), "its host is not configured"),
        (
            "https://files.example/away.tar.gz".to_owned(),
            "`http://169.254.169.254/hello-2.0.tar.gz` is not fetched",
        ),
        ("https://files.example/round.tar.gz".to_owned(), "leads on and on"),
        ("https://files.example/none.tar.gz".to_owned(), "answers 404"),
        ("https://user:password@files.example/hello-2.0.tar.gz".to_owned(), "it names an account"),
        ("file:///etc/passwd".to_owned(), "its host is not configured"),
        ("hello-2.0.tar.gz".to_owned(), "is no address"),
    ] {
        let origins = BTreeMap::from([("https://files.example".to_owned(), url.clone())]);
        let Some(world) = World::with(test, Setup { origins, ..Setup::new(&lacking(&address)) }).await else {
            return;
        };
        let seen = world.run("rawhide").await.observations.remove(0);
        let reason = seen.reason.unwrap_or_default();
        assert_eq!(seen.status, TargetStatus::Failed, "{reason}");
        assert!(reason.contains(why), "{reason}");
        assert!(world.remote.opened.lock().unwrap().is_empty());
    }
    assert!(asked.lock().unwrap().is_empty());
}
