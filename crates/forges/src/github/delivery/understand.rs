//! One function for each kind of delivery that may ask for work.

use chrono::{DateTime, Utc};
use domain::event::{CheckApp, ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};

use super::payload::{
    Account, App, CheckRunDelivery, CheckSuiteDelivery, CommitCommentDelivery, IssueCommentDelivery,
    LinkedPullRequest, Moment, PullRequestDelivery, PushDelivery, ReleaseDelivery, Repository,
    RepositoryDelivery,
};
use crate::Reading;
use crate::body::checked::{Hash, ReferenceName, Text};
use crate::body::parse;
use crate::text::one_line;

/// What a delivery of this kind and action means. The set of those that are of interest is `docs/contracts.md` 1.4's,
/// with a pull request's `closed` (it cancels) and the re-runs of section 1.3.
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
        ("pull_request", "synchronize") => pull_request(Action::Synchronized, text, host),
        ("pull_request", "closed") => pull_request(Action::Closed, text, host),
        ("push", _) => push(text, host),
        ("release", "published") => release(text, host),
        ("issue_comment", "created") => issue_comment(text, host),
        ("issue_comment", "edited") => Ok(Reading::Ignored(
            "a comment is a command when it is written, not when it is edited: write a new one".to_owned(),
        )),
        ("commit_comment", "created") => commit_comment(text, host),
        ("check_run", "rerequested") => check_run(false, text, host),
        ("check_run", "requested_action") => check_run(true, text, host),
        ("check_suite", "rerequested") => check_suite(text, host),
        ("repository", "privatized" | "publicized" | "renamed" | "transferred") => {
            let delivery: RepositoryDelivery = parse(text)?;
            Ok(Reading::Project(Box::new(facts(host, delivery.repository))))
        }
        ("ping" | "installation" | "installation_repositories", _) => Ok(Reading::Ignored(format!(
            "{} starts nothing; it is kept as a row of the inbox",
            named(kind, action)
        ))),
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
    // Without its repository there is nothing to build from; but what was built of it may still have to be canceled,
    // and deleting a fork is one way to close a pull request.
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
        before: delivery.before.filter(|before| !before.is_none()).map(Hash::into_lower_case),
        target_branch: opened.base.branch.0,
        source: opened
            .head
            .repo
            .map(|source| ProjectKey::new(host, &source.full_name.namespace, &source.full_name.name)),
        labels: opened.labels.into_iter().map(|label| label.name.0).collect(),
    });
    Ok(event(host, delivery.repository, delivery.sender, opened.updated_at, happened))
}

fn push(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: PushDelivery = parse(text)?;
    let ReferenceName(full) = delivery.reference;
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
    if delivery.deleted || delivery.after.is_none() {
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
    let occurred_at = delivery.repository.pushed_at.as_ref().and_then(Moment::time);
    Ok(event(host, delivery.repository, delivery.sender, occurred_at, happened))
}

fn release(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: ReleaseDelivery = parse(text)?;
    let happened = Happened::Release { tag: delivery.release.tag_name.0 };
    Ok(event(host, delivery.repository, delivery.sender, delivery.release.published_at, happened))
}

fn issue_comment(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: IssueCommentDelivery = parse(text)?;
    let issue = delivery.issue;
    let kind = if issue.pull_request.is_some() { ReferenceKind::PullRequest } else { ReferenceKind::Issue };
    let happened = Happened::IssueComment {
        comment: delivery.comment.id,
        reference: Reference::new(kind, issue.number),
        body: delivery.comment.body.0,
        author: login(issue.user),
    };
    Ok(event(host, delivery.repository, delivery.sender, delivery.comment.updated_at, happened))
}

fn commit_comment(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: CommitCommentDelivery = parse(text)?;
    let comment = delivery.comment;
    let happened = Happened::CommitComment {
        comment: comment.id,
        hash: comment.commit_id.into_lower_case(),
        body: comment.body.0,
    };
    Ok(event(host, delivery.repository, delivery.sender, comment.created_at, happened))
}

fn check_run(by_button: bool, text: &str, host: &str) -> Result<Reading, String> {
    let delivery: CheckRunDelivery = parse(text)?;
    let requested_action = match delivery.requested_action {
        Some(action) if by_button => Some(action.identifier.0),
        None if by_button => {
            return Err("requested_action: is missing although a button was pressed".to_owned());
        }
        _ => None,
    };
    let run = delivery.check_run;
    let happened = Happened::CheckRun {
        hash: run.head_sha.into_lower_case(),
        reference: checked_reference(
            run.pull_requests,
            run.check_suite.and_then(|suite| suite.head_branch),
            &delivery.repository,
        ),
        external_id: run.external_id.map(|id| id.0).filter(|id| !id.is_empty()),
        requested_action,
        app: run.app.map(app),
    };
    // Of all its times, none is the one at which the button was pressed.
    Ok(event(host, delivery.repository, delivery.sender, None, happened))
}

fn check_suite(text: &str, host: &str) -> Result<Reading, String> {
    let delivery: CheckSuiteDelivery = parse(text)?;
    let suite = delivery.check_suite;
    let happened = Happened::CheckSuite {
        hash: suite.head_sha.into_lower_case(),
        reference: checked_reference(suite.pull_requests, suite.head_branch, &delivery.repository),
        app: suite.app.map(app),
    };
    Ok(event(host, delivery.repository, delivery.sender, None, happened))
}

fn app(app: App) -> CheckApp {
    let text = |text: Option<Text>| text.map(|text| text.0);
    CheckApp { id: app.id, client_id: text(app.client_id), slug: text(app.slug) }
}

/// Where a check belongs: to the first pull request of this project that GitHub names (none for a fork's), else to
/// the branch.
fn checked_reference(
    pull_requests: Option<Vec<LinkedPullRequest>>,
    head_branch: Option<ReferenceName>,
    repository: &Repository,
) -> Option<Reference> {
    pull_requests
        .unwrap_or_default()
        .iter()
        .find(|linked| linked.base.repo.id == repository.id)
        .map(|linked| Reference::new(ReferenceKind::PullRequest, linked.number))
        .or_else(|| head_branch.map(|branch| Reference::new(ReferenceKind::Branch, branch.0)))
}

fn event(
    host: &str,
    repository: Repository,
    sender: Option<Account>,
    occurred_at: Option<DateTime<Utc>>,
    happened: Happened,
) -> Reading {
    let project = facts(host, repository);
    Reading::Event(Box::new(ForgeEvent { project, actor: login(sender), occurred_at, happened }))
}

fn facts(host: &str, repository: Repository) -> ProjectFacts {
    ProjectFacts {
        key: ProjectKey::new(host, &repository.full_name.namespace, &repository.full_name.name),
        forge_id: Some(repository.id.to_string()),
        visibility: match repository.private {
            Some(true) => Visibility::Private,
            Some(false) => Visibility::Public,
            None => Visibility::Unknown,
        },
        default_branch: repository.default_branch.map(|branch| branch.0),
    }
}

fn login(account: Option<Account>) -> Option<String> {
    account.map(|account| account.login.0)
}
