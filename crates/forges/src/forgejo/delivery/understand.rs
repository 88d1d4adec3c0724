//! One function for each kind of delivery that may ask for work.

use chrono::{DateTime, Utc};
use domain::event::{ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{Reference, ReferenceKind, Visibility};

use super::payload::{
    Account, IssueCommentDelivery, PullRequestDelivery, PushDelivery, ReleaseDelivery, Repository,
};
use crate::Reading;
use crate::body::checked::Hash;
use crate::body::parse;
use crate::text::one_line;

/// What a delivery of this kind and action means. New commits are `synchronized`, not GitHub's `synchronize`.
pub(super) fn understand(
    kind: &str,
    action: Option<&str>,
    text: &str,
    host: &str,
) -> Result<Reading, String> {
    use PullRequestAction as Action;
    match (kind, action.unwrap_or_default()) {
        ("pull_request", "opened") => pull_request(Action::Opened, text, host),
        ("pull_request", "reopened") => pull_request(Action::Reopened, text, host),
        ("pull_request", "synchronized") => pull_request(Action::Synchronized, text, host),
        ("pull_request", "closed") => pull_request(Action::Closed, text, host),
        ("push", _) => push(text, host),
        ("release", "published") => release(text, host),
        // What a comment is at, the body says.
        ("issue_comment" | "pull_request_comment", "created") => issue_comment(text, host),
        ("issue_comment" | "pull_request_comment", "edited") => Ok(Reading::Ignored(
            "a comment is a command when it is written, not when it is edited: write a new one".to_owned(),
        )),
        _ => Ok(Reading::Ignored(format!("{} asks for no work", named(kind, action)))),
    }
}

/// A delivery's kind and action, fit to be shown.
fn named(kind: &str, action: Option<&str>) -> String {
    let kind = one_line(kind, 60);
    action.map_or_else(
        || format!("`{kind}`"),
        |action| format!("`{kind}` with action `{}`", one_line(action, 60)),
    )
}

fn pull_request(action: PullRequestAction, text: &str, host: &str) -> Result<Reading, String> {
    let delivery: PullRequestDelivery = parse(text)?;
    let opened = delivery.pull_request;
    if opened.head.repo.is_none() && action != PullRequestAction::Closed {
        return Ok(Reading::Ignored(format!(
            "the repository that pull request {} comes from was deleted",
            opened.number
        )));
    }
    let happened = Happened::PullRequest(PullRequest {
        action,
        number: opened.number.into(),
        author: login(opened.user),
        head: opened.head.sha.into_lower_case(),
        before: None,
        target_branch: opened.base.branch.0,
        source: opened.head.repo.map(|source| source.html_url.at(host)).transpose()?,
        labels: opened.labels.unwrap_or_default().into_iter().map(|label| label.name.0).collect(),
    });
    event(host, delivery.repository, delivery.sender, opened.updated_at, happened)
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
    if delivery.after.is_none() {
        return Ok(Reading::Ignored(format!("{} was deleted", one_line(&reference.to_string(), 200))));
    }
    // An annotated tag is an object of its own; work is done for the commit that it points to.
    let after = match delivery.head_commit {
        Some(commit) if kind == ReferenceKind::Tag => commit.id,
        _ => delivery.after,
    };
    let happened = Happened::Push {
        reference,
        before: Some(delivery.before).filter(|before| !before.is_none()).map(Hash::into_lower_case),
        after: after.into_lower_case(),
        pull_request: None,
    };
    event(host, delivery.repository, delivery.sender, None, happened)
}

fn release(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: ReleaseDelivery = parse(text)?;
    if delivery.release.draft {
        return Ok(Reading::Ignored("the release is a draft".to_owned()));
    }
    let happened = Happened::Release { tag: delivery.release.tag_name.0 };
    event(host, delivery.repository, delivery.sender, delivery.release.published_at, happened)
}

fn issue_comment(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: IssueCommentDelivery = parse(text)?;
    let kind = if delivery.is_pull { ReferenceKind::PullRequest } else { ReferenceKind::Issue };
    let happened = Happened::IssueComment {
        comment: delivery.comment.id,
        reference: Reference::new(kind, delivery.issue.number),
        body: delivery.comment.body.0,
        author: login(delivery.issue.user),
    };
    event(host, delivery.repository, delivery.sender, delivery.comment.updated_at, happened)
}

fn event(
    host: &str,
    repository: Repository,
    sender: Option<Account>,
    occurred_at: Option<DateTime<Utc>>,
    happened: Happened,
) -> Result<Reading, String> {
    let project = ProjectFacts {
        key: repository.html_url.at(host)?,
        forge_id: repository.id.map(|id| id.to_string()),
        visibility: match repository.private {
            Some(false) if !repository.internal => Visibility::Public,
            Some(_) => Visibility::Private,
            None => Visibility::Unknown,
        },
        default_branch: repository.default_branch.map(|branch| branch.0),
    };
    Ok(Reading::Event(Box::new(ForgeEvent { project, actor: login(sender), occurred_at, happened })))
}

fn login(account: Option<Account>) -> Option<String> {
    account.map(|account| account.login.0)
}
