//! New builds: from a script that makes the SRPM, or from the address of one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::build::{Build, Chroot, Source, SourcePhase};
use super::http::{Caller, CoprError, words};
use super::store::{Copr, Project};
use crate::behaviour::{Behaviour, BuildOutcome};
use crate::chance::spread;
use crate::gate::Began;
use crate::glob::{fits, fits_if_given};
use crate::shared::{Shared, now_ms};

type Body = Json<Map<String, Value>>;

pub(super) async fn custom(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Json(body): Body,
) -> Result<Response, CoprError> {
    let script = text(&body, "script")?.to_owned();
    if !script.starts_with("#!") {
        return Err(CoprError::bad_request(
            "Bad request parameters: {'script': ['The script must start with #!']}",
        ));
    }
    let package = package_of_script(&script);
    let source = Source::Custom {
        script,
        chroot: body.get("chroot").and_then(Value::as_str).unwrap_or("fedora-latest-x86_64").to_owned(),
        builddeps: words(body.get("builddeps")).unwrap_or_default(),
        resultdir: body.get("resultdir").and_then(Value::as_str).unwrap_or_default().to_owned(),
        repos: words(body.get("repos")).unwrap_or_default(),
    };
    let build = create(&shared, &caller.0, &body, package, "1.0.0".to_owned(), source, false)?;
    Ok(Began::mark(build["id"].to_string(), Json(build)))
}

pub(super) async fn url(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Json(body): Body,
) -> Result<Response, CoprError> {
    let urls = words(body.get("pkgs")).unwrap_or_default();
    if urls.is_empty() {
        return Err(CoprError::bad_request("Bad request parameters: {'pkgs': ['This field is required.']}"));
    }
    let mut builds = Vec::new();
    for url in urls {
        let file = url.rsplit('/').next().unwrap_or_default();
        let Some(stem) = file.strip_suffix(".src.rpm").filter(|_| url.starts_with("http")) else {
            return Err(CoprError::bad_request(format!(
                "Bad request parameters: {{'pkgs': ['{url} is no SRPM']}}"
            )));
        };
        // name-version-release, of which the name may hold dashes.
        let mut parts = stem.rsplitn(3, '-');
        let (_, version, name) = (parts.next(), parts.next().unwrap_or("0"), parts.next().unwrap_or(stem));
        let missing = url.starts_with(&shared.url) && !made_here(&shared.copr(), &shared.url, &url);
        let (name, version) = (name.to_owned(), version.to_owned());
        builds.push(create(&shared, &caller.0, &body, name, version, Source::Link { url }, missing)?);
    }
    let ids: Vec<String> = builds.iter().map(|build| build["id"].to_string()).collect();
    Ok(Began::mark(ids.join(","), Json(json!({"items": builds, "meta": {}})).into_response()))
}

/// Whether an address of ours is the SRPM of a build that has made one.
pub(super) fn made_here(copr: &Copr, url: &str, srpm: &str) -> bool {
    let now = now_ms();
    let id = srpm.rsplit('/').nth(1).and_then(|id| id.parse::<u64>().ok());
    id.and_then(|id| copr.builds.get(&id))
        .is_some_and(|build| build.shown(url, now)["source_package"]["url"] == srpm)
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, CoprError> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| {
        CoprError::bad_request(format!("Bad request parameters: {{'{name}': ['This field is required.']}}"))
    })
}

/// The package that a script makes: what follows `-p`, else the last part of the repository's address.
fn package_of_script(script: &str) -> String {
    let call = script.lines().find(|line| line.contains("prepare-sources")).unwrap_or_default();
    let words: Vec<&str> = call.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
    let named = words.iter().position(|word| *word == "-p").and_then(|at| words.get(at + 1)).copied();
    let repository = words.iter().rev().find(|word| word.contains("://"));
    let last = repository.and_then(|url| url.trim_end_matches('/').rsplit('/').next());
    named.or(last).unwrap_or("package").trim_end_matches(".git").to_owned()
}

