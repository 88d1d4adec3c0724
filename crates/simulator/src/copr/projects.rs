//! Projects, their chroots and who may build in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::http::{Bounds, Caller, CoprError, words};
use super::store::Project;
use crate::shared::Shared;

type Answer = Result<Json<Value>, CoprError>;

#[derive(Deserialize)]
pub(super) struct WhichProject {
    ownername: String,
    projectname: String,
}

pub(super) async fn mock_chroots(State(shared): State<Arc<Shared>>) -> Json<BTreeMap<String, String>> {
    Json(shared.behaviour().chroots.into_iter().map(|chroot| (chroot, String::new())).collect())
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, Query(which): Query<WhichProject>) -> Answer {
    let copr = shared.copr();
    let project = copr.project(&which.ownername, &which.projectname)?;
    Ok(Json(shown(&shared.url, &which.ownername, &which.projectname, project)))
}

#[derive(Deserialize)]
pub(super) struct WhoseProjects {
    ownername: Option<String>,
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Query(whose): Query<WhoseProjects>,
    Query(bounds): Query<Bounds>,
) -> Json<Value> {
    let copr = shared.copr();
    let asked =
        copr.projects.iter().filter(|((owner, _), _)| whose.ownername.as_ref().is_none_or(|o| o == owner));
    bounds.list(asked.map(|((owner, name), project)| shown(&shared.url, owner, name, project)))
}

pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(owner): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    Json(body): Json<Map<String, Value>>,
) -> Answer {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if owner != caller.0 {
        return Err(CoprError::forbidden(format!("You do not have access to the projects of {owner}")));
    }
    let allowed_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.is_empty()
        || !name.chars().all(allowed_letter)
        || name.chars().all(|letter| letter.is_ascii_digit())
    {
        return Err(CoprError::bad_request(format!("name: '{name}' is no name for a project")));
    }
    let chroots = known_chroots(&shared, &body)?.unwrap_or_default();
    let mut copr = shared.copr();
    let exists = copr.project(&owner, name).is_ok();
    let exist_ok = query.get("exist_ok").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if exists && !exist_ok {
        return Err(CoprError::bad_request(format!("name: You already have a project named '{name}'.")));
    }
    if !exists && chroots.is_empty() {
        return Err(CoprError::bad_request("chroots: At least one chroot must be selected"));
    }
    let project = copr.add(&owner, name);
    if !exists {
        change(project, &body);
        project.chroots = chroots.into_iter().map(|chroot| (chroot, Map::new())).collect();
    }
    Ok(Json(shown(&shared.url, &owner, name, project)))
}

pub(super) async fn edit(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Answer {
    let chroots = known_chroots(&shared, &body)?;
    let mut copr = shared.copr();
    let project = copr.project_mut(&owner, &name)?;
    may_edit(project, &owner, &caller.0)?;
    change(project, &body);
    if let Some(chroots) = chroots {
        let mut before = std::mem::take(&mut project.chroots);
        project.chroots = chroots
            .into_iter()
            .map(|chroot| {
                let options = before.remove(&chroot).unwrap_or_default();
                (chroot, options)
            })
            .collect();
    }
    Ok(Json(shown(&shared.url, &owner, &name, project)))
}

pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((owner, name)): Path<(String, String)>,
) -> Answer {
    let mut copr = shared.copr();
    let project = copr.project(&owner, &name)?;
    may_edit(project, &owner, &caller.0)?;
    let answer = shown(&shared.url, &owner, &name, project);
    // With a project go its builds.
    if let Some(project) = copr.projects.remove(&(owner, name)) {
        for id in &project.builds {
            copr.builds.remove(id);
        }
    }
    Ok(Json(answer))
}

#[derive(Deserialize)]
pub(super) struct WhichChroot {
    #[serde(flatten)]
    project: WhichProject,
    chrootname: String,
}

pub(super) async fn chroot(State(shared): State<Arc<Shared>>, Query(which): Query<WhichChroot>) -> Answer {
    let WhichChroot { project: WhichProject { ownername, projectname }, chrootname } = which;
    let copr = shared.copr();
    let project = copr.project(&ownername, &projectname)?;
    let options = project.chroots.get(&chrootname).ok_or_else(|| no_chroot(&chrootname))?;
    Ok(Json(shown_chroot(&ownername, &projectname, &chrootname, options)))
}

