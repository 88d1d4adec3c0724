//! The spec files beside a package configuration that is a file here, as a forge finds them in a repository.

use std::convert::Infallible;
use std::path::Path;

use forges::spec_files_below;

/// The most files and folders that are looked at: far more than a repository of a package has, and less than a home folder.
const MOST_LOOKED_AT: usize = 100_000;

/// The `*.spec` files below the folder of a file, which is taken for the root of its repository: at any depth, by their paths
/// from there, in their order. What cannot be read holds none.
pub(crate) fn beside(file: &Path) -> Vec<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let root = folder.unwrap_or_else(|| Path::new("."));
    let Ok(found) = spec_files_below(root, MOST_LOOKED_AT, |_, _| Ok::<(), Infallible>(()));
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
