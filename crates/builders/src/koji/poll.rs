//! How a task stands, in the words of the design.

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::words::TargetStatus;
use serde_json::{Value, json};

use super::hub::{options, shown};
use super::order::{Order, SourceOf, target_of};
use super::rpc::Fault;
use super::{Koji, Submission};
use crate::{BuilderError, Observation, Work};

/// A task's state that is no end: a builder has it and has not begun.
const ASSIGNED: i64 = 4;
/// The state of a build that is done.
const COMPLETE: i64 = 1;
/// The architecture whose log is linked to, if none has failed.
const USUAL_ARCH: &str = "x86_64";

pub(super) async fn poll(koji: &Koji, work: &Work) -> Result<Vec<Observation>, BuilderError> {
    let target = target_of(work)?;
    if target.status.is_finished() {
        return Ok(Vec::new());
    }
    let mut observation = Observation {
        target: target.id,
        status: TargetStatus::Succeeded,
        reason: None,
        url: None,
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details: None,
    };
    let id = match Submission::of(work)? {
        Submission::Task(id) => id,
        Submission::Tagged { tag, nvr } => {
            if !is_tagged(koji, tag, nvr).await? {
                (observation.status, observation.reason) =
                    (TargetStatus::Failed, Some(format!("{nvr} is not in {tag} any more")));
            }
            return Ok(vec![observation]);
        }
    };
    let task = Task::read(koji, id).await?;
    let Some(stand) = task.stand() else { return Ok(Vec::new()) };
    observation.url = Some(format!("{}/taskinfo?taskID={id}", koji.config.web));
    observation.logs_url = task.logs(koji);
    observation.peer_started_at = time(&task.info["start_ts"]);
    observation.peer_finished_at = time(&task.info["completion_ts"]).filter(|_| stand.is_finished());
    observation.status = stand;
    let mut build = task.build.clone();
    match stand {
        TargetStatus::Canceled => observation.reason = Some("canceled in Koji".to_owned()),
        TargetStatus::Failed => {
            let fault = result(koji, id).await?;
            match what_was_wanted(koji, work, &fault).await? {
                Wanted::IsThere(found) => {
                    observation.status = TargetStatus::Succeeded;
                    build = found.unwrap_or_default();
                }
                Wanted::BuiltBy { task } => {
                    observation.status = TargetStatus::Running;
                    observation.url = Some(format!("{}/taskinfo?taskID={task}", koji.config.web));
                }
                Wanted::IsNot { status, reason } => {
                    (observation.status, observation.reason) = (status, Some(reason));
                }
            }
        }
        _ => {}
    }
    if let (Some(build_id), Some(nvr)) = (build["build_id"].as_i64(), build["nvr"].as_str()) {
        observation.url = Some(format!("{}/buildinfo?buildID={build_id}", koji.config.web));
        observation.details = Some(TargetDetails { nvr: Some(nvr.to_owned()), ..target.details.clone() });
        if observation.status == TargetStatus::Succeeded {
            observation.logs_url = logs_of_build(koji, &build).or(observation.logs_url);
        }
    }
    Ok(vec![observation])
}

/// Whether a task will not change any more.
pub(super) async fn has_ended(koji: &Koji, id: i64) -> Result<bool, BuilderError> {
    Ok(Task::read(koji, id).await?.stand().is_some_and(TargetStatus::is_finished))
}

/// Whether a build is in a tag right now.
pub(super) async fn is_tagged(koji: &Koji, tag: &str, nvr: &str) -> Result<bool, BuilderError> {
    let known = koji.hub.ask("listTags", &[json!(nvr)]).await?;
    // A fault says that there is no such build.
    let tags = known.unwrap_or_default();
    Ok(tags.as_array().into_iter().flatten().any(|found| found["name"] == tag))
}

