//! Releases into dist-git by Packit's own command line, in the sandbox: the words that are usual, run by a Python that has it;
//! and the lookaside cache as `rpkg`'s own client finds it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use builders::dist_git::{DistGitConfig, ErrandLimits, Lookaside, LookasideLogin};
use builders::{Builder, ConfigurationFile, Work};
use common::dist_git::{FORK, PACKAGE, Setup, World, files, open_to_all, quick};
use domain::details::{Configured, JobDetails};
use domain::words::{JobKind, TargetStatus};

const SPEC: &str = "\
Name: hello
Version: 1.0
Release: 1%{?dist}
Summary: A greeting
License: MIT
URL: https://github.com/gnu/hello
Source0: https://files.example/%{name}-%{version}.tar.gz
Source1: greeting.txt
Source2: https://elsewhere.example/signature.asc
BuildArch: noarch

%description
It greets.

%changelog
* Mon Jun 01 2026 Alice <alice@example.org> - 1.0-1
- First
";
/// Of two packages, and a job with a key of its own.
const CONFIGURATION: &str = "\
upstream_project_url: https://github.com/gnu/hello
packages:
  hello: {downstream_package_name: hello, specfile_path: hello.spec, upstream_tag_template: 'v{version}'}
  other: {downstream_package_name: other, specfile_path: other.spec, upstream_tag_template: 'v{version}'}
jobs:
  - {job: propose_downstream, trigger: release, dist_git_branches: [fedora-all]}
  - {job: pull_from_upstream, trigger: release, dist_git_branches: [fedora-all], version_update_mask: '\\d+\\.\\d+'}
";
/// The third archive is at an address too, and nobody fetches it anew.
const OLD_SOURCES: &str =
    "SHA512 (hello-1.0.tar.gz) = 00\nSHA512 (greeting.txt) = 11\nSHA512 (signature.asc) = 22\n";

/// An environment where the sandbox's user gets at it, wherever the checkout of these sources is.
fn reachable(python: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let environment = python.parent().and_then(Path::parent).unwrap();
    let copied = Command::new("cp").arg("-r").arg(environment).arg(folder.path().join("packit")).status();
    assert!(copied.unwrap().success());
    let python = folder.path().join("packit/bin/python");
    (folder, python)
}

/// As it is planned by a configuration that no branch of dist-git has.
fn planned(mut work: Work, index: usize) -> Work {
    work.configuration =
        Some(ConfigurationFile { path: ".packit.yaml".to_owned(), text: CONFIGURATION.to_owned() });
    if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
        sync.configured =
            Configured { package: "hello".to_owned(), index: Some(index), ..Configured::default() };
    }
    work
}

fn pulling(work: Work) -> Work {
    let mut work = planned(work, 2);
    work.targets[0].kind = JobKind::PullFromUpstream;
    if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
        sync.bugs = vec!["rhbz#2106196".to_owned(), "rhbz#2106197".to_owned()];
    }
    work
}

#[tokio::test(flavor = "multi_thread")]
async fn packits_own_command_line_proposes_and_pulls() {
    let test = "packits_own_command_line_proposes_and_pulls";
    let Some(python) = test_support::interop_packit(test) else { return };
    let (folder, python) = reachable(&python);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/hello-2.0.tar.gz", get(|| async { "the archive" }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let cache = simulator::Lookaside::start(&[PACKAGE]).await.unwrap();
    let newer = SPEC.replace("Version: 1.0", "Version: 2.0");
    let setup = Setup {
        programs: DistGitConfig::usual_programs(python.to_str().unwrap()),
        limits: ErrandLimits { wall_clock: Duration::from_secs(120), ..quick() },
        shown: vec![folder.path().to_owned()],
        package: files(&[
            ("hello.spec", SPEC),
            ("sources", OLD_SOURCES),
            (".gitignore", "/hello-1.0.tar.gz\n"),
        ]),
        upstream: files(&[("hello.spec", &newer), ("other.spec", &newer), (".packit.yaml", CONFIGURATION)]),
        origins: BTreeMap::from([("https://files.example".to_owned(), origin)]),
        lookaside: Some(Lookaside::new(&cache.upload_url(), "rpms", LookasideLogin::None).unwrap()),
    };
    let Some(world) = World::with(test, setup).await else { return };

    let told = world.builder.check().await.unwrap();
    assert!(told.ends_with("Packit 1.17.0; the lookaside cache answers"), "{told}");

    for (work, bugs) in [(planned(world.work("rawhide"), 0), false), (pulling(world.work("rawhide")), true)] {
        let submitted = world.builder.submit(&work).await.unwrap();
        let seen = &submitted.observations[0];
        assert_eq!((seen.status, seen.reason.as_deref()), (TargetStatus::Succeeded, None), "{}", world.log());
        let file =
            async |path: &str| world.git.file(FORK, "packflow-0123456789ab-5-rawhide", path).await.unwrap();
        let spec = file("hello.spec").await;
        assert!(spec.contains("Version: 2.0"), "{spec}");
        assert!(spec.contains("Packflow <packflow@example.org> - 2.0-1"), "{spec}");
        assert_eq!(spec.contains("- Resolves: rhbz#2106196\n- Resolves: rhbz#2106197"), bugs, "{spec}");
        let sources = file("sources").await;
        assert!(sources.starts_with("SHA512 (hello-2.0.tar.gz) = "), "{sources}");
        let kept = "\nSHA512 (greeting.txt) = 11\nSHA512 (signature.asc) = 22";
        assert!(sources.ends_with(kept), "what the cache has stays: {sources}");
        assert!(!world.log().contains("other.spec"), "the other package is somebody else's: {}", world.log());
        assert!(file(".gitignore").await.starts_with("/hello-1.0.tar.gz\n/hello-2.0.tar.gz\n"));
    }
    assert_eq!(cache.archives(PACKAGE), [("hello-2.0.tar.gz".to_owned(), b"the archive".to_vec())]);
    assert!(world.log().contains("hello-2.0.tar.gz is in the lookaside cache"), "{}", world.log());

    // A release of another series stays out of a branch that is released.
    let skipped = world.builder.submit(&pulling(world.work("f43"))).await.unwrap();
    assert_eq!(skipped.observations[0].status, TargetStatus::Failed, "{}", world.log());
    assert!(world.log().contains("version_update_mask"), "{}", world.log());

    assert_eq!(found_by_rpkg(&python, &cache), "True False\n");
}

/// Whether `rpkg`'s client finds the archive, and one that is not there.
fn found_by_rpkg(python: &Path, cache: &simulator::Lookaside) -> String {
    let script = "import sys, hashlib; from pyrpkg.lookaside import CGILookasideCache as Cache; \
                  cache = Cache('sha512', sys.argv[1], sys.argv[2]); \
                  print(*(cache.remote_file_exists('rpms/hello', 'hello-2.0.tar.gz', hashlib.sha512(content).hexdigest()) \
                  for content in (b'the archive', b'another')))";
    let arguments = ["-c", script, &cache.download_url(), &cache.upload_url()];
    let output = Command::new(python).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr)
}
