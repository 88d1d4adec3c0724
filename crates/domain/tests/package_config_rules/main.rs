//! What a package configuration means, and what is said when it is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod defaults;
mod differences;
mod faults;
mod layers;
mod values;
mod yaml;

use domain::package_config::{ErrorKind, JobConfig, JobType, PackageConfig, Refusal, Source, Trigger, load};
use serde_json::json;

fn read(text: &str) -> Result<PackageConfig, Refusal> {
    let source = Source { path: ".packit.yaml".to_owned(), repository: "repo".to_owned(), spec_files: None };
    load(text, &source)
}

fn jobs(text: &str) -> Vec<JobConfig> {
    read(text).unwrap().jobs
}

/// One job of a file with one package, from the job's keys in flow style.
fn job(keys: &str) -> JobConfig {
    let text = format!("specfile_path: a.spec\njobs: [{{job: tests, trigger: commit, {keys}}}]");
    jobs(&text).remove(0)
}

/// The faults of a refused text as `LINE:COLUMN KEY [nearest]`, and the kind.
fn refused(text: &str) -> (ErrorKind, Vec<String>) {
    let refusal = read(text).unwrap_err();
    let faults = refusal.errors.iter().map(|fault| {
        let nearest = fault.nearest.as_ref().map(|nearest| format!(" [{nearest}]")).unwrap_or_default();
        format!("{}:{} {}{nearest}", fault.line, fault.column, fault.key)
    });
    (refusal.error_kind, faults.collect())
}

fn schema_faults(text: &str) -> Vec<String> {
    let (kind, faults) = refused(text);
    assert_eq!(kind, ErrorKind::Schema);
    faults
}

/// The message of the only fault of a refused text.
fn message(text: &str) -> String {
    let refusal = read(text).unwrap_err();
    assert_eq!(refusal.errors.len(), 1, "{refusal}");
    refusal.errors[0].message.clone()
}
