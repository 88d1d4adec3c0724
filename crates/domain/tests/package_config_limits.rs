//! No text is too large, too deep or too odd to get an answer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use std::sync::LazyLock;

use domain::package_config::{
    ErrorKind, MAX_BYTES, MAX_DEPTH, MAX_JOB_VIEWS, MAX_PACKAGES, MAX_TARGETS, MAX_WEIGHT, Refusal, Source,
    load,
};
use proptest::prelude::*;

fn source() -> Source {
    Source { path: String::new(), repository: "repo".to_owned(), spec_files: Some(vec!["a.spec".to_owned()]) }
}

fn refusal(text: &str) -> Refusal {
    load(text, &source()).unwrap_err()
}

/// The message of a refusal for going beyond a limit.
fn limit(text: &str) -> String {
    let refusal = refusal(text);
    assert_eq!(refusal.error_kind, ErrorKind::Limit, "{refusal}");
    refusal.errors[0].message.clone()
}

#[test]
fn a_large_file_is_refused_unread() {
    assert!(limit(&"#".repeat(MAX_BYTES + 1)).contains("bytes"));
    assert!(load(&"#".repeat(MAX_BYTES), &source()).is_ok());
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |depth: usize| format!("_: {}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(limit(&nested(MAX_DEPTH + 1)).contains("deeper"));
    assert!(load(&nested(MAX_DEPTH - 1), &source()).is_ok());
    let _ = refusal(&"[".repeat(100_000));
    let _ = refusal(&"- ".repeat(100_000));
}

#[test]
fn anchors_cannot_multiply_without_end() {
    let mut text = "_:\n- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("- &a{level} [{aliases}]\n"));
    }
    assert!(limit(&text).contains(&MAX_WEIGHT.to_string()));
}

#[test]
fn merge_keys_cannot_multiply_without_end() {
    let keys: String = (0..5_000).map(|index| format!("  k{index}: x\n")).collect();
    let merges = vec!["<<: *a"; 30].join(", ");
    assert!(limit(&format!("_: &a\n{keys}b: {{{merges}}}\n")).contains("merge"));
    let mappings = vec!["{<<: *a}"; 10_000].join(", ");
    assert!(limit(&format!("_: &a\n{keys}b: [{mappings}]\n")).contains("merge"));
}

#[test]
fn a_key_is_not_as_long_as_a_file() {
    assert!(limit(&format!("? {}\n: x\n", "k".repeat(1025))).contains("key"));
}

#[test]
fn packages_are_limited() {
    let packages: String = (0..=MAX_PACKAGES).map(|index| format!("  p{index}: {{}}\n")).collect();
    assert!(limit(&format!("packages:\n{packages}")).contains("packages"));
}

#[test]
fn jobs_times_triggers_times_packages_are_limited() {
    let triggers = vec!["commit"; MAX_JOB_VIEWS + 1].join("|");
    assert!(limit(&format!("jobs: [{{job: tests, trigger: {triggers}}}]")).contains("jobs"));
    let packages: String = (0..40).map(|index| format!("  p{index}: {{specfile_path: a}}\n")).collect();
    let jobs = "- {job: tests, trigger: commit}\n".repeat(26);
    assert!(limit(&format!("packages:\n{packages}jobs:\n{jobs}")).contains("jobs"));
}

#[test]
fn targets_of_all_jobs_together_are_limited() {
    let targets: Vec<_> = (0..=MAX_TARGETS / 10).map(|index| format!("t{index}")).collect();
    let targets = targets.join(", ");
    let jobs = "- {job: tests, trigger: commit, targets: *all}\n".repeat(10);
    assert!(limit(&format!("_: &all [{targets}]\njobs:\n{jobs}")).contains("targets"));
}

#[test]
fn values_that_every_job_repeats_are_limited() {
    let script = "x".repeat(MAX_BYTES / 2);
    let jobs = "- {job: tests, trigger: commit}\n".repeat(MAX_JOB_VIEWS);
    assert!(limit(&format!("tf_post_install_script: {script}\njobs:\n{jobs}")).contains("values"));
}

#[test]
fn at_most_a_hundred_faults_are_told() {
    let keys: String = (0..500).map(|index| format!("unknown{index}: x\n")).collect();
    assert_eq!(refusal(&keys).errors.len(), 100);
}

const EXAMPLE: &str = "\
_: &common
  targets: {fedora-all: {distros: [a]}, epel-9: {}}
specfile_path: a.spec
packages: {a: {specfile_path: a.spec}, b: {paths: [b]}}
jobs:
- <<: *common
  job: copr_build
  trigger: pull_request | commit
  branch: 'main'
  packages: [a]
- job: tests
  trigger: release
  env: {A: 1, B: ~}
  require: {label: {present: [x]}}
";

/// The example and, where they are at hand, the recorded files.
static REAL_TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut texts = vec![EXAMPLE.to_owned()];
    for folder in ["packit-yaml", "packit-yaml-docs"].into_iter().filter_map(corpus::folder) {
        for entry in std::fs::read_dir(folder).unwrap() {
            texts.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    texts
});

/// Loads a text twice: any answer is fine, but it is the same one, a refusal names a fault inside
/// of the file, and jobs can be written as JSON.
fn answer(text: &str) {
    let first = load(text, &source());
    assert_eq!(first, load(text, &source()));
    match first {
        Ok(config) => assert!(serde_json::to_value(config).is_ok()),
        Err(refusal) => {
            assert!(!refusal.errors.is_empty());
            for fault in &refusal.errors {
                assert!(fault.line >= 1 && fault.column >= 1);
                assert!(
                    fault.line
                        <= text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() as u64 + 1
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in ".{0,200}") {
        answer(&text);
    }

    #[test]
    fn any_text_of_yaml_characters_gets_an_answer(text in "[-a-c:{}\\[\\],&*!|>'\"%@`#?~<=0-9. \n\t]{0,120}") {
        answer(&text);
    }

    #[test]
    fn a_changed_file_gets_an_answer(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..8,
        inserted in "[-a-c:{}\\[\\],&*!|>'\"%@`#?~<=0-9. \n\t]{0,4}|\\{a: \\{\\}\\}|\\[1\\]|~|yes",
    ) {
        let mut characters: Vec<char> = file.get(&REAL_TEXTS).chars().collect();
        let start = at.index(characters.len() + 1);
        let end = (start + removed).min(characters.len());
        characters.splice(start..end, inserted.chars());
        answer(&characters.into_iter().collect::<String>());
    }
}
