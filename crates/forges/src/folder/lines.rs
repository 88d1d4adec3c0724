//! What a folder was told, a JSON object a line.

use std::io::{ErrorKind, Write};
use std::sync::PoisonError;

use domain::words::ProjectKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{FolderForge, broken};
use crate::{CommitAt, ForgeError, Status, Thread};

/// A line of `statuses.jsonl`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StatusLine {
    project: String,
    commit: String,
    context: String,
    state: String,
    description: String,
    target_url: Option<String>,
}

/// A line of `comments.jsonl`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CommentLine {
    pub(super) id: u64,
    pub(super) project: String,
    pub(super) thread: String,
    pub(super) text: String,
}

/// A line of `reactions.jsonl`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReactionLine {
    project: String,
    comment: u64,
    reaction: String,
}

impl FolderForge {
    pub(super) fn append(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        let line = StatusLine {
            project: self.path_of(&at.project)?,
            commit: at.hash.clone(),
            context: status.context.clone(),
            state: status.state.as_str().to_owned(),
            description: status.description.clone(),
            target_url: status.target_url.clone(),
        };
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let same_place = |old: &StatusLine| {
            (&old.project, &old.commit, &old.context) == (&line.project, &line.commit, &line.context)
        };
        if self.lines("statuses.jsonl")?.into_iter().rfind(same_place).as_ref() == Some(&line) {
            return Ok(());
        }
        self.add_line("statuses.jsonl", &line)
    }

    /// What a file of JSON lines holds, oldest first.
    pub(super) fn lines<T: DeserializeOwned>(&self, file: &str) -> Result<Vec<T>, ForgeError> {
        let path = self.root.join(file);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| broken(&path, &error))?,
        };
        text.lines().map(|line| serde_json::from_str(line).map_err(|error| broken(&path, &error))).collect()
    }

    fn add_line<T: Serialize>(&self, file: &str, line: &T) -> Result<(), ForgeError> {
        let path = self.root.join(file);
        let mut json = serde_json::to_string(line).map_err(|error| broken(&path, &error))?;
        json.push('\n');
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(json.as_bytes())).map_err(|error| broken(&path, &error))
    }

    pub(super) fn add_reaction(&self, project: &ProjectKey, comment: u64) -> Result<(), ForgeError> {
        let line = ReactionLine { project: self.path_of(project)?, comment, reaction: "eyes".to_owned() };
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lines::<ReactionLine>("reactions.jsonl")?.contains(&line) {
            return Ok(());
        }
        self.add_line("reactions.jsonl", &line)
    }

    pub(super) fn add_comment(
        &self,
        project: &ProjectKey,
        thread: &Thread,
        text: &str,
    ) -> Result<(), ForgeError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.lines::<CommentLine>("comments.jsonl")?.len();
        let line = CommentLine {
            id: u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1),
            project: self.path_of(project)?,
            thread: thread.to_string(),
            text: text.to_owned(),
        };
        self.add_line("comments.jsonl", &line)
    }
}
