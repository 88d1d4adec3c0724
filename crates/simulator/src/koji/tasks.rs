//! Tasks, and how they move on with the clock.

use chrono::DateTime;
use serde_json::{Value, json};

use super::store::{ACCOUNT, Koji};
use super::wire::{self, Arguments, Fault};

/// Koji's numbers for where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskState {
    Free = 0,
    Open = 1,
    Closed = 2,
    Canceled = 3,
    Failed = 5,
}

/// One task. Moments are in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) parent: Option<i64>,
    pub(super) method: &'static str,
    pub(super) label: Option<String>,
    pub(super) arch: &'static str,
    pub(super) request: Value,
    pub(super) created: i64,
    pub(super) starts: i64,
    pub(super) ends: i64,
    /// Why it fails; none if it does not.
    pub(super) fault: Option<Fault>,
    pub(super) canceled: Option<i64>,
}

impl TaskState {
    /// As messages name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Free => "FREE",
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
        }
    }
}

impl Task {
    pub(super) fn state(&self, now: i64) -> TaskState {
        if self.canceled.is_some_and(|at| at < self.ends) {
            TaskState::Canceled
        } else if now < self.starts {
            TaskState::Free
        } else if now < self.ends {
            TaskState::Open
        } else if self.fault.is_some() {
            TaskState::Failed
        } else {
            TaskState::Closed
        }
    }

    fn is_finished(&self, now: i64) -> bool {
        !matches!(self.state(now), TaskState::Free | TaskState::Open)
    }

    fn ended(&self, now: i64) -> Option<i64> {
        self.is_finished(now).then(|| self.canceled.map_or(self.ends, |at| at.min(self.ends)))
    }

    fn started(&self, now: i64) -> Option<i64> {
        (self.starts <= self.canceled.unwrap_or(now).min(now)).then_some(self.starts)
    }

    pub(super) fn shown(&self, now: i64) -> Value {
        let (started, ended) = (self.started(now), self.ended(now));
        json!({
            "id": self.id,
            "state": self.state(now) as i64,
            "method": self.method,
            "label": self.label,
            "arch": self.arch,
            "parent": self.parent,
            "owner": ACCOUNT,
            "priority": 20,
            "weight": 0.2,
            "channel_id": 1,
            "host_id": started.map(|_| 305),
            "waiting": null,
            "awaited": null,
            "create_time": text(self.created),
            "create_ts": seconds(self.created),
            "start_time": started.map(text),
            "start_ts": started.map(seconds),
            "completion_time": ended.map(text),
            "completion_ts": ended.map(seconds),
        })
    }

    fn with_request(&self, now: i64) -> Value {
        let mut shown = self.shown(now);
        shown["request"] = self.request.clone();
        shown
    }
}

