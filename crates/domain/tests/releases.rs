//! Aliases of releases stand for what they stand for with Packit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use domain::releases::{DEFAULT_TARGET, ReleaseListError, Releases, TestingFarmRanch, test_distributions};
use serde_json::Value as Json;

/// A list in Bodhi's shape: (name, prefix, version, branch, state).
fn bodhi(releases: &[(&str, &str, &str, &str, &str)]) -> String {
    let releases: Vec<_> = releases
        .iter()
        .map(|(name, prefix, version, branch, state)| {
            serde_json::json!({
                "name": name, "long_name": format!("Fedora {version}"), "version": version,
                "id_prefix": prefix, "branch": branch, "state": state,
            })
        })
        .collect();
    serde_json::json!({"releases": releases, "page": 1, "pages": 1}).to_string()
}

fn names(releases: &Releases, alias: &str) -> Vec<String> {
    releases.aliases()[alias]
        .iter()
        .map(|release| format!("{} {}", release.namever, release.branch))
        .collect()
}

#[test]
fn the_shipped_table_is_read() {
    let releases = Releases::shipped();
    assert!(!releases.aliases()[DEFAULT_TARGET].is_empty());
    assert_eq!(names(&releases, "opensuse-tumbleweed-all"), ["opensuse-tumbleweed opensuse-tumbleweed"]);
}

#[test]
fn aliases_and_targets_agree_with_packit() {
    let Some(folder) = corpus::folder("aliases") else { return };
    let pages = std::fs::read_to_string(folder.join("bodhi-releases-combined-page1.json")).unwrap();
    let expected = std::fs::read_to_string(folder.join("aliases-expected.json")).unwrap();
    let expected: Json = serde_json::from_str(&expected).unwrap();
    for releases in [Releases::from_bodhi([pages.as_str()]).unwrap(), Releases::shipped()] {
        for section in expected.as_object().unwrap().keys().filter(|key| *key != "no_target_default") {
            let names: Vec<_> = expected[section].as_object().unwrap().keys().cloned().collect();
            let report = serde_json::to_value(releases.report(&names)).unwrap();
            assert_eq!(report[section], expected[section], "{section}");
        }
        let default = &expected["no_target_default"];
        assert_eq!(Json::from(releases.branches(DEFAULT_TARGET, "main")), default["branches"]);
        assert_eq!(Json::from(releases.build_targets(DEFAULT_TARGET)), default["build_targets"]);
    }
}

#[test]
fn the_newest_fedora_is_rawhide_whatever_bodhi_calls_it() {
    // Just branched: Bodhi still gives Rawhide's branch to the release that left it.
    let page = bodhi(&[
        ("F43", "FEDORA", "43", "f43", "pending"),
        ("F42", "FEDORA", "42", "rawhide", "frozen"),
        ("F41", "FEDORA", "41", "f41", "current"),
        ("F40", "FEDORA", "40", "f40", "archived"),
        ("F41F", "FEDORA-FLATPAK", "41", "f41", "current"),
        ("ELN", "FEDORA", "eln", "eln", "pending"),
    ]);
    let releases = Releases::from_bodhi([page.as_str()]).unwrap();
    assert_eq!(names(&releases, "fedora-all"), ["fedora-41 f41", "fedora-42 f42", "fedora-rawhide rawhide"]);
    assert_eq!(names(&releases, "fedora-branched"), ["fedora-41 f41", "fedora-42 f42"]);
    assert_eq!(names(&releases, "fedora-latest"), ["fedora-42 f42"]);
    assert_eq!(names(&releases, "fedora-latest-stable"), ["fedora-41 f41"]);
    assert_eq!(names(&releases, "fedora-development"), ["fedora-42 f42", "fedora-rawhide rawhide"]);
}

#[test]
fn without_a_branched_release_the_latest_is_the_newest_stable_one() {
    let page = bodhi(&[
        ("F43", "FEDORA", "43", "rawhide", "pending"),
        ("F42", "FEDORA", "42", "f42", "current"),
        ("F41", "FEDORA", "41", "f41", "current"),
    ]);
    let releases = Releases::from_bodhi([page.as_str()]).unwrap();
    assert_eq!(names(&releases, "fedora-latest"), ["fedora-42 f42"]);
    assert_eq!(releases.branches("fedora-all", "main"), ["f41", "f42", "main"]);
    assert_eq!(releases.branches_with_aliases("fedora-rawhide"), ["main", "rawhide"]);
    assert_eq!(releases.koji_targets("fedora-rawhide"), ["rawhide"]);
}

