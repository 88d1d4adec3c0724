//! The Copr project that is built in: made, or changed where it is not as the configuration wants it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use domain::details::TargetDetails;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::submit::Order;
use super::{Copr, api::Api};
use crate::http::segment;
use crate::{BuilderError, WorkTarget};

/// For how long the list of Copr's chroots is believed when all that are asked for are in it.
const CHROOTS_ARE_BELIEVED_FOR: Duration = Duration::from_secs(600);

/// The chroots that Copr had when it was asked.
pub(super) type KnownChroots = tokio::sync::Mutex<Option<(Instant, BTreeSet<String>)>>;

/// Those of the chroots that Copr does not have. A list that lacks one is asked for anew: it may have come since.
pub(super) async fn unknown_chroots(copr: &Copr, names: &[&str]) -> Result<BTreeSet<String>, BuilderError> {
    let mut known = copr.known_chroots.lock().await;
    let missing = |known: &BTreeSet<String>| {
        names
            .iter()
            .filter(|name| !known.contains(**name))
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    if let Some((at, chroots)) = known.as_ref()
        && at.elapsed() < CHROOTS_ARE_BELIEVED_FOR
        && missing(chroots).is_empty()
    {
        return Ok(BTreeSet::new());
    }
    let answer = copr.api.get("mock-chroots/list", &[]).await?;
    let listed = answer.as_object().into_iter().flat_map(Map::keys);
    // Names that begin so are no chroots (`docs/contracts.md` 3.2).
    let chroots: BTreeSet<String> = listed.filter(|name| !name.starts_with('_')).cloned().collect();
    let unknown = missing(&chroots);
    *known = Some((Instant::now(), chroots));
    Ok(unknown)
}

/// Sees to it that the project is there, that we may build in it, and that it has the chroots with their options.
pub(super) async fn make_ready(copr: &Copr, order: &Order<'_>) -> Result<(), BuilderError> {
    let job = order.job;
    let found =
        copr.api.find("project", &[("ownername", order.owner), ("projectname", &job.project)]).await?;
    let is_ours = order.owner == copr.config.owner;
    let Some(project) = found else {
        if job.is_custom_project || !is_ours {
            return Err(BuilderError::Refused(format!(
                "the Copr project {} does not exist; create it and allow {} to build in it through Packit",
                full_name(order),
                job.forge_project
            )));
        }
        add(copr, order).await?;
        return set_chroot_options(&copr.api, order, Existing::No).await;
    };
    if job.is_custom_project && !allows(&project, &job.forge_project) {
        return Err(BuilderError::Refused(format!(
            "the Copr project {} does not allow {} to build in it; add it to the allowed forge projects at {}",
            full_name(order),
            job.forge_project,
            page(copr, order, "edit/")
        )));
    }
    if !is_ours {
        ask_for_builder(copr, order).await?;
    }
    let changes = changes(order, &project, job.is_custom_project, copr.config.delete_after_days);
    let existing = if job.is_custom_project { Existing::Theirs } else { Existing::Ours };
    let changed = async {
        if let Some(changes) = changes {
            let path = format!("project/edit/{}/{}", segment(order.owner), segment(&job.project));
            copr.api.call(Method::PUT, &path, &changes).await?;
        }
        set_chroot_options(&copr.api, order, existing).await
    };
    match changed.await {
        Err(BuilderError::Refused(reason)) if !is_ours => {
            request(copr, order, "admin").await?;
            Err(BuilderError::Refused(format!(
                "{reason}. {} needs the admin right to change {} as configured; it was asked for: grant it at {}",
                copr.config.owner,
                full_name(order),
                page(copr, order, "permissions/")
            )))
        }
        other => other,
    }
}

fn full_name(order: &Order<'_>) -> String {
    format!("{}/{}", order.owner, order.job.project)
}

fn page(copr: &Copr, order: &Order<'_>, rest: &str) -> String {
    format!("{}{rest}", project_page(&copr.config.url, order.owner, &order.job.project))
}

/// A project's page, with a slash at the end. Groups have their own addresses.
pub(super) fn project_page(url: &str, owner: &str, name: &str) -> String {
    match owner.strip_prefix('@') {
        Some(group) => format!("{url}/coprs/g/{group}/{name}/"),
        None => format!("{url}/coprs/{owner}/{name}/"),
    }
}

/// Whether a project lets a forge project build in it. Copr itself checks it too; where it does not show its list, it
/// alone decides.
fn allows(project: &Value, forge_project: &str) -> bool {
    let Some(patterns) = project["packit_forge_projects_allowed"].as_array() else { return true };
    patterns.iter().filter_map(Value::as_str).any(|pattern| {
        // Sets of characters are rare; Copr is left to read them.
        if pattern.contains('[') {
            return true;
        }
        let escaped = regex::escape(pattern).replace(r"\*", ".*").replace(r"\?", ".");
        regex::Regex::new(&format!("^(?s:{escaped})$")).is_ok_and(|pattern| pattern.is_match(forge_project))
    })
}

async fn add(copr: &Copr, order: &Order<'_>) -> Result<(), BuilderError> {
    let job = order.job;
    let mut body = Value::Object(wanted_settings(order, false));
    body["name"] = job.project.as_str().into();
    body["chroots"] = order.chroots.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().into();
    body["description"] = format!("Builds of {}, made by Packflow.", job.forge_project).into();
    body["additional_repos"] = job.additional_repos.clone().into();
    body["enable_net"] = job.enable_net.into();
    body["delete_after_days"] = delete_after(job.preserve_project, copr.config.delete_after_days).into();
    // Another submission may add it at the same moment.
    let path = format!("project/add/{}?exist_ok=True", segment(order.owner));
    copr.api.call(Method::POST, &path, &body).await?;
    Ok(())
}

/// Days until Copr deletes a project; -1 for never.
fn delete_after(preserve: bool, days: u32) -> i64 {
    if preserve { -1 } else { i64::from(days) }
}

/// The settings that a project should have. In a project that somebody made by hand only what is configured is touched.
fn wanted_settings(order: &Order<'_>, only_configured: bool) -> Map<String, Value> {
    let job = order.job;
    let mut wanted = Map::new();
    if job.list_on_homepage || !only_configured {
        wanted.insert("unlisted_on_hp".to_owned(), (!job.list_on_homepage).into());
    }
    if job.module_hotfixes || !only_configured {
        wanted.insert("module_hotfixes".to_owned(), job.module_hotfixes.into());
    }
    if let Some(bootstrap) = &job.bootstrap {
        wanted.insert("bootstrap".to_owned(), bootstrap.as_str().into());
    }
    wanted
}

/// The body of the edit that makes a project as it should be; none if it is.
fn changes(order: &Order<'_>, project: &Value, only_configured: bool, days: u32) -> Option<Value> {
    let job = order.job;
    let mut changes = wanted_settings(order, only_configured);
    changes.retain(|name, value| project[name] != *value);
    let repos = json!(job.additional_repos);
    if (!job.additional_repos.is_empty() || !only_configured) && project["additional_repos"] != repos {
        changes.insert("repos".to_owned(), repos);
    }
    let enabled: BTreeSet<&str> =
        project["chroot_repos"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let wanted: BTreeSet<&str> = order.chroots.iter().map(|target| target.name.as_str()).collect();
    if !wanted.is_subset(&enabled) {
        // None is ever dropped: builds of another submission may still run in it.
        changes.insert("chroots".to_owned(), enabled.union(&wanted).copied().collect::<Vec<_>>().into());
    }
    if changes.is_empty() {
        return None;
    }
    if !only_configured {
        changes.insert("delete_after_days".to_owned(), delete_after(job.preserve_project, days).into());
    }
    Some(Value::Object(changes))
}

/// Asks for the right to build in somebody else's project, and refuses the work until it is granted.
async fn ask_for_builder(copr: &Copr, order: &Order<'_>) -> Result<(), BuilderError> {
    let (owner, name, us) = (segment(order.owner), segment(&order.job.project), segment(&copr.config.owner));
    let path = format!("project/permissions/can_build_in/{us}/{owner}/{name}");
    if copr.api.get_authenticated(&path).await?["can_build_in"] == true {
        return Ok(());
    }
    request(copr, order, "builder").await?;
    Err(BuilderError::Refused(format!(
        "{} may not build in the Copr project {}; the builder right was asked for: grant it at {}",
        copr.config.owner,
        full_name(order),
        page(copr, order, "permissions/")
    )))
}

async fn request(copr: &Copr, order: &Order<'_>, role: &str) -> Result<(), BuilderError> {
    let (owner, name) = (segment(order.owner), segment(&order.job.project));
    let path = format!("project/permissions/request/{owner}/{name}");
    copr.api.call(Method::PUT, &path, &json!({role: true})).await?;
    Ok(())
}

/// Whose a project is, as far as the options of its chroots go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    /// It was just added: nothing is set.
    No,
    /// We made it before: what an earlier configuration set and this one does not is reset.
    Ours,
    /// Somebody made it: what is not configured is left as it is.
    Theirs,
}

async fn set_chroot_options(api: &Api, order: &Order<'_>, existing: Existing) -> Result<(), BuilderError> {
    let chroots = order.chroots.iter().map(|target| set_options_of(api, order, target, existing));
    try_join_all(chroots).await?;
    Ok(())
}

async fn set_options_of(
    api: &Api,
    order: &Order<'_>,
    target: &WorkTarget,
    existing: Existing,
) -> Result<(), BuilderError> {
    let wanted = options(&target.details);
    if existing != Existing::Ours && wanted.iter().all(|(_, words)| words.is_empty()) {
        return Ok(());
    }
    let (owner, name) = (order.owner, order.job.project.as_str());
    let set = if existing == Existing::No {
        Value::Null
    } else {
        let query = [("ownername", owner), ("projectname", name), ("chrootname", &target.name)];
        api.get("project-chroot", &query).await?
    };
    let (mut body, mut reset) = (Map::new(), Vec::new());
    for (option, words) in wanted {
        let are: Vec<&str> = set[option].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if words.is_empty() && !are.is_empty() && existing == Existing::Ours {
            reset.push(option);
        } else if !words.is_empty() && words != are {
            // Modules are one text in Copr, the others are lists.
            let value = if option == "additional_modules" { words.join(" ").into() } else { words.into() };
            body.insert(option.to_owned(), value);
        }
    }
    if !reset.is_empty() {
        body.insert("reset_fields".to_owned(), reset.into());
    }
    if body.is_empty() {
        return Ok(());
    }
    let path = format!("project-chroot/edit/{}/{}/{}", segment(owner), segment(name), segment(&target.name));
    api.call(Method::PUT, &path, &Value::Object(body)).await?;
    Ok(())
}

/// A chroot's options by Copr's names.
fn options(details: &TargetDetails) -> [(&'static str, Vec<&str>); 5] {
    [
        ("additional_packages", details.additional_packages.iter().map(String::as_str).collect()),
        ("additional_repos", details.additional_repos.iter().map(String::as_str).collect()),
        (
            "additional_modules",
            details.additional_modules.iter().flat_map(|text| text.split_whitespace()).collect(),
        ),
        ("with_opts", details.with_opts.iter().map(String::as_str).collect()),
        ("without_opts", details.without_opts.iter().map(String::as_str).collect()),
    ]
}