fn create(
    shared: &Shared,
    caller: &str,
    body: &Map<String, Value>,
    package: String,
    version: String,
    source: Source,
    source_is_missing: bool,
) -> Result<Value, CoprError> {
    let (owner, name) = (text(body, "ownername")?, text(body, "projectname")?);
    let behaviour = shared.behaviour();
    let mut copr = shared.copr();
    let project = copr.project(owner, name)?;
    may_build(project, caller, owner, name, body)?;
    let chroots = chroots(project, body)?;
    let id = copr.next_id();
    let now = now_ms();
    let mut outcome = |chroot: &str| fails(&behaviour, &mut copr.times_built, name, &package, chroot);
    let phase = source_phase(&behaviour, &source, id, now, source_is_missing || outcome("srpm-builds"));
    let chroots = chroots.into_iter().map(|chroot| {
        let fails = !phase.fails && outcome(&chroot);
        let starts = phase.ends + took(&behaviour, behaviour.latencies.queue_ms, (id, &chroot, "queue"));
        let build_ms =
            behaviour.chroot_build_ms.get(&chroot).copied().unwrap_or(behaviour.latencies.build_ms);
        let ends = starts + took(&behaviour, build_ms, (id, &chroot, "build"));
        Chroot { name: chroot, starts, ends, fails }
    });
    let chroots = chroots.collect();
    let build = Build {
        id,
        owner: owner.to_owned(),
        project: name.to_owned(),
        submitter: caller.to_owned(),
        package,
        version,
        source,
        submitted: now,
        phase,
        chroots,
        canceled: None,
        options: Value::Object(body.clone()),
    };
    let shown = build.shown(&shared.url, now);
    copr.project_mut(owner, name)?.builds.push(id);
    copr.builds.insert(id, build);
    Ok(shown)
}

fn may_build(
    project: &Project,
    caller: &str,
    owner: &str,
    name: &str,
    body: &Map<String, Value>,
) -> Result<(), CoprError> {
    if !project.may_build(owner, caller) {
        return Err(CoprError::forbidden(format!(
            "User {caller} is not allowed to build in the copr: {owner}/{name}"
        )));
    }
    let forge_project = body.get("packit_forge_project").and_then(Value::as_str);
    match forge_project.filter(|forge_project| !project.allows(forge_project)) {
        None => Ok(()),
        Some(forge_project) => Err(CoprError::forbidden(format!(
            "Forge project {forge_project} can't build in this Copr via Packit."
        ))),
    }
}

/// The chroots of a new build: those that were asked for, else all of its project's.
fn chroots(project: &Project, body: &Map<String, Value>) -> Result<Vec<String>, CoprError> {
    let asked = words(body.get("chroots")).filter(|chroots| !chroots.is_empty());
    let excluded = words(body.get("exclude_chroots")).unwrap_or_default();
    let chroots = asked.unwrap_or_else(|| project.chroots.keys().cloned().collect());
    if let Some(unknown) = chroots.iter().find(|chroot| !project.chroots.contains_key(*chroot)) {
        return Err(CoprError::bad_request(format!(
            "Bad request parameters: {{'chroots': [\"'{unknown}' is not a valid choice for this field\"]}}"
        )));
    }
    Ok(chroots.into_iter().filter(|chroot| !excluded.contains(chroot)).collect())
}

fn took(behaviour: &Behaviour, base_ms: u64, name: impl std::hash::Hash) -> i64 {
    spread(behaviour.seed, &behaviour.latencies, base_ms, name)
}

fn source_phase(behaviour: &Behaviour, source: &Source, id: u64, now: i64, fails: bool) -> SourcePhase {
    let latencies = &behaviour.latencies;
    // An SRPM that exists is only fetched and imported: no builder is waited for.
    let (queue_ms, source_ms) = match source {
        Source::Custom { .. } => (latencies.queue_ms, latencies.source_ms),
        Source::Link { .. } => (0, 0),
    };
    let starts = now + took(behaviour, queue_ms, (id, "queue"));
    let imports = starts + took(behaviour, source_ms, (id, "source"));
    let import = if fails { 0 } else { took(behaviour, latencies.import_ms, (id, "import")) };
    SourcePhase { starts, imports, ends: imports + import, fails }
}

fn fails(
    behaviour: &Behaviour,
    times_built: &mut HashMap<(String, String, String), u32>,
    project: &str,
    package: &str,
    chroot: &str,
) -> bool {
    let times = times_built.entry((project.to_owned(), package.to_owned(), chroot.to_owned())).or_default();
    *times += 1;
    let rule = behaviour.builds.iter().find(|rule| {
        fits(&rule.chroot, chroot)
            && fits_if_given(rule.package.as_deref(), package)
            && fits_if_given(rule.project.as_deref(), project)
    });
    match rule.map(|rule| rule.outcome) {
        None | Some(BuildOutcome::Succeeded) => false,
        Some(BuildOutcome::Failed) => true,
        Some(BuildOutcome::FailedOnce) => *times == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::package_of_script;

    #[test]
    fn a_script_tells_the_package_that_it_makes() {
        let call = "packit -d prepare-sources --result-dir \"$PWD\" --ref abc";
        assert_eq!(
            package_of_script(&format!("#!/bin/sh\n{call} 'https://forge.example/space/ogr.git'\n")),
            "ogr"
        );
        assert_eq!(
            package_of_script("#!/bin/sh\npackit prepare-sources -p 'one' https://forge.example/a/b"),
            "one"
        );
        assert_eq!(package_of_script("#!/bin/sh\ntrue"), "package");
    }
}