/// A time as the hub's database prints it.
pub(super) fn text(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .map(|time| time.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
        .unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact for ages to come")]
pub(super) fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

impl Koji {
    pub(super) fn children(&self, parent: i64) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(move |task| task.parent == Some(parent))
    }

    pub(super) fn task_info(&self, arguments: &Arguments, now: i64) -> Result<Value, Fault> {
        let (with_request, strict) = (arguments.flag(1, "request"), arguments.flag(2, "strict"));
        let one = |id: &Value| match self.task(id.as_i64().unwrap_or_default()) {
            Ok(task) if with_request => Ok(task.with_request(now)),
            Ok(task) => Ok(task.shown(now)),
            Err(fault) if strict => Err(fault),
            Err(_) => Ok(Value::Null),
        };
        match arguments.get(0, "task_id") {
            Value::Array(ids) => ids.iter().map(one).collect(),
            id => one(id),
        }
    }

    pub(super) fn task_children(&self, arguments: &Arguments, now: i64) -> Result<Value, Fault> {
        let id = arguments.id(0, "task_id")?;
        Ok(self.children(id).map(|task| task.with_request(now)).collect())
    }

    pub(super) fn task_descendents(&self, arguments: &Arguments, now: i64) -> Result<Value, Fault> {
        let mut lists = serde_json::Map::new();
        let mut open = vec![arguments.id(0, "task_id")?];
        while let Some(id) = open.pop() {
            let children: Vec<Value> = self.children(id).map(|task| task.with_request(now)).collect();
            open.extend(self.children(id).map(|task| task.id));
            lists.insert(id.to_string(), children.into());
        }
        Ok(Value::Object(lists))
    }

    pub(super) fn task_result(&self, arguments: &Arguments, now: i64) -> Result<Value, Fault> {
        let task = self.task(arguments.id(0, "taskId")?)?;
        let raises = arguments.get(1, "raise_fault").as_bool().unwrap_or(true);
        match (task.state(now), &task.fault) {
            (TaskState::Canceled, _) => Err(Fault::generic(format!("Task {} is canceled", task.id))),
            (TaskState::Failed, Some(fault)) if raises => Err(fault.clone()),
            (TaskState::Failed, Some(fault)) => Ok(fault.shown()),
            (TaskState::Closed, _) => Ok(Value::Null),
            _ => Err(Fault::generic(format!("Task {} has not finished", task.id))),
        }
    }

    pub(super) fn list_tasks(&self, arguments: &Arguments, now: i64) -> Value {
        let (wanted, query) = (arguments.get(0, "opts"), arguments.get(1, "queryOpts"));
        let is_in = |name: &str, value: Value| match &wanted[name] {
            Value::Null => true,
            Value::Array(values) => values.contains(&value),
            one => *one == value,
        };
        let is_wanted = |task: &&Task| {
            // Named and null, it asks for those without a parent.
            let parent_fits = wanted.get("parent").is_none_or(|parent| *parent == json!(task.parent));
            let after = wanted["createdAfter"].as_f64();
            parent_fits
                && is_in("owner", json!(ACCOUNT))
                && is_in("method", json!(task.method))
                && is_in("state", json!(task.state(now) as i64))
                && after.is_none_or(|after| seconds(task.created) > after)
        };
        let shown = |task: &Task| {
            let mut shown = task.shown(now);
            shown["request"] = if wanted["decode"] == true {
                task.request.clone()
            } else {
                wire::call(task.method, &task.request).into()
            };
            shown
        };
        let offset = query["offset"].as_u64().and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        let limit =
            query["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let tasks = self.tasks.values().filter(is_wanted);
        if query["order"] == "-id" {
            tasks.rev().skip(offset).take(limit).map(shown).collect()
        } else {
            tasks.skip(offset).take(limit).map(shown).collect()
        }
    }

    /// What has ended stays as it is.
    pub(super) fn cancel_task(&mut self, id: i64, now: i64) -> Result<(), Fault> {
        self.task(id)?;
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            open.extend(self.children(id).map(|task| task.id));
            if let Some(task) = self.tasks.get_mut(&id)
                && !task.is_finished(now)
            {
                task.canceled = Some(now);
            }
        }
        Ok(())
    }

    /// Asks for a build to be put into a tag.
    pub(super) fn tag_build(&mut self, arguments: &Arguments, now: i64, takes: i64) -> Result<i64, Fault> {
        let build = self.build(arguments.get(1, "build"))?;
        let (build_id, nvr, is_complete) = (build.id, build.nvr(), build.is_complete(self, now));
        let tag = self.tag_or_fault(arguments.get(0, "tag"))?;
        let fault = if !is_complete {
            Some(Fault::tag(format!("Build {nvr} is not complete")))
        } else if self.is_in(build_id, &tag.name, now) {
            Some(Fault::tag(format!("build {nvr} already tagged ({})", tag.name)))
        } else {
            None
        };
        let id = self.next_id();
        let ends = now + takes;
        if fault.is_none() {
            self.taggings.push(super::tags::Tagging { tag: tag.name, build: build_id, from: ends, to: None });
        }
        let request = json!([tag.id, build_id, arguments.flag(2, "force"), null]);
        self.tasks.insert(
            id,
            Task {
                id,
                parent: None,
                method: "tagBuild",
                label: None,
                arch: "noarch",
                request,
                created: now,
                starts: now,
                ends,
                fault,
                canceled: None,
            },
        );
        Ok(id)
    }

    /// Takes a build out of a tag.
    pub(super) fn untag_build(&mut self, arguments: &Arguments, now: i64) -> Result<(), Fault> {
        let build = self.build(arguments.get(1, "build"))?;
        let (build_id, nvr) = (build.id, build.nvr());
        let tag = self.tag_or_fault(arguments.get(0, "tag"))?;
        if !self.is_in(build_id, &tag.name, now) {
            return Err(Fault::tag(format!("build {nvr} not in tag {}", tag.name)));
        }
        for tagging in &mut self.taggings {
            if tagging.build == build_id && tagging.tag == tag.name && tagging.to.is_none() {
                tagging.to = Some(now);
            }
        }
        Ok(())
    }
}