/// A task with all that is told of it.
struct Task {
    info: Value,
    /// The build that it made or makes; null for scratch builds and what builds nothing.
    build: Value,
    children: Vec<Value>,
}

impl Task {
    async fn read(koji: &Koji, id: i64) -> Result<Self, BuilderError> {
        let calls = [
            ("getTaskInfo", vec![json!(id)]),
            ("listBuilds", vec![options(&json!({"taskID": id}))]),
            ("getTaskDescendents", vec![json!(id)]),
        ];
        let mut answers = koji.hub.read_all(&calls).await?.into_iter().map(Result::unwrap_or_default);
        let info = answers.next().unwrap_or_default();
        if info.is_null() {
            return Err(BuilderError::Refused(format!("Koji does not have the task {id}")));
        }
        let build = answers.next().unwrap_or_default()[0].clone();
        let descendents = answers.next().unwrap_or_default();
        let lists = descendents.as_object().into_iter().flat_map(|lists| lists.values());
        let children = lists.filter_map(Value::as_array).flatten().cloned().collect();
        Ok(Self { info, build, children })
    }

    fn stand(&self) -> Option<TargetStatus> {
        stand(self.info["state"].as_i64()?)
    }

    /// The log of the child that failed, else of the usual architecture.
    fn logs(&self, koji: &Koji) -> Option<String> {
        let builds = || self.children.iter().filter(|child| child["method"] == "buildArch");
        let failed =
            |child: &&Value| stand(child["state"].as_i64().unwrap_or_default()) == Some(TargetStatus::Failed);
        let child = self
            .children
            .iter()
            .find(failed)
            .or_else(|| builds().find(|child| child["label"] == USUAL_ARCH || child["arch"] == USUAL_ARCH))
            .or_else(|| builds().next())?;
        let id = child["id"].as_i64()?;
        Some(format!("{}/work/tasks/{}/{id}/", koji.config.files, id % 10_000))
    }
}

/// What the state of a task means; none for one of tomorrow.
const fn stand(state: i64) -> Option<TargetStatus> {
    match state {
        0 | ASSIGNED => Some(TargetStatus::Submitted),
        1 => Some(TargetStatus::Running),
        2 => Some(TargetStatus::Succeeded),
        3 => Some(TargetStatus::Canceled),
        5 => Some(TargetStatus::Failed),
        _ => None,
    }
}

/// Why a task failed.
async fn result(koji: &Koji, id: i64) -> Result<Fault, BuilderError> {
    let asked = koji.hub.ask("getTaskResult", &[json!(id), options(&json!({"raise_fault": false}))]).await?;
    Ok(match asked {
        // A task's own crash is a fault of the code that the hub's crashes have, so it is told as a value.
        Ok(told) => Fault::of(&told).unwrap_or(Fault { code: Fault::GENERIC, text: String::new() }),
        Err(fault) => fault,
    })
}

/// What is to be said of a task that failed.
enum Wanted {
    /// What it was to make is there all the same, with the build if it is one.
    IsThere(Option<Value>),
    /// Another task is building the same commit.
    BuiltBy { task: i64 },
    /// It is not.
    IsNot { status: TargetStatus, reason: String },
}

async fn what_was_wanted(koji: &Koji, work: &Work, fault: &Fault) -> Result<Wanted, BuilderError> {
    let no = |status, reason| Ok(Wanted::IsNot { status, reason });
    match Order::of(work)? {
        Order::Tag { tag, nvr } if fault.code == Fault::TAG && is_tagged(koji, tag, nvr).await? => {
            return Ok(Wanted::IsThere(None));
        }
        Order::Build(order) => {
            if let Some(task) = number_behind(&fault.text, "Build already in progress (task ") {
                return built_by_another(koji, &order.source, task).await;
            }
            if let Some(existing) = number_behind(&fault.text, "Build already exists (id=") {
                let build = koji.hub.read("getBuild", &[json!(existing)]).await?;
                let nvr = build["nvr"].as_str().unwrap_or("it").to_owned();
                if let SourceOf::Commit(source) = &order.source
                    && build["state"] == COMPLETE
                    && build["source"] == json!(source)
                {
                    return Ok(Wanted::IsThere(Some(build)));
                }
                let reason = format!(
                    "Koji has {nvr} already, of another commit, and builds each version and release once for ever: \
                     raise the release"
                );
                return no(TargetStatus::Failed, reason);
            }
        }
        Order::Tag { .. } => {}
    }
    let text = shown(fault);
    match fault.code {
        Fault::BUILDROOT | Fault::CRASH | Fault::LOCK | Fault::SERVER_OFFLINE => {
            no(TargetStatus::Errored, text)
        }
        _ => no(TargetStatus::Failed, text),
    }
}

