//! What can be called.

use serde_json::{Value, json};

use super::store::{Koji, Session, user};
use super::wire::{Arguments, Fault};
use crate::behaviour::Behaviour;
use crate::chance::spread;
use crate::shared::Accounts;

/// Who calls.
pub(super) struct Caller {
    /// Whether a certificate was shown that the hub's authorities have signed.
    pub(super) shows_certificate: bool,
    pub(super) session: Option<i64>,
}

/// What a call came to.
pub(super) struct Done {
    pub(super) value: Value,
    /// The id of what it began.
    pub(super) began: Option<String>,
}

impl From<Value> for Done {
    fn from(value: Value) -> Self {
        Self { value, began: None }
    }
}

/// Whether a method changes something; then it is for those who have logged in.
pub(super) fn changes(method: &str) -> bool {
    matches!(
        method,
        "build"
            | "tagBuild"
            | "untagBuild"
            | "cancelTask"
            | "cancelBuild"
            | "createSideTag"
            | "removeSideTag"
            | "uploadFile"
            | "rawUpload"
    )
}

pub(super) fn call(
    koji: &mut Koji,
    accounts: &Accounts,
    behaviour: &Behaviour,
    caller: &Caller,
    (method, arguments): (&str, &Arguments),
    now: i64,
    key: &str,
) -> Result<Done, Fault> {
    let account = accounts.koji_user.as_str();
    if changes(method) && caller.session.is_none() {
        return Err(Fault::not_allowed("you must be logged in for this operation"));
    }
    let value = match method {
        "login" => {
            let (name, password) = (arguments.text(0, "user")?, arguments.text(1, "password")?);
            if (name, password) != (account, accounts.koji_password.as_str()) {
                return Err(Fault::auth("invalid username or password"));
            }
            log_in(koji, key)
        }
        "sslLogin" if caller.shows_certificate => log_in(koji, key),
        "sslLogin" => return Err(Fault::auth("could not verify client: no certificate")),
        "logout" => {
            caller.session.map(|session| koji.sessions.remove(&session));
            Value::Null
        }
        "getAPIVersion" => json!(1),
        "getKojiVersion" => json!(super::VERSION),
        "echo" => arguments.get(0, "args").clone(),
        "getLoggedInUser" => caller.session.map_or(Value::Null, |_| user(account)),
        "getUser" => match arguments.get(0, "userInfo") {
            Value::Null => caller.session.map_or(Value::Null, |_| user(account)),
            name if *name == account || *name == super::store::ACCOUNT => user(account),
            _ => Value::Null,
        },
        "build" => return begun(koji.begin_build(arguments, behaviour, now)?),
        "getBuild" => koji.get_build(arguments, account, now)?,
        "listBuilds" => koji.list_builds(arguments, account, now),
        "cancelBuild" => {
            let task = koji.build(arguments.get(0, "buildID"))?.task;
            koji.cancel_task(task, now)?;
            json!(true)
        }
        "tagBuild" => {
            let takes =
                spread(behaviour.seed, &behaviour.latencies, behaviour.latencies.queue_ms, (now, "tag"));
            return begun(koji.tag_build(arguments, now, takes)?);
        }
        "untagBuild" => {
            koji.untag_build(arguments, now)?;
            Value::Null
        }
        "getTag" => koji.get_tag(arguments, account)?,
        "getBuildTarget" => koji.get_build_target(arguments)?,
        "listTagged" => koji.list_tagged(arguments, account, now)?,
        "listTags" => koji.list_tags(arguments, account, now)?,
        "createSideTag" => {
            let value = koji.create_sidetag(arguments)?;
            let began = value["name"].as_str().map(str::to_owned);
            return Ok(Done { value, began });
        }
        "removeSideTag" => koji.remove_sidetag(arguments)?,
        "listSideTags" => koji.list_sidetags(arguments, account)?,
        "getTaskInfo" => koji.task_info(arguments, now)?,
        "getTaskRequest" => koji.task(arguments.id(0, "taskId")?)?.request.clone(),
        "getTaskChildren" => koji.task_children(arguments, now)?,
        "getTaskDescendents" => koji.task_descendents(arguments, now)?,
        "getTaskResult" => koji.task_result(arguments, now)?,
        "listTasks" => koji.list_tasks(arguments, now),
        "cancelTask" => {
            koji.cancel_task(arguments.id(0, "task_id")?, now)?;
            Value::Null
        }
        "uploadFile" => koji.upload_file(arguments)?,
        "checkUpload" => koji.check_upload(arguments)?,
        _ => return Err(Fault::generic(format!("Invalid method: {method}"))),
    };
    Ok(value.into())
}

fn begun(task: i64) -> Result<Done, Fault> {
    Ok(Done { value: json!(task), began: Some(task.to_string()) })
}

fn log_in(koji: &mut Koji, key: &str) -> Value {
    let id = koji.next_id();
    koji.sessions.insert(id, Session { key: key.to_owned(), last_change: None });
    json!({"session-id": id, "session-key": key, "header-auth": true})
}
