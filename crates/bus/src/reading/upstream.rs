//! New versions of upstream projects, as Anitya and the-new-hotness tell of them (`docs/contracts.md` 7).

use domain::notice::{Notice, UpstreamVersion};
use forges::Reading;
use serde::Deserialize;
use serde_json::Value;

use super::parse;

/// As Anitya calls Fedora.
const FEDORA: &str = "Fedora";

#[derive(Deserialize)]
struct BugBody {
    bug: Bug,
    package: Option<String>,
    trigger: Trigger,
}

#[derive(Deserialize)]
struct Bug {
    bug_id: i64,
}

#[derive(Deserialize)]
struct Trigger {
    msg: VersionBody,
}

#[derive(Deserialize)]
struct VersionBody {
    project: Option<Project>,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    upstream_versions: Vec<String>,
    /// Older messages tell one.
    upstream_version: Option<String>,
    packages: Vec<Package>,
    project: Option<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: Option<i64>,
    name: String,
}

#[derive(Deserialize)]
struct Package {
    distro: String,
    package_name: String,
}

pub(super) fn bug(body: Value) -> Result<Reading, String> {
    let body: BugBody = parse(body)?;
    upstream(body.trigger.msg, body.package, Some(body.bug.bug_id))
}

pub(super) fn version(body: Value) -> Result<Reading, String> {
    upstream(parse(body)?, None, None)
}

fn upstream(told: VersionBody, package: Option<String>, bug: Option<i64>) -> Result<Reading, String> {
    let Message { upstream_versions, upstream_version, packages, project } = told.message;
    let project = told.project.or(project).ok_or("project: it is not told")?;
    let fedora = packages.into_iter().filter(|package| package.distro == FEDORA);
    let packages = match package {
        Some(package) => vec![package],
        None => fedora.map(|package| package.package_name).collect(),
    };
    let versions =
        if upstream_versions.is_empty() { upstream_version.into_iter().collect() } else { upstream_versions };
    if versions.is_empty() {
        return Ok(Reading::Ignored(format!("no version of {} is told", project.name)));
    }
    let Project { id: project_id, name: project } = project;
    Ok(Reading::Notice(Box::new(Notice::UpstreamVersion(UpstreamVersion {
        project_id,
        project,
        packages,
        versions,
        bug,
    }))))
}
