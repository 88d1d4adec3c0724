//! Files at a commit.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ForgejoClient;
use crate::{CONFIGURATION_NAMES, CommitAt, File, Forge, ForgeError};

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
/// Files that are listed at once; Forgejo may give fewer.
const PAGE: &str = "1000";
/// Pages that are looked through.
const MOST_PAGES: usize = 50;

pub(super) async fn configuration(client: &ForgejoClient, at: &CommitAt) -> Result<Option<File>, ForgeError> {
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

async fn file(client: &ForgejoClient, at: &CommitAt, path: &str) -> Result<Option<File>, ForgeError> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a file or the list of a folder")]
    enum Contents {
        File {
            size: u64,
            content: Option<String>,
            encoding: Option<String>,
        },
        #[expect(dead_code, reason = "a list is a folder, whatever is in it")]
        Folder(Vec<IgnoredAny>),
    }
    let answer = client.get(&at.project, &["contents", path], &[("ref", &at.hash)]).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let Contents::File { size, content, encoding } = answer.json()? else {
        return Err(ForgeError::Refused(format!("`{path}` is not a file")));
    };
    if size > LARGEST_FILE {
        return Err(ForgeError::Refused(format!("`{path}` is larger than 1 MB")));
    }
    let content = content.filter(|_| encoding.as_deref() == Some("base64"));
    let bytes = content.and_then(|content| STANDARD.decode(content).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| ForgeError::Refused(format!("`{path}` is not a file of UTF-8 text")))?;
    Ok(Some(File { path: path.to_owned(), text }))
}

pub(super) async fn spec_files(client: &ForgejoClient, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Tree {
        tree: Option<Vec<Entry>>,
        truncated: bool,
    }
    #[derive(Deserialize)]
    struct Entry {
        path: String,
        #[serde(rename = "type")]
        kind: String,
    }
    let mut paths = Vec::new();
    for page in 1..=MOST_PAGES {
        let page = page.to_string();
        let query = [("recursive", "true"), ("per_page", PAGE), ("page", page.as_str())];
        let answer = client.get(&at.project, &["git", "trees", &at.hash], &query).await?;
        let Tree { tree, truncated } = answer.json()?;
        let is_spec = |entry: &Entry| entry.kind == "blob" && entry.path.ends_with(".spec");
        let entries = tree.unwrap_or_default();
        let is_last = entries.is_empty() || !truncated;
        paths.extend(entries.into_iter().filter(is_spec).map(|entry| entry.path));
        if is_last {
            paths.sort_unstable();
            return Ok(paths);
        }
    }
    Err(ForgeError::Refused(format!(
        "{} has too many files to look for a spec file; name `specfile_path` in the configuration",
        at.project
    )))
}
