//! The spec files of a repository that is a folder.

use std::io;
use std::path::Path;

/// The `*.spec` files below a folder, at any depth, by their paths from there, in their order. No link is followed, and what is
/// git's own is no file of the repository. At most `most` entries are looked at.
///
/// # Errors
/// What `unreadable` makes of a folder that cannot be read; if it makes nothing of it, that folder holds none.
pub fn spec_files_below<E>(
    root: &Path,
    mut most: usize,
    unreadable: impl Fn(&Path, io::Error) -> Result<(), E>,
) -> Result<Vec<String>, E> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                unreadable(&folder, error)?;
                continue;
            }
        };
        for entry in entries.take(most) {
            most -= 1;
            let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
            let (kind, entry) = match kind {
                Ok(known) => known,
                Err(error) => {
                    unreadable(&folder, error)?;
                    continue;
                }
            };
            let path = entry.path();
            // A link is neither, so that no link is followed.
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file()
                && let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str)
                && path.ends_with(".spec")
            {
                found.push(path.replace('\\', "/"));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
