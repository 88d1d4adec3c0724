//! A folder that plays forge, as it is configured.

use std::sync::Arc;

use forges::FolderForge;

use super::{WiredForge, host_of, keys};
use crate::configuration::{Faults, Forge};

pub(super) fn folder(folder: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    if host_of(folder).is_empty() {
        faults.add(
            &format!("{key}.host"),
            "is missing: the host in the names of its projects, such as github.com",
        );
    }
    match &folder.path {
        None => faults.add(&format!("{key}.path"), "is missing: the folder that holds its projects"),
        Some(path) if !path.is_dir() => {
            faults.add(&format!("{key}.path"), format!("there is no folder {}", path.display()));
        }
        Some(_) => {}
    }
    keys::only(folder, key, &keys::FOLDER, &mut faults);
    let plays = if folder.dist_git { FolderForge::dist_git } else { FolderForge::new };
    let forge = folder.path.as_ref().map(|path| Arc::new(plays(&host_of(folder), path)));
    faults.or(forge.map(|forge| WiredForge::of(forge)))
}
