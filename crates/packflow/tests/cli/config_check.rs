//! `packflow config check`

use serde_json::Value;
use test_support::corpus;

use crate::support::{Place, files};

/// The number of keys that a job view has (`docs/package-configuration.md`).
const JOB_KEYS: usize = 65;

const HELLO: &str = "
specfile_path: hello.spec
jobs:
  - job: tests
    trigger: release | pull_request
    identifier: \"a\\e[31m\\u202E\"
  - job: copr_build
    trigger: pull_request
    targets: [fedora-all]
";

#[test]
fn a_valid_file_is_shown_with_all_values_filled_in() {
    let place = Place::new();
    let file = place.file("example__hello.yaml", HELLO);
    let answer = place.run(&["config", "check", &file, "--json"]);
    assert_eq!(answer.code, 0);
    let answer = answer.json();
    assert_eq!(answer["valid"], true);
    assert_eq!(answer["packages"], serde_json::json!(["hello"]));
    let jobs = answer["jobs"].as_array().unwrap();
    let kinds: Vec<_> = jobs.iter().map(|job| (&job["job"], &job["trigger"])).collect();
    assert_eq!(
        kinds,
        [("tests", "release"), ("tests", "pull_request"), ("copr_build", "pull_request")]
            .map(|(job, trigger)| (Value::from(job), Value::from(trigger)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
    assert!(jobs.iter().all(|job| job.as_object().unwrap().len() == JOB_KEYS));
}

#[test]
fn the_package_is_named_by_the_option_the_file_or_the_folder() {
    let place = Place::new();
    let packages = |arguments: &[&str]| {
        let answer = place.run(&[&["config", "check"], arguments, &["--json"]].concat());
        answer.json()["packages"][0].as_str().unwrap().to_owned()
    };
    let by_folder = place.file("folder/.packit.yaml", HELLO);
    let by_file = place.file("example__two__parts.yaml", HELLO);
    assert_eq!(packages(&[&by_folder]), "folder");
    assert_eq!(packages(&[&by_file]), "two__parts");
    assert_eq!(packages(&[&by_file, "--repo", "given"]), "given");
}

#[test]
fn the_first_spec_file_of_the_folder_serves_where_none_is_named() {
    let place = Place::new();
    let file = place.file("hello/.packit.yaml", "jobs:\n- {job: copr_build, trigger: release}\n");
    let answer = place.run(&["config", "check", &file]);
    assert!(answer.code == 1 && answer.stderr.contains("`specfile_path` is missing"), "{answer:?}");
    place.file("hello/fedora/hello.spec", "");
    assert!(place.run(&["config", "check", &file]).ok().contains("valid: hello"));
}

#[test]
fn a_fault_is_told_with_its_place_and_the_nearest_key() {
    let place = Place::new();
    let file =
        place.file("a.yaml", "specfile_path: a.spec\njobs:\n  - job: copr_build\n    triger: release\n");
    let answer = place.run(&["config", "check", &file, "--json"]);
    assert_eq!(answer.code, 1);
    let told = answer.json();
    assert_eq!((&told["valid"], &told["error_kind"]), (&false.into(), &"schema".into()));
    let faults = told["error"].as_array().unwrap();
    let fault = faults.iter().find(|fault| fault["nearest"] == "trigger").expect("the nearest key");
    assert_eq!((&fault["line"], &fault["column"]), (&4.into(), &5.into()));
    let answer = place.run(&["config", "check", &file]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains("a.yaml:4:5: ") && answer.stderr.contains("trigger"), "{}", answer.stderr);
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let place = Place::new();
    let binary = place.file("binary.yaml", [0xff, 0xfe, 0]);
    let folder = place.path("").display().to_string();
    for path in ["nowhere.yaml", &binary, &folder] {
        let answer = place.run(&["config", "check", path, "--json"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{path}");
        assert!(answer.stderr.starts_with("packflow: "), "{}", answer.stderr);
    }
}

#[test]
fn hostile_files_get_a_verdict() {
    let place = Place::new();
    let large = place.file("large.yaml", format!("a: {}", "x".repeat(30 << 20)));
    let deep = place.file("deep.yaml", "[".repeat(100_000));
    let laughs = (1..10).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let last = n - 1;
        format!("{text}a{n}: &a{n} [*a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}]\n")
    });
    let laughs = place.file("laughs.yaml", laughs);
    let empty = place.file("empty.yaml", "");
    for file in [&large, &deep, &laughs, &empty] {
        let answer = place.run(&["config", "check", file, "--json"]);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.json()["error_kind"].is_string(), "{file}");
    }
    let answer = place.run(&["config", "check", &large]);
    assert!(answer.stderr.contains("31457283 bytes"), "{}", answer.stderr);
}

#[test]
fn nothing_that_a_terminal_would_act_on_is_printed() {
    let place = Place::new();
    let good = place.file("good.yaml", HELLO);
    let bad = place.file("bad\u{1b}]0;title\u{7}.yaml", "jobs: [{\"\\e[2J\\u009b\": 1}]\n");
    for (file, json) in [(&good, false), (&good, true), (&bad, false), (&bad, true)] {
        let arguments = ["config", "check", file, "--json"];
        let answer = place.run(if json { &arguments } else { &arguments[..3] });
        for c in answer.stdout.chars().chain(answer.stderr.chars()) {
            assert!(c == '\n' || !c.is_control() && c != '\u{202e}', "{c:?} in {answer:?}");
        }
    }
}

#[test]
fn recorded_files_give_the_verdict_and_jobs_that_packit_gives() {
    let Some(corpus) = corpus("recorded_files_give_the_verdict_and_jobs_that_packit_gives") else { return };
    let place = Place::new();
    let expected_files = files(&corpus.join("packit-yaml-expected"), ".json");
    assert!(expected_files.len() >= 49, "{}", expected_files.len());
    let admitted =
        std::fs::read_to_string(crate::support::repository("docs/package-configuration.md")).unwrap();
    for expected_file in expected_files {
        let name = expected_file.file_stem().unwrap().to_str().unwrap();
        let expected: Value = serde_json::from_slice(&std::fs::read(&expected_file).unwrap()).unwrap();
        let file = corpus.join("packit-yaml").join(format!("{name}.yaml")).display().to_string();
        let answer = place.run(&["config", "check", &file, "--json"]);
        let told = answer.json();
        if told["valid"] != expected["valid"] {
            // The table of differences has a row with the reason.
            assert!(admitted.contains(&format!("{name}.yaml")), "{name}: {told}");
            continue;
        }
        assert_eq!(told["error_kind"], expected["error_kind"], "{name}");
        assert_eq!(told["packages"], expected["packages"], "{name}");
        assert_eq!(answer.code, if expected["valid"] == true { 0 } else { 1 }, "{name}");
        assert_eq!(told["jobs"], expected["jobs"], "{name}");
        for job in told["jobs"].as_array().into_iter().flatten() {
            assert_eq!(job.as_object().unwrap().len(), JOB_KEYS, "{name}");
        }
    }
}

#[test]
fn every_example_of_packits_documentation_gets_a_verdict() {
    let Some(corpus) = corpus("every_example_of_packits_documentation_gets_a_verdict") else { return };
    let place = Place::new();
    for file in files(&corpus.join("packit-yaml-docs"), ".yaml") {
        let answer = place.run(&["config", "check", file.to_str().unwrap(), "--json"]);
        assert!(matches!(answer.code, 0 | 1), "{}: {answer:?}", file.display());
        assert_eq!(answer.json()["valid"], answer.code == 0, "{}", file.display());
    }
}
