//! How a build stands: the states of `docs/contracts.md` 3.3 in the words of the design.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::words::{JobKind, TargetStatus};
use serde_json::Value;

use super::project::project_page;
use super::{Copr, build_id};
use crate::{BuilderError, Observation, Work, WorkTarget};

pub(super) async fn poll(copr: &Copr, work: &Work) -> Result<Vec<Observation>, BuilderError> {
    let id = build_id(work)?;
    let build = read_build(copr, id).await?;
    let url = build_page(copr, &build, id);
    let open: Vec<&WorkTarget> = work.targets.iter().filter(|target| !target.status.is_finished()).collect();
    let (srpms, chroots): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|target| target.kind == JobKind::SrpmBuild);
    let mut observations = Vec::new();
    if let Some(srpm) = srpms.first() {
        let source = copr.api.get(&format!("build/source-chroot/{id}"), &[]).await?;
        observations.extend(of_source(srpm, &build, &source, &url));
    }
    if chroots.is_empty() {
        return Ok(observations);
    }
    let answer = copr.api.get("build-chroot/list", &[("build_id", &id.to_string())]).await?;
    let listed: BTreeMap<&str, &Value> = answer["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|chroot| Some((chroot["name"].as_str()?, chroot)))
        .collect();
    let state = |target: &WorkTarget| listed.get(target.name.as_str()).map(|chroot| &chroot["state"]);
    let packages = if chroots.iter().any(|target| state(target).is_some_and(|state| state == "succeeded")) {
        copr.api.get(&format!("build/built-packages/{id}"), &[]).await?
    } else {
        Value::Null
    };
    for target in chroots {
        observations.extend(match listed.get(target.name.as_str()) {
            Some(chroot) => of_chroot(target, chroot, &packages[&target.name]["packages"], &url),
            None => {
                Some(observation(target, Stand::errored("the Copr build does not have this chroot"), &url))
            }
        });
    }
    Ok(observations)
}

async fn read_build(copr: &Copr, id: u64) -> Result<Value, BuilderError> {
    let found = copr.api.find(&format!("build/{id}"), &[]).await?;
    found.ok_or_else(|| BuilderError::Refused(format!("Copr does not have the build {id} any more")))
}

/// Whether nothing of a build can be canceled any more.
pub(super) async fn has_ended(copr: &Copr, id: u64) -> Result<bool, BuilderError> {
    let build = read_build(copr, id).await?;
    let word = build["state"].as_str().unwrap_or_default();
    Ok(Stand::of(word).is_some_and(|stand| stand.status.is_finished()))
}

fn build_page(copr: &Copr, build: &Value, id: u64) -> String {
    let text = |name: &str| build[name].as_str().unwrap_or_default();
    format!("{}build/{id}/", project_page(&copr.config.url, text("ownername"), text("projectname")))
}

/// Where something stands and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stand {
    status: TargetStatus,
    reason: Option<&'static str>,
}

impl Stand {
    const fn errored(reason: &'static str) -> Self {
        Self { status: TargetStatus::Errored, reason: Some(reason) }
    }

    /// What a state of Copr's means; none if it says nothing (`unknown`, or a word of tomorrow): then the target is
    /// asked for again until its deadline.
    fn of(word: &str) -> Option<Self> {
        let stand = |status, reason| Some(Self { status, reason });
        match word {
            "importing" | "waiting" | "pending" | "starting" => stand(TargetStatus::Submitted, None),
            "running" => stand(TargetStatus::Running, None),
            "succeeded" => stand(TargetStatus::Succeeded, None),
            "failed" => stand(TargetStatus::Failed, Some("the build failed")),
            "canceled" => stand(TargetStatus::Canceled, Some("canceled in Copr")),
            // Not our `skipped`: the build was wanted, and it has made nothing that could be tested.
            "skipped" => {
                Some(Self::errored("Copr skipped it, since it has this version of the package already"))
            }
            "forked" => Some(Self::errored("Copr copied it from another project instead of building it")),
            _ => None,
        }
    }
}

