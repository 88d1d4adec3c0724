//! Repositories from folders.

use std::fs;
use std::io;
use std::path::Path;

use super::store::Repository;

impl Repository {
    /// A repository whose files, at every commit, are those of a folder. Files that are no text are left out.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut repository = Self::default();
        repository.read(folder, "")?;
        Ok(repository)
    }

    fn read(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for (name, path) in entries(folder)? {
            let at = format!("{prefix}{name}");
            if path.is_dir() {
                self.read(&path, &format!("{at}/"))?;
            } else if let Ok(text) = String::from_utf8(fs::read(&path)?) {
                self.files.insert(at, text);
            }
        }
        Ok(())
    }
}

/// All `OWNER/NAME/` folders of a folder.
pub(crate) fn read_repositories(folder: &Path) -> io::Result<Vec<(String, String, Repository)>> {
    let mut repositories = Vec::new();
    for (owner, path) in entries(folder)?.into_iter().filter(|(_, path)| path.is_dir()) {
        for (name, path) in entries(&path)?.into_iter().filter(|(_, path)| path.is_dir()) {
            repositories.push((owner.clone(), name, Repository::from_folder(&path)?));
        }
    }
    Ok(repositories)
}

fn entries(folder: &Path) -> io::Result<Vec<(String, std::path::PathBuf)>> {
    let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    fs::read_dir(folder)
        .map_err(told)?
        .map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
        .collect()
}
