//! The recorded corpus: real deliveries, messages and configuration files of other projects,
//! which are too large and not ours to keep in the repository.

use std::path::PathBuf;

use crate::skip::{skip, workspace_root};

/// The folder of recorded deliveries, messages and configuration files: `PACKFLOW_CORPUS`, else
/// `../shared/corpus` beside the workspace. If it is absent, `test` is skipped by name and there
/// is none; own fixtures cover the same behaviour.
#[must_use]
pub fn corpus(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PACKFLOW_CORPUS")
        .map_or_else(|| workspace_root().join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    skip(test, &format!("no corpus in {} (set PACKFLOW_CORPUS)", folder.display()));
    None
}
