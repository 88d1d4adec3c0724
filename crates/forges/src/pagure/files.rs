//! Files of a dist-git. Its configuration is that of the default branch, whatever branch an event is of
//! (`docs/contracts.md` 8.1).

use domain::words::ProjectKey;
use reqwest::StatusCode;
use serde::Deserialize;

use super::PagureClient;
use crate::{CONFIGURATION_NAMES, File, ForgeError};

/// Folders that are looked into for spec files. In a dist-git they stand at the top.
const MOST_FOLDERS: usize = 30;

#[derive(Deserialize)]
struct Branches {
    default: Option<String>,
}

async fn default_branch(client: &PagureClient, project: &ProjectKey) -> Result<String, ForgeError> {
    let Branches { default } = client.get(project, &["git", "branches"], &[]).await?.json()?;
    default.ok_or_else(|| ForgeError::Refused(format!("{project} has no default branch")))
}

pub(super) async fn configuration(
    client: &PagureClient,
    project: &ProjectKey,
) -> Result<Option<File>, ForgeError> {
    let branch = default_branch(client, project).await?;
    configuration_at(client, project, &branch).await
}

/// That at a branch or commit.
pub(super) async fn configuration_at(
    client: &PagureClient,
    project: &ProjectKey,
    revision: &str,
) -> Result<Option<File>, ForgeError> {
    for name in CONFIGURATION_NAMES {
        let answer = client.raw(project, revision, name).await?;
        if answer.status != StatusCode::NOT_FOUND {
            let text = answer.text()?;
            return Ok(Some(File { path: name.to_owned(), text }));
        }
    }
    Ok(None)
}

pub(super) async fn spec_files(
    client: &PagureClient,
    project: &ProjectKey,
) -> Result<Vec<String>, ForgeError> {
    #[derive(Deserialize)]
    struct Tree {
        content: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        path: String,
        #[serde(rename = "type")]
        kind: String,
    }
    let branch = default_branch(client, project).await?;
    let (mut paths, mut folders, mut seen) = (Vec::new(), vec![String::new()], 0);
    while let Some(folder) = folders.pop() {
        seen += 1;
        if seen > MOST_FOLDERS {
            return Err(ForgeError::Refused(format!(
                "{project} has more than {MOST_FOLDERS} folders; name `specfile_path` in the configuration"
            )));
        }
        let mut path = vec!["tree", branch.as_str()];
        if !folder.is_empty() {
            path.push("f");
            path.extend(folder.split('/'));
        }
        let Tree { content } = client.get(project, &path, &[]).await?.json()?;
        for entry in content {
            match entry.kind.as_str() {
                "folder" => folders.push(entry.path),
                "file" if entry.path.ends_with(".spec") => paths.push(entry.path),
                _ => {}
            }
        }
    }
    paths.sort_unstable();
    Ok(paths)
}