pub(super) async fn edit_chroot(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((owner, name, chroot)): Path<(String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Answer {
    let mut copr = shared.copr();
    let project = copr.project_mut(&owner, &name)?;
    may_edit(project, &owner, &caller.0)?;
    let options = project.chroots.get_mut(&chroot).ok_or_else(|| no_chroot(&chroot))?;
    for field in words(body.get("reset_fields")).unwrap_or_default() {
        options.remove(&field);
    }
    options.extend(body.into_iter().filter(|(name, value)| name != "reset_fields" && !value.is_null()));
    Ok(Json(shown_chroot(&owner, &name, &chroot, options)))
}

pub(super) async fn permissions(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((owner, name)): Path<(String, String)>,
) -> Answer {
    let copr = shared.copr();
    let project = copr.project(&owner, &name)?;
    may_edit(project, &owner, &caller.0)?;
    let mut accounts: Map<String, Value> = Map::new();
    let mut add = |account: &str, role: &str, state: &str| {
        let roles =
            accounts.entry(account).or_insert_with(|| json!({"builder": "nothing", "admin": "nothing"}));
        roles[role] = state.into();
    };
    project.requests.iter().for_each(|(account, role)| add(account, role, "request"));
    project.builders.iter().for_each(|account| add(account, "builder", "approved"));
    project.admins.iter().for_each(|account| add(account, "admin", "approved"));
    Ok(Json(json!({"permissions": accounts})))
}

pub(super) async fn request_permissions(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((owner, name)): Path<(String, String)>,
    Json(roles): Json<BTreeMap<String, bool>>,
) -> Answer {
    let mut copr = shared.copr();
    let project = copr.project_mut(&owner, &name)?;
    for (role, wanted) in roles {
        if !matches!(role.as_str(), "builder" | "admin") {
            return Err(CoprError::bad_request(format!("invalid permission '{role}'")));
        }
        let request = (caller.0.clone(), role);
        if wanted {
            project.requests.insert(request);
        } else {
            project.requests.remove(&request);
        }
    }
    Ok(Json(json!({"updated": [caller.0]})))
}

pub(super) async fn can_build_in(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((who, owner, name)): Path<(String, String, String)>,
) -> Answer {
    let copr = shared.copr();
    let project = copr.project(&owner, &name)?;
    let can = project.may_build(&owner, &who);
    Ok(Json(json!({"who": who, "ownername": owner, "projectname": name, "can_build_in": can})))
}

fn may_edit(project: &Project, owner: &str, account: &str) -> Result<(), CoprError> {
    if project.may_edit(owner, account) {
        return Ok(());
    }
    Err(CoprError::forbidden("Only owners and admins may update their projects."))
}

fn no_chroot(chroot: &str) -> CoprError {
    CoprError::not_found(format!("Chroot {chroot} does not exist in this project."))
}

fn known_chroots(shared: &Shared, body: &Map<String, Value>) -> Result<Option<Vec<String>>, CoprError> {
    let Some(chroots) = words(body.get("chroots")) else { return Ok(None) };
    let known = shared.behaviour().chroots;
    let unknown: Vec<&str> =
        chroots.iter().filter(|chroot| !known.contains(chroot)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(Some(chroots));
    }
    Err(CoprError::bad_request(format!("Unexpected chroot: {}", unknown.join(", "))))
}

fn change(project: &mut Project, body: &Map<String, Value>) {
    for (name, value) in body {
        match name.as_str() {
            "name" | "chroots" => {}
            "packit_forge_projects_allowed" => {
                if let Some(allowed) = words(Some(value)) {
                    project.forge_projects_allowed = allowed;
                }
            }
            // The client writes this one so when it edits a project.
            "repos" | "additional_repos" => {
                if let Some(repos) = words(Some(value)) {
                    project.settings.insert("additional_repos".to_owned(), repos.into());
                }
            }
            _ if value.is_null() => {}
            _ => {
                project.settings.insert(name.clone(), value.clone());
            }
        }
    }
}

fn shown(url: &str, owner: &str, name: &str, project: &Project) -> Value {
    let setting = |key: &str, default: Value| project.settings.get(key).cloned().unwrap_or(default);
    let chroot_repos: Map<String, Value> = project
        .chroots
        .keys()
        .map(|chroot| (chroot.clone(), format!("{url}/copr/results/{owner}/{name}/{chroot}/").into()))
        .collect();
    json!({
        "id": project.id,
        "name": name,
        "ownername": owner,
        "full_name": format!("{owner}/{name}"),
        "homepage": setting("homepage", Value::Null),
        "contact": setting("contact", Value::Null),
        "description": setting("description", "".into()),
        "instructions": setting("instructions", "".into()),
        "devel_mode": setting("devel_mode", false.into()),
        "persistent": setting("persistent", false.into()),
        "unlisted_on_hp": setting("unlisted_on_hp", false.into()),
        "auto_prune": setting("auto_prune", true.into()),
        "chroot_repos": chroot_repos,
        "additional_repos": setting("additional_repos", json!([])),
        "enable_net": setting("enable_net", false.into()),
        "bootstrap": setting("bootstrap", "default".into()),
        "isolation": setting("isolation", "default".into()),
        "module_hotfixes": setting("module_hotfixes", false.into()),
        "follow_fedora_branching": setting("follow_fedora_branching", true.into()),
        "packit_forge_projects_allowed": project.forge_projects_allowed,
    })
}

fn shown_chroot(owner: &str, name: &str, chroot: &str, options: &Map<String, Value>) -> Value {
    let list = |key: &str| words(options.get(key)).unwrap_or_default();
    json!({
        "mock_chroot": chroot,
        "projectname": name,
        "ownername": owner,
        "comps_name": null,
        "additional_repos": list("additional_repos"),
        "additional_packages": list("additional_packages"),
        "additional_modules": list("additional_modules"),
        "with_opts": list("with_opts"),
        "without_opts": list("without_opts"),
    })
}
