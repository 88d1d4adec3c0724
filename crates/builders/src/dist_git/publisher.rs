//! What dist-git does for us besides git: where repositories are, and pull requests.

use std::fmt;

use async_trait::async_trait;

use super::git::GitAccount;
use crate::BuilderError;

/// A repository that can be pushed to.
#[derive(Debug, Clone)]
pub struct PushTarget {
    /// Its address.
    pub url: String,
    /// Who pushes.
    pub account: GitAccount,
}

/// A pull request that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest {
    /// The branch with the commits, in the repository of [`PushTarget`].
    pub from_branch: String,
    /// The branch it would be merged into.
    pub to_branch: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// Dist-git: the packages' repositories. Every call is idempotent unless it says otherwise.
#[async_trait]
pub trait Publisher: Send + Sync + fmt::Debug {
    /// Where a package's repository is cloned from, without an account.
    fn repository_url(&self, package: &str) -> String;

    /// Where our branches of a package are pushed to; makes the fork if there is none.
    async fn push_target(&self, package: &str) -> Result<PushTarget, BuilderError>;

    /// The page of our open pull request from a branch into a branch; none if there is none.
    async fn pull_request(
        &self,
        package: &str,
        from_branch: &str,
        to_branch: &str,
    ) -> Result<Option<String>, BuilderError>;

    /// Opens a pull request; its page. Not idempotent: who repeats it looks for it first.
    async fn open(&self, package: &str, wanted: &NewPullRequest) -> Result<String, BuilderError>;

    /// Checks that it can be reached and that the credentials are good; says what it found, in one line.
    async fn check(&self) -> Result<String, BuilderError>;
}
