//! A package configuration that the operator names on the command line, as a forge that has it everywhere.

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use forges::{CommitAt, File, Forge, ForgeError, Permission, PullRequestHead, Status, Thread};

use crate::spec_files;

/// A forge that gives one package configuration for every commit of every project, and lets everybody merge: the operator
/// vouches for what is replayed. What is told to it goes nowhere.
#[derive(Debug)]
pub(crate) struct OperatorForge {
    /// The host that it stands for.
    pub(crate) host: String,
    /// The package configuration.
    pub(crate) file: File,
    /// Where it was read: spec files beside it are the repository's.
    pub(crate) path: PathBuf,
}

#[async_trait]
impl Forge for OperatorForge {
    fn host(&self) -> &str {
        &self.host
    }

    async fn configuration(&self, _at: &CommitAt) -> Result<Option<File>, ForgeError> {
        Ok(Some(self.file.clone()))
    }

    async fn spec_files(&self, _at: &CommitAt) -> Result<Vec<String>, ForgeError> {
        Ok(spec_files::beside(&self.path))
    }

    async fn permission(&self, _project: &ProjectKey, _account: &str) -> Result<Permission, ForgeError> {
        Ok(Permission::Admin)
    }

    async fn resolve(&self, _project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        Err(ForgeError::Refused(format!("a replay cannot ask which commit {revision} is")))
    }

    async fn pull_request(
        &self,
        _project: &ProjectKey,
        _number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError> {
        Ok(None)
    }

    async fn set_status(&self, _at: &CommitAt, _status: &Status) -> Result<(), ForgeError> {
        Ok(())
    }

    async fn react(&self, _: &ProjectKey, _: &Thread, _: u64) -> Result<(), ForgeError> {
        Ok(())
    }

    async fn find_comment(
        &self,
        _: &ProjectKey,
        _: &Thread,
        _: &str,
        _: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError> {
        Ok(None)
    }

    async fn comment(&self, _: &ProjectKey, _: &Thread, _: &str) -> Result<(), ForgeError> {
        Ok(())
    }

    async fn check(&self) -> Result<String, ForgeError> {
        Ok(format!("{} is the configuration of every project", self.file.path))
    }
}
