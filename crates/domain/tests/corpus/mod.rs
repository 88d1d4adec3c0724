//! The recorded inputs, where they are at hand.

use std::path::PathBuf;

/// A folder of the recorded inputs: below `PACKFLOW_CORPUS`, else beside the repository. Says so
/// and is `None` where there is none.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PACKFLOW_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: the recorded inputs are not at {} (set PACKFLOW_CORPUS)", folder.display());
    None
}
