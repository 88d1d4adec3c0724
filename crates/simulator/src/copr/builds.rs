//! Builds: asked for, listed, canceled.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::build::{Chroot, Source};
use super::create::made_here;
use super::http::{Bounds, Caller, CoprError};
use crate::shared::{Shared, now_ms};

type Answer = Result<Json<Value>, CoprError>;

#[derive(Deserialize)]
pub(super) struct WhichBuilds {
    ownername: String,
    projectname: String,
    packagename: Option<String>,
    status: Option<String>,
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Query(which): Query<WhichBuilds>,
    Query(bounds): Query<Bounds>,
) -> Answer {
    let (copr, now) = (shared.copr(), now_ms());
    let project = copr.project(&which.ownername, &which.projectname)?;
    let builds = project
        .builds
        .iter()
        .filter_map(|id| copr.builds.get(id))
        .filter(|build| which.packagename.as_ref().is_none_or(|name| *name == build.package))
        .filter(|build| which.status.as_ref().is_none_or(|status| status == build.state(now).word()));
    Ok(bounds.list(builds.map(|build| build.shown(&shared.url, now))))
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Answer {
    Ok(Json(shared.copr().build(id)?.shown(&shared.url, now_ms())))
}

pub(super) async fn cancel(State(shared): State<Arc<Shared>>, caller: Caller, Path(id): Path<u64>) -> Answer {
    let (mut copr, now) = (shared.copr(), now_ms());
    let build = copr.build(id)?;
    let project = copr.project(&build.owner, &build.project)?;
    if build.submitter != caller.0 && !project.may_build(&build.owner, &caller.0) {
        return Err(CoprError::forbidden("You are not allowed to cancel this build."));
    }
    if build.state(now).is_finished() {
        return Err(CoprError::bad_request(format!("Cannot cancel build {id}")));
    }
    if let Some(build) = copr.builds.get_mut(&id) {
        build.canceled = Some(now);
    }
    Ok(Json(copr.build(id)?.shown(&shared.url, now)))
}

pub(super) async fn source_chroot(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Answer {
    let copr = shared.copr();
    let build = copr.build(id)?;
    let result_url =
        format!("{}/copr/results/{}/{}/srpm-builds/{id:08}", shared.url, build.owner, build.project);
    Ok(Json(json!({"state": build.source_state(now_ms()).word(), "result_url": result_url})))
}

pub(super) async fn source_build_config(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Answer {
    let copr = shared.copr();
    let build = copr.build(id)?;
    let (source_type, source_dict) = match &build.source {
        Source::Link { url } => ("link", json!({"url": url})),
        Source::Custom { script, chroot, builddeps, resultdir, repos } => (
            "custom",
            json!({
                "script": script,
                "chroot": chroot,
                "builddeps": builddeps.join(" "),
                "resultdir": resultdir,
                "repos": repos.join(" "),
            }),
        ),
    };
    Ok(Json(json!({
        "source_type": source_type,
        "source_dict": source_dict,
        "memory_limit": 2048,
        "timeout": build.options["timeout"].as_u64().unwrap_or(18_000),
        "is_background": build.options["background"].as_bool().unwrap_or(false),
    })))
}

pub(super) async fn built_packages(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Answer {
    let (copr, now) = (shared.copr(), now_ms());
    let build = copr.build(id)?;
    let chroots: Map<String, Value> = build
        .chroots
        .iter()
        .map(|chroot| (chroot.name.clone(), json!({"packages": build.packages(chroot, now)})))
        .collect();
    Ok(Json(Value::Object(chroots)))
}

#[derive(Deserialize)]
pub(super) struct WhichChroots {
    build_id: u64,
}

pub(super) async fn chroots(
    State(shared): State<Arc<Shared>>,
    Query(which): Query<WhichChroots>,
    Query(bounds): Query<Bounds>,
) -> Answer {
    let (copr, now) = (shared.copr(), now_ms());
    let build = copr.build(which.build_id)?;
    Ok(bounds.list(build.chroots.iter().map(|chroot| build.shown_chroot(chroot, &shared.url, now))))
}

#[derive(Deserialize)]
pub(super) struct WhichChroot {
    build_id: u64,
    chrootname: String,
}

pub(super) async fn chroot(State(shared): State<Arc<Shared>>, Query(which): Query<WhichChroot>) -> Answer {
    let copr = shared.copr();
    let build = copr.build(which.build_id)?;
    let chroot = find(&build.chroots, &which.chrootname)?;
    Ok(Json(build.shown_chroot(chroot, &shared.url, now_ms())))
}

pub(super) async fn chroot_built_packages(
    State(shared): State<Arc<Shared>>,
    Query(which): Query<WhichChroot>,
) -> Answer {
    let copr = shared.copr();
    let build = copr.build(which.build_id)?;
    let chroot = find(&build.chroots, &which.chrootname)?;
    Ok(Json(json!({"packages": build.packages(chroot, now_ms())})))
}

fn find<'a>(chroots: &'a [Chroot], name: &str) -> Result<&'a Chroot, CoprError> {
    let missing = || CoprError::not_found(format!("Build chroot {name} does not exist."));
    chroots.iter().find(|chroot| chroot.name == name).ok_or_else(missing)
}

/// How large an SRPM is, in bytes.
const SRPM_SIZE: usize = 5_000_000;
/// What every package begins with.
const MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// The SRPM that a build has made: nothing that could be unpacked, but always the same bytes. It can be had from a place on.
pub(crate) async fn srpm(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    if !made_here(&shared.copr(), &shared.url, &format!("{}{}", shared.url, uri.path())) {
        return (StatusCode::NOT_FOUND, "no such file\n").into_response();
    }
    let mut bytes = MAGIC.repeat(SRPM_SIZE / MAGIC.len());
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    match from {
        None => bytes.into_response(),
        Some(from) if from < bytes.len() => {
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], bytes.split_off(from))
                .into_response()
        }
        Some(_) => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
    }
}
