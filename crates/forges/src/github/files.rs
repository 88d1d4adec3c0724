//! Files at a commit: the package configuration, and where spec files are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::GithubClient;
use crate::{CONFIGURATION_NAMES, CommitAt, File, ForgeError};

/// What the contents API tells of a path.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a file or the list of a folder")]
enum Contents {
    File {
        content: String,
        encoding: String,
    },
    #[expect(dead_code, reason = "a list is a folder, whatever is in it")]
    Folder(Vec<IgnoredAny>),
    /// A submodule, or a symbolic link that leads out of the repository. What names no kind is no answer of GitHub's.
    #[expect(dead_code, reason = "that it is named tells enough")]
    Other {
        #[serde(rename = "type")]
        kind: String,
    },
}

pub(super) async fn configuration(client: &GithubClient, at: &CommitAt) -> Result<Option<File>, ForgeError> {
    for name in CONFIGURATION_NAMES {
        if let Some(file) = file(client, at, name).await? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

pub(super) async fn spec_files(client: &GithubClient, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Tree {
        tree: Vec<Entry>,
        truncated: bool,
    }
    #[derive(Deserialize)]
    struct Entry {
        path: String,
        #[serde(rename = "type")]
        kind: String,
    }
    let answer = client.get(&at.project, &["git", "trees", &at.hash], &[("recursive", "1")]).await?;
    let Tree { tree, truncated } = answer.json()?;
    if truncated {
        return Err(ForgeError::Refused(format!(
            "{} has more files than GitHub lists at once; name `specfile_path` in the configuration",
            at.project
        )));
    }
    let is_spec = |entry: &Entry| entry.kind == "blob" && entry.path.ends_with(".spec");
    let mut paths: Vec<String> = tree.into_iter().filter(is_spec).map(|entry| entry.path).collect();
    paths.sort_unstable();
    Ok(paths)
}

/// A file's text; none if the commit has no such file.
async fn file(client: &GithubClient, at: &CommitAt, path: &str) -> Result<Option<File>, ForgeError> {
    let mut parts = vec!["contents"];
    parts.extend(path.split('/'));
    let answer = client.get(&at.project, &parts, &[("ref", &at.hash)]).await?;
    if answer.status == StatusCode::NOT_FOUND {
        // The same number says that there is no such commit, which must not pass for "no configuration".
        return if answer.message().starts_with("No commit found") {
            Err(answer.refused())
        } else {
            Ok(None)
        };
    }
    match answer.json()? {
        Contents::File { content, encoding } if encoding == "base64" => {
            let content: String = content.split_ascii_whitespace().collect();
            let text = STANDARD.decode(content).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or_else(|| ForgeError::Refused(format!("`{path}` is not UTF-8 text")))?;
            Ok(Some(File { path: path.to_owned(), text }))
        }
        // GitHub leaves out the content of files over 1 MB.
        Contents::File { .. } => Err(ForgeError::Refused(format!("`{path}` is larger than 1 MB"))),
        Contents::Folder(_) | Contents::Other { .. } => {
            Err(ForgeError::Refused(format!("`{path}` is not a file")))
        }
    }
}