fn of_source(target: &WorkTarget, build: &Value, source: &Value, url: &str) -> Option<Observation> {
    let artifact_url = build["source_package"]["url"].as_str();
    let stand = match (source["state"].as_str()?, artifact_url) {
        // The SRPM is made, but cannot be fetched before its import ends.
        ("importing", _) | ("succeeded", None) => Stand { status: TargetStatus::Running, reason: None },
        ("failed", _) => Stand { status: TargetStatus::Failed, reason: Some("the SRPM could not be made") },
        (word, _) => Stand::of(word)?,
    };
    let mut observation = observation(target, stand, url);
    observation.logs_url = logs(source);
    if stand.status == TargetStatus::Succeeded {
        let mut details = target.details.clone();
        details.artifact_url = artifact_url.map(str::to_owned);
        observation.details = Some(details);
    }
    Some(observation)
}

fn of_chroot(target: &WorkTarget, chroot: &Value, packages: &Value, url: &str) -> Option<Observation> {
    let stand = Stand::of(chroot["state"].as_str()?)?;
    let mut observation = observation(target, stand, url);
    observation.logs_url = logs(chroot);
    observation.peer_started_at = time(&chroot["started_on"]);
    observation.peer_finished_at = time(&chroot["ended_on"]);
    if stand.status == TargetStatus::Succeeded {
        let built = packages.as_array().into_iter().flatten().filter_map(nevra).collect();
        observation.details = Some(TargetDetails { packages: built, ..target.details.clone() });
    }
    Some(observation)
}

fn observation(target: &WorkTarget, stand: Stand, url: &str) -> Observation {
    Observation {
        target: target.id,
        status: stand.status,
        reason: stand.reason.map(str::to_owned),
        url: Some(url.to_owned()),
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details: None,
    }
}

fn logs(chroot: &Value) -> Option<String> {
    let folder = chroot["result_url"].as_str().filter(|url| !url.is_empty())?;
    Some(format!("{}/builder-live.log.gz", folder.trim_end_matches('/')))
}

fn time(epoch: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(epoch.as_i64()?, 0)
}

/// `name-[epoch:]version-release.arch`, as Testing Farm installs it; none for the source package.
fn nevra(package: &Value) -> Option<String> {
    let text = |name: &str| package[name].as_str();
    let arch = text("arch").filter(|arch| *arch != "src")?;
    let epoch = package["epoch"].as_u64().filter(|epoch| *epoch > 0).map(|epoch| format!("{epoch}:"));
    let epoch = epoch.unwrap_or_default();
    Some(format!("{}-{epoch}{}-{}.{arch}", text("name")?, text("version")?, text("release")?))
}

#[cfg(test)]
mod tests {
    use domain::words::TargetStatus;
    use serde_json::json;

    use super::{Stand, nevra};

    #[test]
    fn every_state_of_copr_is_told_in_the_words_of_the_design() {
        let status = |word| Stand::of(word).map(|stand| stand.status);
        for word in ["importing", "waiting", "pending", "starting"] {
            assert_eq!(status(word), Some(TargetStatus::Submitted), "{word}");
        }
        assert_eq!(status("running"), Some(TargetStatus::Running));
        assert_eq!(status("succeeded"), Some(TargetStatus::Succeeded));
        assert_eq!(status("failed"), Some(TargetStatus::Failed));
        assert_eq!(status("canceled"), Some(TargetStatus::Canceled));
        assert_eq!(status("skipped"), Some(TargetStatus::Errored));
        assert_eq!(status("forked"), Some(TargetStatus::Errored));
        assert_eq!(status("unknown"), None);
    }

    #[test]
    fn a_package_is_named_with_its_epoch_if_it_has_one_and_sources_are_left_out() {
        let package =
            |epoch, arch| json!({"name": "a", "epoch": epoch, "version": "1", "release": "2", "arch": arch});
        assert_eq!(nevra(&package(0, "noarch")).as_deref(), Some("a-1-2.noarch"));
        assert_eq!(nevra(&package(3, "x86_64")).as_deref(), Some("a-3:1-2.x86_64"));
        assert_eq!(nevra(&package(0, "src")), None);
    }
}
