//! Real package configurations give the verdict and the jobs that Packit gives.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::package_config::{Source, load};
use serde_json::Value as Json;

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .collect();
    files.sort();
    files
}

fn source(path: &Path) -> Source {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let repository = stem.split_once("__").map_or(stem, |(_, repository)| repository);
    Source { path: ".packit.yaml".to_owned(), repository: repository.to_owned(), spec_files: None }
}

/// The verdict as the expected files write it, without the words of a refusal.
fn verdict(text: &str, source: &Source) -> Json {
    match load(text, source) {
        Ok(config) => {
            let mut verdict = serde_json::to_value(config).unwrap();
            verdict["valid"] = true.into();
            verdict
        }
        Err(refusal) => serde_json::json!({"valid": false, "error_kind": refusal.error_kind.as_str()}),
    }
}

/// Each value in which two verdicts differ, as `jobs.INDEX.KEY`.
fn differences(expected: &Json, actual: &Json) -> Vec<String> {
    let (Some(expected_jobs), Some(actual_jobs)) = (expected["jobs"].as_array(), actual["jobs"].as_array())
    else {
        return ["valid", "error_kind"]
            .into_iter()
            .filter(|key| expected[*key] != actual[*key])
            .map(str::to_owned)
            .collect();
    };
    let mut different = Vec::new();
    for key in ["packages", "valid"].into_iter().filter(|key| expected[*key] != actual[*key]) {
        different.push(key.to_owned());
    }
    if expected_jobs.len() != actual_jobs.len() {
        different.push("jobs".to_owned());
    }
    for (index, (expected, actual)) in expected_jobs.iter().zip(actual_jobs).enumerate() {
        let (expected, actual) = (expected.as_object().unwrap(), actual.as_object().unwrap());
        let keys: BTreeMap<_, _> = expected.iter().chain(actual).collect();
        let keys = keys.into_keys().filter(|key| expected.get(*key) != actual.get(*key));
        different.extend(keys.map(|key| format!("jobs.{index}.{key}")));
    }
    different
}

/// The differences that `docs/package-configuration.md` admits, as `FILE VALUE`.
fn admitted_differences() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/package-configuration.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("## Differences in recorded files").nth(1).unwrap();
    section
        .split("\n## ")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            assert!(!cells[3].is_empty(), "a difference needs its reason: {line}");
            format!("{} {}", cells[1], cells[2])
        })
        .collect()
}

#[test]
fn real_files_give_the_jobs_that_packit_gives() {
    let (Some(written), Some(expected)) =
        (corpus::folder("packit-yaml"), corpus::folder("packit-yaml-expected"))
    else {
        return;
    };
    let mut found = Vec::new();
    let paths = files(&written, "yaml");
    assert!(!paths.is_empty());
    for path in &paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let expected = std::fs::read_to_string(expected.join(format!("{name}.json"))).unwrap();
        let expected: Json = serde_json::from_str(&expected).unwrap();
        let different = differences(&expected, &verdict(&text, &source(path)));
        found.extend(different.into_iter().map(|value| format!("{name}.yaml {value}")));
    }
    assert_eq!(found, admitted_differences(), "of {} files", paths.len());
}

#[test]
fn every_example_of_the_documentation_gets_a_verdict() {
    let Some(folder) = corpus::folder("packit-yaml-docs") else { return };
    for path in files(&folder, "yaml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let verdict = load(&text, &source(&path));
        let name = path.file_name().unwrap().to_str().unwrap();
        match verdict {
            Ok(config) => println!("{name}: {} jobs", config.jobs.len()),
            Err(refusal) => {
                println!("{name}: {refusal}");
                let lines = text.lines().count() as u64;
                for fault in &refusal.errors {
                    assert!(fault.line >= 1 && fault.line <= lines.max(1) + 1, "{name}: {fault}");
                }
            }
        }
    }
}
