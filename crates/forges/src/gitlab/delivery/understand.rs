//! One function for each kind of delivery that may ask for work.

use chrono::{DateTime, Utc};
use domain::event::{ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{Reference, ReferenceKind, Visibility};

use super::payload::{
    Account, MergeRequestDelivery, Moment, NoteDelivery, Project, PushDelivery, ReleaseDelivery,
};
use crate::Reading;
use crate::body::checked::{Hash, Login};
use crate::body::parse;
use crate::text::one_line;

/// What a delivery of this kind means.
pub(super) fn understand(kind: &str, text: &str, host: &str) -> Result<Reading, String> {
    match kind {
        "merge_request" => merge_request(text, host),
        "push" | "tag_push" => push(text, host),
        "release" => release(text, host),
        "note" => note(text, host),
        _ => Ok(Reading::Ignored(format!("`{}` asks for no work", one_line(kind, 60)))),
    }
}

fn merge_request(text: &str, host: &str) -> Result<Reading, String> {
    use PullRequestAction as Action;
    let delivery: MergeRequestDelivery = parse(text)?;
    let opened = delivery.object_attributes;
    let number = opened.iid;
    let action = match (opened.action.as_ref().map(|action| action.0.as_str()), &opened.oldrev) {
        (Some("open"), _) => Action::Opened,
        // Some versions tell of an opening by the state alone.
        (None, None) if opened.state.0 == "opened" => Action::Opened,
        (Some("reopen"), _) => Action::Reopened,
        (Some("close" | "merge"), _) => Action::Closed,
        (Some("update"), Some(_)) => Action::Synchronized,
        (Some("update"), None) => {
            return Ok(Reading::Ignored(format!("merge request {number} was changed, but not its commits")));
        }
        (other, _) => {
            let what = other
                .map_or_else(|| "no action".to_owned(), |name| format!("action `{}`", one_line(name, 60)));
            return Ok(Reading::Ignored(format!("`merge_request` with {what} asks for no work")));
        }
    };
    if action != Action::Closed && opened.state.0 != "opened" {
        return Ok(Reading::Ignored(format!("merge request {number} is {}", one_line(&opened.state.0, 60))));
    }
    let Some(head) = opened.last_commit else {
        return Ok(Reading::Ignored(format!("merge request {number} has no commit")));
    };
    if opened.source.is_none() && action != Action::Closed {
        return Ok(Reading::Ignored(format!(
            "the project that merge request {number} comes from was deleted"
        )));
    }
    let source = opened.source.map(|source| source.web_url.at(host)).transpose()?;
    let author = author(delivery.user.as_ref(), opened.author_id, action == Action::Opened);
    let happened = Happened::PullRequest(PullRequest {
        action,
        number: number.into(),
        author,
        head: head.id.into_lower_case(),
        before: opened.oldrev.filter(|before| !before.is_none()).map(Hash::into_lower_case),
        target_branch: opened.target_branch.0,
        source,
        labels: delivery.labels.into_iter().map(|label| label.title.0).collect(),
    });
    event(host, delivery.project, login(delivery.user), opened.updated_at.as_ref(), happened)
}

/// Who opened it: GitLab names only a number, which may be that of whoever acts now. Who opens it is who acts.
fn author(acting: Option<&Account>, author: Option<u64>, is_opened: bool) -> Option<String> {
    let acting = acting?;
    let is_same = is_opened || (acting.id.is_some() && acting.id == author);
    is_same.then(|| acting.username.0.clone())
}

fn push(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: PushDelivery = parse(text)?;
    let full = delivery.reference.0;
    let (kind, name) = if let Some(branch) = full.strip_prefix("refs/heads/") {
        (ReferenceKind::Branch, branch)
    } else if let Some(tag) = full.strip_prefix("refs/tags/") {
        (ReferenceKind::Tag, tag)
    } else {
        return Ok(Reading::Ignored(format!("`{}` is neither a branch nor a tag", one_line(&full, 200))));
    };
    if name.is_empty() {
        return Err("ref: names no branch or tag".to_owned());
    }
    let reference = Reference::new(kind, name);
    let commit = delivery.checkout_sha.filter(|commit| !commit.is_none());
    let Some(commit) = commit.filter(|_| !delivery.after.is_none()) else {
        return Ok(Reading::Ignored(format!("{} was deleted", one_line(&reference.to_string(), 200))));
    };
    let happened = Happened::Push {
        reference,
        before: Some(delivery.before).filter(|before| !before.is_none()).map(Hash::into_lower_case),
        after: commit.into_lower_case(),
        pull_request: None,
    };
    event(host, delivery.project, delivery.user_username, None, happened)
}

fn release(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: ReleaseDelivery = parse(text)?;
    match delivery.action.as_ref().map(|action| action.0.as_str()) {
        Some("create") => {
            let happened = Happened::Release { tag: delivery.tag.0 };
            // It does not say who made it.
            event(host, delivery.project, None, delivery.released_at.as_ref(), happened)
        }
        other => {
            let action = one_line(other.unwrap_or("none"), 60);
            Ok(Reading::Ignored(format!("`release` with action `{action}` asks for no work")))
        }
    }
}

fn note(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: NoteDelivery = parse(text)?;
    let note = delivery.object_attributes;
    if note.system {
        return Ok(Reading::Ignored("the note is GitLab's own, of a change".to_owned()));
    }
    if delivery.event_type.is_some_and(|kind| kind.0 == "confidential_note") {
        return Ok(Reading::Ignored(
            "a confidential note is left alone: the answer would not be one".to_owned(),
        ));
    }
    if note.action.is_some_and(|action| action.0 == "update") {
        return Ok(Reading::Ignored(
            "a comment is a command when it is written, not when it is edited: write a new one".to_owned(),
        ));
    }
    let created_at = note.created_at;
    let happened = match (delivery.merge_request, delivery.issue, delivery.commit) {
        (None, None, Some(commit)) => {
            Happened::CommitComment { comment: note.id, hash: commit.id.into_lower_case(), body: note.note.0 }
        }
        (merge_request, issue, _) => {
            let (kind, noteable) = match (merge_request, issue) {
                (Some(noteable), _) => (ReferenceKind::PullRequest, noteable),
                (None, Some(noteable)) => (ReferenceKind::Issue, noteable),
                (None, None) => {
                    return Ok(Reading::Ignored("the note is at nothing that work is done for".to_owned()));
                }
            };
            if noteable.state.is_some_and(|state| state.0 != "opened") {
                return Ok(Reading::Ignored("what the note is at is not open any more".to_owned()));
            }
            Happened::IssueComment {
                comment: note.id,
                reference: Reference::new(kind, noteable.iid),
                body: note.note.0,
                author: author(delivery.user.as_ref(), noteable.author_id, false),
            }
        }
    };
    event(host, delivery.project, login(delivery.user), created_at.as_ref(), happened)
}

fn event(
    host: &str,
    project: Project,
    actor: Option<Login>,
    occurred_at: Option<&Moment>,
    happened: Happened,
) -> Result<Reading, String> {
    let occurred_at: Option<DateTime<Utc>> = occurred_at.and_then(Moment::time);
    let project = ProjectFacts {
        key: project.web_url.at(host)?,
        forge_id: project.id.map(|id| id.to_string()),
        visibility: match project.visibility_level {
            Some(20) => Visibility::Public,
            // Who is logged in sees an internal one, so not everybody does.
            Some(_) => Visibility::Private,
            None => Visibility::Unknown,
        },
        default_branch: project.default_branch.map(|branch| branch.0),
    };
    let actor = actor.map(|actor| actor.0);
    Ok(Reading::Event(Box::new(ForgeEvent { project, actor, occurred_at, happened })))
}

fn login(account: Option<Account>) -> Option<Login> {
    account.map(|account| account.username)
}
