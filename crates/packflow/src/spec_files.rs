//! The spec files beside a package configuration that is a file here, as a forge finds them in a repository.

use std::path::Path;

/// The most files and folders that are looked at: far more than a repository of a package has, and less than a home folder.
const MOST_LOOKED_AT: usize = 100_000;

/// The `*.spec` files below the folder of a file, which is taken for the root of its repository: at any depth, by their paths
/// from there, in their order. What cannot be read holds none.
pub(crate) fn beside(file: &Path) -> Vec<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let root = folder.unwrap_or_else(|| Path::new("."));
    let mut found = Vec::new();
    let mut left = MOST_LOOKED_AT;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten().take(left) {
            left -= 1;
            let path = entry.path();
            // A link is neither, so that no link is followed.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file()
                && let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str)
                && path.ends_with(".spec")
            {
                found.push(path.to_owned());
            }
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn they_are_found_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["fedora/hello.spec", ".git/old.spec", "a.spec.in"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(beside(&folder.path().join(".packit.yaml")), ["fedora/hello.spec"]);
    }
}