#[test]
fn minor_versions_of_epel_share_the_chroot_that_is_not_the_leading_one() {
    let page = bodhi(&[
        ("F42", "FEDORA", "42", "rawhide", "pending"),
        ("EPEL-9", "FEDORA-EPEL", "9", "epel9", "current"),
        ("EPEL-10.0", "FEDORA-EPEL", "10.0", "epel10.0", "current"),
        ("EPEL-10.1", "FEDORA-EPEL", "10.1", "epel10", "current"),
        ("EPEL-6", "FEDORA-EPEL", "6", "el6", "current"),
    ]);
    let releases = Releases::from_bodhi([page.as_str()]).unwrap();
    assert_eq!(
        releases.build_targets("epel-all-aarch64"),
        ["epel-10-aarch64", "epel-6-aarch64", "epel-9-aarch64", "rhel+epel-10-aarch64"]
    );
    assert_eq!(names(&releases, "epel-10"), ["epel-10.1 epel10"]);
    assert_eq!(names(&releases, "epel-10-branched"), ["epel-10.0 epel10.0"]);
    assert_eq!(releases.koji_targets("epel-6"), ["epel6"]);
    assert_eq!(releases.branches("epel-6", "main"), ["el6"]);
}

#[test]
fn a_name_that_is_not_known_stands_for_itself() {
    let releases = Releases::shipped();
    assert_eq!(releases.build_targets("main"), ["main-x86_64"]);
    assert_eq!(releases.build_targets("centos-stream-s390x"), ["centos-stream-8-s390x"]);
    assert_eq!(releases.build_targets("eln"), ["fedora-eln-x86_64"]);
    assert_eq!(releases.branches("c9s", "main"), ["c9s"]);
}

#[test]
fn a_list_that_would_lose_releases_is_not_taken() {
    let refused = |pages: &[&str]| Releases::from_bodhi(pages.iter().copied()).unwrap_err();
    assert!(matches!(refused(&["{}"]), ReleaseListError::Unreadable { page: 1, .. }));
    assert!(matches!(refused(&[&bodhi(&[])]), ReleaseListError::NoFedora));
    let first_of_two = r#"{"releases": [], "page": 1, "pages": 2}"#;
    assert!(matches!(refused(&[first_of_two]), ReleaseListError::Incomplete { pages: 2, given: 1 }));
    let odd = bodhi(&[("F42", "FEDORA", "beta", "f42", "current")]);
    assert!(matches!(refused(&[&odd]), ReleaseListError::Version { .. }));
}

#[test]
fn epel_is_tested_on_what_it_is_built_for() {
    let usual = |chroot, ranch| test_distributions(chroot, ranch, &[]);
    for (chroot, public, internal) in [
        ("epel-6-x86_64", "centos-6-x86_64", "rhel-6-x86_64"),
        ("epel-7-x86_64", "centos-7-x86_64", "rhel-7-x86_64"),
        ("epel-8-s390x", "centos-stream-8-s390x", "rhel-8-s390x"),
        ("epel-9-aarch64", "centos-stream-9-aarch64", "centos-stream-9-aarch64"),
        ("epel-10-x86_64", "centos-stream-10-x86_64", "centos-stream-10-x86_64"),
        ("rhel+epel-10-x86_64", "rhel+epel-10-x86_64", "rhel+epel-10-x86_64"),
        ("fedora-42-x86_64", "fedora-42-x86_64", "fedora-42-x86_64"),
    ] {
        assert_eq!(usual(chroot, TestingFarmRanch::Public), [public]);
        assert_eq!(usual(chroot, TestingFarmRanch::Internal), [internal]);
    }
}

#[test]
fn named_distributions_replace_the_usual_one_in_their_order() {
    let named = ["rhel-8.10", "centos-stream-8", "rhel-8.10"];
    assert_eq!(
        test_distributions("epel-8-aarch64", TestingFarmRanch::Internal, &named),
        ["rhel-8.10-aarch64", "centos-stream-8-aarch64"]
    );
}
