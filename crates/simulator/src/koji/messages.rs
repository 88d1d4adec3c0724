//! Koji's messages: a build's states, the states of scratch builds' tasks, and what is put into tags and taken out
//! (`docs/contracts.md` 5). Real builds are told of as builds only.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use serde_json::{Value, json};

use super::builds::Build;
use super::store::Koji;
use super::tags::Tagging;
use super::tasks::{Task, TaskState};
use crate::announce::Announcement;

/// Koji's number for a build that is being made.
const BUILDING: i64 = 0;
/// How Fedora's Koji calls itself.
const INSTANCE: &str = "primary";

/// What was told of Koji so far.
#[derive(Debug)]
pub(crate) struct KojiNews {
    /// Where its pages and files are.
    web: String,
    account: String,
    tasks: HashMap<i64, TaskState>,
    /// By build: the task that made it when it was last told of, and its state then. One that failed is made again by another.
    builds: HashMap<i64, (i64, i64)>,
    tagged: HashSet<(String, i64, i64)>,
    untagged: HashSet<(String, i64, i64)>,
}

impl KojiNews {
    /// Nothing was told yet of the Koji of a simulator at this address, in which all is this account's.
    pub(crate) fn new(url: &str, account: &str) -> Self {
        Self {
            web: format!("{url}/koji"),
            account: account.to_owned(),
            tasks: HashMap::new(),
            builds: HashMap::new(),
            tagged: HashSet::new(),
            untagged: HashSet::new(),
        }
    }

    /// What moved on since it was last looked. Tags of releases come into being when they are first named.
    pub(crate) fn take(&mut self, koji: &mut Koji, now: i64) -> Vec<Announcement> {
        let mut news = Vec::new();
        for task in koji.tasks.values().filter(|task| is_scratch_build(task)) {
            news.extend(self.task(koji, task, now));
        }
        for build in koji.builds.values() {
            news.extend(self.build(koji, build, now));
        }
        let mut moved: Vec<(&'static str, i64, String)> = Vec::new();
        for tagging in &koji.taggings {
            let Tagging { tag, build, from, to } = tagging;
            let key = (tag.clone(), *build, *from);
            let is_complete = koji.builds.get(build).is_some_and(|build| build.is_complete(koji, now));
            if *from <= now && is_complete && self.tagged.insert(key.clone()) {
                moved.push(("buildsys.tag", *build, tag.clone()));
            }
            if to.is_some_and(|to| to <= now) && self.tagged.contains(&key) && self.untagged.insert(key) {
                moved.push(("buildsys.untag", *build, tag.clone()));
            }
        }
        for (topic, build, tag) in moved {
            let tag_id = koji.tag(&json!(tag)).map(|tag| tag.id);
            let Some(build) = koji.builds.get(&build) else { continue };
            news.push(Announcement::new(
                topic,
                json!({
                    "build_id": build.id, "name": build.name, "version": build.version, "release": build.release,
                    "tag": tag, "tag_id": tag_id, "owner": self.account, "user": self.account, "instance": INSTANCE,
                }),
            ));
        }
        news
    }

    fn task(&mut self, koji: &Koji, task: &Task, now: i64) -> Option<Announcement> {
        let state = task.state(now);
        let before = self.tasks.insert(task.id, state).unwrap_or(TaskState::Free);
        if before == state {
            return None;
        }
        let mut info = self.info(task, now);
        info["request"] = task.request.clone();
        info["children"] = koji.children(task.id).map(|child| self.info(child, now)).collect();
        let source = task.request[0].as_str().unwrap_or_default();
        let srpm = source.rsplit('/').next().unwrap_or_default();
        let body = json!({
            "id": task.id, "method": task.method, "attribute": "state", "old": before.name(), "new": state.name(),
            "owner": self.account, "srpm": srpm, "instance": INSTANCE, "info": info,
            "base_url": self.web, "files_base_url": self.web,
        });
        Some(Announcement::new("buildsys.task.state.change", body))
    }

    /// A task as messages show it: times are numbers there.
    fn info(&self, task: &Task, now: i64) -> Value {
        let mut info = task.shown(now);
        for name in ["create", "start", "completion"] {
            info[format!("{name}_time")] = info[format!("{name}_ts")].clone();
        }
        info["result"] = Value::Null;
        info["url"] = json!(format!("{}/taskinfo?taskID={}", self.web, task.id));
        info
    }

    fn build(&mut self, koji: &Koji, build: &Build, now: i64) -> Vec<Announcement> {
        if !build.is_there(koji, now) {
            return Vec::new();
        }
        let mut news = Vec::new();
        let state = build.state(koji, now).1;
        let before = match self.builds.insert(build.id, (build.task, state)) {
            Some((task, before)) if task == build.task => before,
            // It begins: anew, if another task failed at it.
            earlier => {
                news.push(self.changed(koji, build, earlier.map(|(_, before)| before), BUILDING));
                BUILDING
            }
        };
        if before != state {
            news.push(self.changed(koji, build, Some(before), state));
        }
        news
    }

    fn changed(&self, koji: &Koji, build: &Build, old: Option<i64>, new: i64) -> Announcement {
        let task = koji.tasks.get(&build.task);
        let ended = task.filter(|_| new != BUILDING).map(|task| task.canceled.unwrap_or(task.ends));
        let body = json!({
            "build_id": build.id, "task_id": build.task, "name": build.name, "version": build.version,
            "release": build.release, "epoch": null, "owner": self.account, "attribute": "state", "old": old,
            "new": new, "instance": INSTANCE, "request": task.map(|task| task.request.clone()), "task": null,
            "creation_time": time(build.begins), "completion_time": ended.map(time),
            "url": format!("{}/buildinfo?buildID={}", self.web, build.id),
        });
        Announcement::new("buildsys.build.state.change", body)
    }
}

/// A task that somebody asked for and that makes no build.
fn is_scratch_build(task: &Task) -> bool {
    task.parent.is_none() && task.method == "build" && task.request[2]["scratch"] == true
}

/// A time of a build.
fn time(millis: i64) -> Value {
    json!(DateTime::from_timestamp_millis(millis).map(|time| time.to_rfc3339()))
}
