//! What is said of a fault, and where.

use super::*;

#[test]
fn every_fault_is_told_with_its_place_and_the_nearest_key() {
    let text = "
specfile_pth: a.spec
skip_build: true
jobs:
- job: copr_bild
  triger: commit
  targets: {fedora-all: ~}
- tests
";
    assert_eq!(
        schema_faults(text),
        [
            "2:1 specfile_pth [specfile_path]",
            "3:1 skip_build",
            "5:3 jobs.0.trigger",
            "5:8 jobs.0.job [copr_build]",
            "6:3 jobs.0.triger [trigger]",
            "7:25 jobs.0.targets.fedora-all",
            "8:3 jobs.1",
        ]
    );
}

#[test]
fn keys_inside_of_values_are_checked() {
    let text = "
specfile_path: a
actions: {pre-synk: x}
notifications: {pull_request: {sucessful_build: true}}
sources: [{path: a}]
files_to_sync: [a, {src: b, dest: c, mkpath: x}]
env: {1: x}
jobs: []
";
    assert_eq!(
        schema_faults(text),
        [
            "3:11 actions.pre-synk [pre-sync]",
            "4:32 notifications.pull_request.sucessful_build [successful_build]",
            "5:11 sources.0",
            "6:46 files_to_sync.1.mkpath",
            "7:7 env",
        ]
    );
}

#[test]
fn an_empty_value_is_refused_where_the_key_needs_one() {
    assert_eq!(schema_faults("specfile_path: a\nscratch:\nowner:\njobs: []"), ["2:1 scratch"]);
}

#[test]
fn a_refusal_reads_as_one_line_and_as_json() {
    let refusal = read("specfile_pth: a\njobs: []").unwrap_err();
    assert_eq!(
        refusal.errors[0].to_string(),
        "1:1: specfile_pth: `specfile_pth` is no known key (did you mean `specfile_path`?)"
    );
    assert_eq!(
        serde_json::to_value(&refusal).unwrap(),
        json!({"error_kind": "schema", "errors": [{
            "line": 1, "column": 1, "key": "specfile_pth",
            "message": "`specfile_pth` is no known key", "nearest": "specfile_path",
        }]})
    );
}
