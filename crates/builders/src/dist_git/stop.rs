//! How a run comes to no pull request.

use domain::words::TargetStatus;

use super::git::GitError;
use super::prepare::FetchError;
use super::workshop::WorkshopError;
use crate::{BuilderError, http};

/// How a run came to no pull request.
pub(super) enum Stop {
    /// For a reason that a person can read, and that another attempt may not have.
    Told(TargetStatus, String),
    /// It did not come so far.
    Broken(BuilderError),
}

impl Stop {
    /// The branch failed.
    pub(super) fn failed(reason: String) -> Self {
        Self::Told(TargetStatus::Failed, reason)
    }
}

impl From<BuilderError> for Stop {
    fn from(error: BuilderError) -> Self {
        Self::Broken(error)
    }
}

impl From<GitError> for Stop {
    fn from(error: GitError) -> Self {
        match error {
            GitError::Failed(reason) => Self::Told(TargetStatus::Errored, reason),
            GitError::Unavailable(reason) => Self::Broken(http::unavailable(reason, None)),
        }
    }
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Refused(reason) => Self::Broken(BuilderError::Refused(reason)),
            FetchError::Git(error) => error.into(),
            FetchError::Folder(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(http::unavailable(format!("the run has no folder: {error}"), None))
    }
}

impl From<WorkshopError> for Stop {
    fn from(error: WorkshopError) -> Self {
        match error {
            WorkshopError::Refused(reason) => Self::Broken(BuilderError::Refused(reason)),
            WorkshopError::Unavailable(reason) => Self::Broken(http::unavailable(reason, None)),
        }
    }
}
