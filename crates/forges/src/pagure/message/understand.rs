//! One function for each kind of message that may ask for work.

use chrono::{DateTime, Utc};
use domain::event::{ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{Reference, ReferenceKind, Visibility};

use super::payload::{self, Account, Moment, PullRequestMessage, ReceiveMessage, Repository};
use crate::Reading;
use crate::body::checked::{Hash, Login};
use crate::body::parse;
use crate::text::one_line;

/// The account in whose name Pagure tells of what it found out by itself.
const PAGURE: &str = "pagure";

/// What a message of this topic means.
pub(super) fn understand(topic: &str, text: &str, host: &str) -> Result<Reading, String> {
    use PullRequestAction as Action;
    match topic {
        "pagure.git.receive" => receive(text, host),
        "pagure.pull-request.new" => pull_request(Action::Opened, text, host),
        "pagure.pull-request.reopened" => pull_request(Action::Reopened, text, host),
        "pagure.pull-request.updated" | "pagure.pull-request.rebased" => {
            pull_request(Action::Synchronized, text, host)
        }
        "pagure.pull-request.closed" => pull_request(Action::Closed, text, host),
        "pagure.pull-request.comment.added" => comment(text, host),
        _ => Ok(Reading::Ignored(format!("`{}` asks for no work", one_line(topic, 100)))),
    }
}

fn receive(text: &str, host: &str) -> Result<Reading, String> {
    let message: ReceiveMessage = parse(text)?;
    // Whatever else is pushed has its own prefix: tags are told of by another topic.
    let full = message.branch.0;
    let branch = full.strip_prefix("refs/heads/").unwrap_or(&full);
    if branch.starts_with("refs/") || branch.is_empty() {
        return Ok(Reading::Ignored(format!("`{}` is no branch", one_line(&full, 200))));
    }
    let reference = Reference::new(ReferenceKind::Branch, branch);
    if message.end_commit.is_none() {
        return Ok(Reading::Ignored(format!("{} was deleted", one_line(&reference.to_string(), 200))));
    }
    let happened = Happened::Push {
        reference,
        before: message.old_commit.filter(|before| !before.is_none()).map(Hash::into_lower_case),
        after: message.end_commit.into_lower_case(),
        pull_request: message.pull_request_id.map(i64::from),
    };
    event(host, &message.repo, message.agent, None, happened)
}

fn pull_request(action: PullRequestAction, text: &str, host: &str) -> Result<Reading, String> {
    let message: PullRequestMessage = parse(text)?;
    let opened = message.pull_request;
    let number = opened.id;
    let Some(head) = opened.commit_stop else {
        return Ok(Reading::Ignored(format!("pull request {number} has no commit yet")));
    };
    // Pagure takes pull requests from repositories anywhere; of those it knows no project.
    if opened.repo_from.is_none() && action != PullRequestAction::Closed {
        return Ok(Reading::Ignored(format!(
            "pull request {number} comes from a repository that was deleted, or is not at {host}"
        )));
    }
    let source = opened.repo_from.map(|source| source.address()?.at(host)).transpose()?;
    let user = opened.user.map(|account| account.name);
    let author = user.as_ref().map(|user| user.0.clone());
    // What was pushed is told in Pagure's own name; to a pull request push those who opened it, and who may write.
    let actor = message.agent.filter(|agent| agent.0 != PAGURE).or(user);
    let happened = Happened::PullRequest(PullRequest {
        action,
        number: number.into(),
        author,
        head: head.into_lower_case(),
        before: None,
        target_branch: opened.branch.0,
        source,
        labels: opened.tags.into_iter().map(|tag| tag.0).collect(),
    });
    event(host, &opened.project, actor, time(opened.last_updated.as_ref()), happened)
}

/// The newest comment is the one that the message is about.
fn comment(text: &str, host: &str) -> Result<Reading, String> {
    let message: PullRequestMessage = parse(text)?;
    let mut opened = message.pull_request;
    let payload::Comment { id, comment, notification, user, date_created } =
        opened.comments.pop().ok_or("pullrequest.comments: is empty")?;
    if notification {
        return Ok(Reading::Ignored("the comment is a notification of Pagure's own".to_owned()));
    }
    let happened = Happened::IssueComment {
        comment: id,
        reference: Reference::new(ReferenceKind::PullRequest, opened.id),
        body: comment.0,
        author: login(opened.user),
    };
    // Whoever wrote the comment is the agent; the one inside the comment is the same, and always there.
    let actor = user.map(|account| account.name).or(message.agent);
    event(host, &opened.project, actor, time(date_created.as_ref()), happened)
}

fn event(
    host: &str,
    repository: &Repository,
    actor: Option<Login>,
    occurred_at: Option<DateTime<Utc>>,
    happened: Happened,
) -> Result<Reading, String> {
    let project = ProjectFacts {
        key: repository.address()?.at(host)?,
        forge_id: repository.id.map(|id| id.to_string()),
        // Pagure tells the bus of nothing that is private.
        visibility: Visibility::Public,
        default_branch: None,
    };
    let actor = actor.map(|actor| actor.0);
    Ok(Reading::Event(Box::new(ForgeEvent { project, actor, occurred_at, happened })))
}

fn login(account: Option<Account>) -> Option<String> {
    account.map(|account| account.name.0)
}

fn time(moment: Option<&Moment>) -> Option<DateTime<Utc>> {
    moment.and_then(Moment::time)
}
