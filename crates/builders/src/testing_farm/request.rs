//! The body of a test request (`docs/contracts.md` section 4).

use std::collections::BTreeMap;

use domain::details::TestRun;
use domain::words::JobKind;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Ranch, composes, extra};
use crate::{Work, WorkInput, WorkTarget};

/// The variable that a request is found by again.
pub(super) const SUBMISSION: &str = "PACKFLOW_SUBMISSION";
/// The variable that tells the job's identifier.
const IDENTIFIER: &str = "PACKFLOW_IDENTIFIER";

pub(super) fn body(
    work: &Work,
    target: &WorkTarget,
    run: &TestRun,
    compose: &str,
    deployment: &str,
) -> Value {
    let (distribution, arch) = composes::split(&target.name, Ranch::of(run));
    let mut environment = json!({
        "arch": arch,
        "os": {"compose": compose},
        "artifacts": target.inputs.iter().filter_map(artifact).collect::<Vec<_>>(),
        "variables": variables(work, target, run),
        "tmt": {"context": {
            "distro": distribution,
            "arch": arch,
            "trigger": "commit",
            // Plans that adjust to Packit are to run here as they do there.
            "initiator": "packit",
            "deployment": deployment,
        }},
    });
    if let Some(script) = &run.post_install_script {
        environment["settings"] = json!({"provisioning": {"post_install_script": script}});
    }
    let mut body = json!({"test": {"tmt": tests(work, run)}, "environments": [environment]});
    if let Some(minutes) = run.timeout_minutes {
        body["settings"] = json!({"pipeline": {"timeout": minutes}});
    }
    extra::merge(&mut body, &run.extra);
    // Set last: whatever a repository configures, the request can be found again.
    body["environments"][0]["variables"][SUBMISSION] = work.mark().into();
    if let Some(callback) = &work.callback {
        body["notification"] =
            json!({"webhook": {"url": callback.url, "token": callback.token.expose_secret()}});
    }
    body
}

/// Where the tests come from.
fn tests(work: &Work, run: &TestRun) -> Value {
    let pull_request = run.source.pull_request.as_ref();
    let mut tests = match &run.fmf_url {
        Some(url) => json!({"url": url}),
        None => {
            let source = pull_request.filter(|_| !run.use_target_repository).map(|source| &source.source_url);
            json!({"url": source.unwrap_or(&run.source.url), "ref": work.commit})
        }
    };
    if run.fmf_url.is_some()
        && let Some(revision) = &run.fmf_ref
    {
        tests["ref"] = revision.as_str().into();
    }
    // Tests of another repository have nothing to be merged with.
    let merged_with = pull_request.filter(|source| source.merge && run.fmf_url.is_none());
    for (name, value) in [
        ("path", run.fmf_path.as_ref()),
        ("name", run.tmt_plan.as_ref()),
        ("merge_sha", merged_with.and_then(|source| source.target_hash.as_ref())),
    ] {
        if let Some(value) = value {
            tests[name] = value.as_str().into();
        }
    }
    tests
}

/// What is installed: the packages of a build of this chroot.
fn artifact(input: &WorkInput) -> Option<Value> {
    let id = input.external_id.as_ref()?;
    let (kind, id) = match input.kind {
        JobKind::CoprBuild => ("fedora-copr-build", format!("{id}:{}", input.name)),
        JobKind::KojiBuild => ("fedora-koji-build", id.clone()),
        _ => return None,
    };
    let mut artifact = json!({"type": kind, "id": id});
    if !input.details.packages.is_empty() {
        artifact["packages"] = input.details.packages.clone().into();
    }
    Some(artifact)
}

/// What tests are told by Packit's names; the job's own variables come before these.
fn variables(work: &Work, target: &WorkTarget, run: &TestRun) -> BTreeMap<String, String> {
    let pull_request = run.source.pull_request.as_ref();
    let built: Vec<&str> =
        target.inputs.iter().flat_map(|input| &input.details.packages).map(String::as_str).collect();
    let source_url = pull_request.map_or(&run.source.url, |source| &source.source_url);
    let known = [
        ("PACKIT_FULL_REPO_NAME", Some(format!("{}/{}", work.project.namespace, work.project.name))),
        ("PACKIT_PACKAGE_NAME", Some(run.configured.package.clone())),
        ("PACKIT_COMMIT_SHA", Some(work.commit.clone())),
        ("PACKIT_SOURCE_SHA", Some(work.commit.clone())),
        ("PACKIT_SOURCE_URL", Some(source_url.clone())),
        ("PACKIT_TARGET_URL", Some(run.source.url.clone())),
        ("PACKIT_TARGET_BRANCH", pull_request.map(|source| source.target_branch.clone())),
        ("PACKIT_TARGET_SHA", pull_request.and_then(|source| source.target_hash.clone())),
        ("PACKIT_PR_ID", pull_request.map(|source| source.number.to_string())),
        ("PACKIT_TAG_NAME", run.source.tag.clone()),
        ("PACKIT_COPR_RPMS", (!built.is_empty()).then(|| built.join(" "))),
        (IDENTIFIER, target.identifier.clone()),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.chain(run.variables.clone()).collect()
}