/// Somebody else asked for the version and release first: what comes of that is ours, if it is the same commit.
async fn built_by_another(koji: &Koji, wanted: &SourceOf<'_>, task: i64) -> Result<Wanted, BuilderError> {
    let other = Task::read(koji, task).await?;
    let build = koji.hub.read("getBuild", &[other.build["build_id"].clone()]).await?;
    let is_same = matches!(wanted, SourceOf::Commit(source) if build["source"] == json!(source));
    let no = |reason: String| Wanted::IsNot { status: TargetStatus::Failed, reason };
    Ok(match other.stand() {
        _ if !is_same => {
            no(format!("task {task} was building the same version and release of something else"))
        }
        Some(stand) if !stand.is_finished() => Wanted::BuiltBy { task },
        Some(TargetStatus::Succeeded) => Wanted::IsThere(Some(build)),
        _ => no(format!("task {task}, which was building the same commit already, did not succeed")),
    })
}

/// The build or task that stands in the way: `Build already exists (id=12, state=COMPLETE): ...`.
fn number_behind(text: &str, words: &str) -> Option<i64> {
    let (_, rest) = text.split_once(words)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

fn logs_of_build(koji: &Koji, build: &Value) -> Option<String> {
    let name = build["package_name"].as_str().or(build["name"].as_str())?;
    let (version, release) = (build["version"].as_str()?, build["release"].as_str()?);
    Some(format!("{}/packages/{name}/{version}/{release}/data/logs/", koji.config.files))
}

/// Seconds since 1970, with a part.
fn time(epoch: &Value) -> Option<DateTime<Utc>> {
    let seconds = epoch.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "times are far below the bounds")]
    let millis = (seconds * 1000.0).round() as i64;
    DateTime::from_timestamp_millis(millis)
}

#[cfg(test)]
mod tests {
    use domain::words::TargetStatus;
    use serde_json::json;

    use super::{number_behind, stand, time};

    #[test]
    fn every_state_of_a_task_is_told_in_the_words_of_the_design() {
        let stands: Vec<_> = (0..=6).map(stand).collect();
        assert_eq!(
            stands,
            [
                Some(TargetStatus::Submitted),
                Some(TargetStatus::Running),
                Some(TargetStatus::Succeeded),
                Some(TargetStatus::Canceled),
                Some(TargetStatus::Submitted),
                Some(TargetStatus::Failed),
                None
            ]
        );
    }

    #[test]
    fn the_build_that_stands_in_the_way_is_read_from_the_fault() {
        let text = "Build already exists (id=1874074, state=COMPLETE): {'name': 'ogr'}";
        assert_eq!(number_behind(text, "Build already exists (id="), Some(1_874_074));
        let text = "Build already in progress (task 12)";
        assert_eq!(number_behind(text, "Build already in progress (task "), Some(12));
        assert_eq!(number_behind(text, "Build already exists (id="), None);
    }

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(time(&json!(1_590_993_047.25)).unwrap().to_rfc3339(), "2020-06-01T06:30:47.250+00:00");
        assert_eq!(time(&json!(null)), None);
    }
}
