//! Which commit at which reference a command is about.

use domain::comments::Command;
use domain::event::{Happened, PullRequest, PullRequestAction};
use domain::words::{Reference, ReferenceKind};
use forges::{Forge, ForgeError, Thread};
use store::events;

use super::super::Unsettled;
use super::{Answer, Commented, replies};
use crate::Engine;

/// A commit at a reference, as jobs are started for it.
pub(super) struct Place {
    pub(super) reference: Reference,
    pub(super) hash: String,
    /// The pull request as it is now, if that is where it is.
    pub(super) pull_request: Option<PullRequest>,
}

impl Engine {
    /// Finds the place of a command, or says why there is none.
    pub(super) async fn place(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
    ) -> Result<Result<Place, Answer>, Unsettled> {
        let names_commit = command.commit.is_some() || command.release.is_some();
        match (&commented.thread, &commented.event.happened) {
            (Thread::Issue(_), _) => Ok(Err(replies::sorry(
                "an issue has nothing to build or test: write the command in a pull request, or at a commit",
            ))),
            (Thread::PullRequest(_), _) if names_commit => Ok(Err(replies::sorry(
                "a pull request's newest commit is meant: --commit and --release are for comments at commits",
            ))),
            (Thread::PullRequest(number), _) => Ok(of_pull_request(commented, forge, *number).await?),
            (Thread::Commit(_), Happened::CommitComment { hash, .. }) => {
                self.of_commit(commented, forge, command, hash).await
            }
            (Thread::Commit(_), _) => Ok(Err(replies::sorry("the comment names no commit"))),
        }
    }

    /// A commit belongs to the branch that is named, else to the default one; or to a release. It must be what the branch or
    /// tag stands for, or have been when it was pushed.
    async fn of_commit(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
        hash: &str,
    ) -> Result<Result<Place, Answer>, Unsettled> {
        let project = &commented.event.project;
        let reference = match (&command.release, &command.commit) {
            (Some(_), Some(_)) => return Ok(Err(replies::sorry("say either --commit or --release"))),
            (Some(tag), None) => Reference::new(ReferenceKind::Release, tag),
            (None, Some(branch)) => Reference::new(ReferenceKind::Branch, branch),
            (None, None) => commented.event.reference(),
        };
        let known = events::workflows_at(&self.db, &project.key, &reference, hash, 1).await?;
        let stands_there =
            || Place { reference: reference.clone(), hash: hash.to_owned(), pull_request: None };
        if !known.is_empty() {
            return Ok(Ok(stands_there()));
        }
        // By its whole name: a branch is no release, and a tag or a hash is no branch.
        let (what, folder) = match reference.kind {
            ReferenceKind::Release => ("tag", "tags"),
            _ => ("branch", "heads"),
        };
        let revision = format!("refs/{folder}/{}", reference.name);
        match forge.resolve(&project.key, &revision).await {
            Ok(Some(newest)) if newest == hash => return Ok(Ok(stands_there())),
            Ok(Some(_)) => {}
            Ok(None) => {
                return Ok(Err(replies::sorry(&format!("the forge knows no {what} {}", reference.name))));
            }
            Err(ForgeError::Refused(reason)) => return Ok(Err(replies::sorry(&reason))),
            Err(error) => return Err(error.into()),
        }
        Ok(Err(replies::sorry(&format!(
            "this commit is not the newest of {reference}, and nothing was started for it there; \
             --commit BRANCH or --release TAG names another place"
        ))))
    }
}

async fn of_pull_request(
    commented: &Commented<'_>,
    forge: &dyn Forge,
    number: i64,
) -> Result<Result<Place, Answer>, ForgeError> {
    let head = match forge.pull_request(&commented.event.project.key, number).await {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(Err(replies::sorry("the forge does not know this pull request"))),
        Err(ForgeError::Refused(reason)) => return Ok(Err(replies::sorry(&reason))),
        Err(error) => return Err(error),
    };
    if head.source.is_none() {
        return Ok(Err(replies::sorry("the repository that this pull request comes from was deleted")));
    }
    Ok(Ok(Place {
        reference: Reference::new(ReferenceKind::PullRequest, number),
        hash: head.hash.clone(),
        pull_request: Some(PullRequest {
            action: PullRequestAction::Synchronized,
            number,
            author: head.author,
            head: head.hash,
            before: None,
            target_branch: head.target_branch,
            source: head.source,
            labels: head.labels,
        }),
    }))
}
