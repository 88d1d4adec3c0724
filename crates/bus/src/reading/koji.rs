//! Koji's messages (`docs/contracts.md` 5).

use domain::notice::{KojiBuild, KojiState, KojiTag, KojiTask, Notice};
use forges::Reading;
use serde::Deserialize;
use serde_json::Value;

use super::{NumberOrName, parse};

/// Fedora's own Koji, as it calls itself.
const PRIMARY: &str = "primary";

#[derive(Deserialize)]
struct TaskBody {
    id: i64,
    method: String,
    owner: String,
    new: NumberOrName,
    instance: Option<String>,
    info: Option<TaskInfo>,
}

#[derive(Deserialize)]
struct TaskInfo {
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    parent: Option<i64>,
    #[serde(default)]
    request: Option<Value>,
}

#[derive(Deserialize)]
struct BuildBody {
    build_id: i64,
    task_id: Option<i64>,
    name: String,
    version: String,
    release: String,
    epoch: Option<i64>,
    owner: String,
    old: Option<NumberOrName>,
    new: NumberOrName,
    request: Option<Value>,
    instance: Option<String>,
    task: Option<TaskInfo>,
}

#[derive(Deserialize)]
struct TagBody {
    build_id: i64,
    name: String,
    version: String,
    release: String,
    tag: Option<String>,
    owner: String,
    user: String,
    instance: Option<String>,
}

pub(super) fn task(body: Value) -> Result<Reading, String> {
    let body: TaskBody = parse(body)?;
    if let Some(elsewhere) = elsewhere(body.instance.as_deref()) {
        return Ok(elsewhere);
    }
    let state = match &body.new {
        NumberOrName::Name(name) => KojiState::of_task(name),
        NumberOrName::Number(number) => task_state(*number),
    };
    let state = state.ok_or_else(|| format!("new: `{}` is no state of a task", body.new))?;
    let (parent, request) = body.info.map_or((None, None), |info| (info.parent, info.request));
    if let Some(parent) = parent {
        return Ok(Reading::Ignored(format!("a part of task {parent}, which is told of as a whole")));
    }
    let is_scratch = request.as_ref().and_then(options).is_some_and(|options| options["scratch"] == true);
    let task = KojiTask { task: body.id, method: body.method, owner: body.owner, state, is_scratch };
    Ok(Reading::Notice(Box::new(Notice::KojiTask(task))))
}

pub(super) fn build(body: Value) -> Result<Reading, String> {
    let body: BuildBody = parse(body)?;
    if let Some(elsewhere) = elsewhere(body.instance.as_deref()) {
        return Ok(elsewhere);
    }
    let new = build_state(&body.new).ok_or_else(|| format!("new: `{}` is no state of a build", body.new))?;
    let old = match &body.old {
        None => None,
        Some(old) => Some(build_state(old).ok_or_else(|| format!("old: `{old}` is no state of a build"))?),
    };
    let (task_id, task_request) = body.task.map_or((None, None), |task| (task.id, task.request));
    let request = body.request.or(task_request);
    let part = |index: usize| request.as_ref().and_then(|request| request.get(index)).and_then(Value::as_str);
    let build = KojiBuild {
        build: body.build_id,
        task: body.task_id.or(task_id),
        // Images and what was built from an uploaded SRPM have requests of other shapes.
        source: part(0).filter(|source| source.contains(".git#")).map(str::to_owned),
        target: part(0).filter(|source| source.contains(".git#")).and(part(1)).map(str::to_owned),
        name: body.name,
        version: body.version,
        release: body.release,
        epoch: body.epoch,
        owner: body.owner,
        old,
        new,
    };
    Ok(Reading::Notice(Box::new(Notice::KojiBuild(build))))
}

pub(super) fn tag(body: Value) -> Result<Reading, String> {
    let body: TagBody = parse(body)?;
    if let Some(elsewhere) = elsewhere(body.instance.as_deref()) {
        return Ok(elsewhere);
    }
    let Some(tag) = body.tag else {
        return Ok(Reading::Ignored("the tag has no name".to_owned()));
    };
    let TagBody { build_id: build, name, version, release, owner, user, .. } = body;
    let tag = KojiTag { build, name, version, release, tag, owner, user };
    if !tag.is_side_tag() {
        return Ok(Reading::Ignored(format!("{} is no side tag", crate::text::one_line(&tag.tag, 100))));
    }
    Ok(Reading::Notice(Box::new(Notice::KojiTag(tag))))
}

/// Messages of another Koji are not ours: its ids are counted apart.
fn elsewhere(instance: Option<&str>) -> Option<Reading> {
    let instance = instance.filter(|instance| *instance != PRIMARY)?;
    Some(Reading::Ignored(format!("it is about the Koji `{}`", crate::text::one_line(instance, 40))))
}

/// The options of a request for a build: what it was asked with, the source and the target aside.
fn options(request: &Value) -> Option<&Value> {
    request.as_array()?.iter().find(|part| part.is_object())
}

fn build_state(state: &NumberOrName) -> Option<KojiState> {
    match state {
        NumberOrName::Number(number) => KojiState::of_build(*number),
        NumberOrName::Name(name) => match name.as_str() {
            "BUILDING" => Some(KojiState::Running),
            "COMPLETE" => Some(KojiState::Complete),
            "DELETED" => Some(KojiState::Deleted),
            "FAILED" => Some(KojiState::Failed),
            "CANCELED" => Some(KojiState::Canceled),
            _ => None,
        },
    }
}

fn task_state(number: i64) -> Option<KojiState> {
    let names = ["FREE", "OPEN", "CLOSED", "CANCELED", "ASSIGNED", "FAILED"];
    usize::try_from(number)
        .ok()
        .and_then(|number| names.get(number))
        .and_then(|name| KojiState::of_task(name))
}
