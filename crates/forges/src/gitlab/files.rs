//! Files at a commit. A merge request's commits are in the project that it is for, wherever they come from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde::Deserialize;

use super::GitlabClient;
use crate::{CONFIGURATION_NAMES, CommitAt, File, Forge, ForgeError};

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
/// Files that are listed at once, the most that GitLab gives.
const PAGE: &str = "100";
/// Pages that are looked through.
const MOST_PAGES: usize = 100;

pub(super) async fn configuration(client: &GitlabClient, at: &CommitAt) -> Result<Option<File>, ForgeError> {
    for name in CONFIGURATION_NAMES {
        if let Some(file) = file(client, at, name).await? {
            return Ok(Some(file));
        }
    }
    // A commit that is not there has no files either, which must not pass for "no configuration".
    match client.resolve(&at.project, &at.hash).await? {
        Some(_) => Ok(None),
        None => Err(ForgeError::Refused(format!("{} has no commit {}", at.project, at.hash))),
    }
}

async fn file(client: &GitlabClient, at: &CommitAt, path: &str) -> Result<Option<File>, ForgeError> {
    #[derive(Deserialize)]
    struct Contents {
        size: u64,
        content: String,
        encoding: String,
    }
    let answer = client.get(&at.project, &["repository", "files", path], &[("ref", &at.hash)]).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let Contents { size, content, encoding } = answer.json()?;
    if size > LARGEST_FILE {
        return Err(ForgeError::Refused(format!("`{path}` is larger than 1 MB")));
    }
    let bytes = (encoding == "base64").then(|| STANDARD.decode(content).ok()).flatten();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| ForgeError::Refused(format!("`{path}` is not UTF-8 text")))?;
    Ok(Some(File { path: path.to_owned(), text }))
}

pub(super) async fn spec_files(client: &GitlabClient, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Entry {
        path: String,
        #[serde(rename = "type")]
        kind: String,
    }
    let mut paths = Vec::new();
    let mut page = "1".to_owned();
    for _ in 0..MOST_PAGES {
        let query =
            [("ref", at.hash.as_str()), ("recursive", "true"), ("per_page", PAGE), ("page", page.as_str())];
        let answer = client.get(&at.project, &["repository", "tree"], &query).await?;
        let next = answer.header("x-next-page").map(str::to_owned);
        let entries: Vec<Entry> = answer.json()?;
        let is_spec = |entry: &Entry| entry.kind == "blob" && entry.path.ends_with(".spec");
        paths.extend(entries.into_iter().filter(is_spec).map(|entry| entry.path));
        let Some(next) = next else {
            paths.sort_unstable();
            return Ok(paths);
        };
        page = next;
    }
    Err(ForgeError::Refused(format!(
        "{} has too many files to look for a spec file; name `specfile_path` in the configuration",
        at.project
    )))
}
