//! `packflow config check`: what a package configuration says, or what is wrong with it.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use domain::package_config::{PackageConfig, Refusal, Source, load};
use serde_json::json;

use crate::spec_files;
use crate::terminal::{self, clean};

/// The most that is read of a file, in bytes; far more than a package configuration may have, so that its size can be told,
/// and less than a file without an end.
const MOST_READ: u64 = 64 * 1024 * 1024;

/// Checks a file. Exit code 0: valid, 1: refused.
pub(super) fn run(file: &Path, repository: Option<&str>, as_json: bool) -> Result<ExitCode> {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file);
    opened
        .and_then(|opened| opened.take(MOST_READ).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", file.display()))?;
    let source = Source {
        path: file.display().to_string(),
        repository: repository.map_or_else(|| repository_of(file), str::to_owned),
        spec_files: None,
    };
    // Most files name their spec file; only where that may be what is missing is it looked for.
    let loaded = load(&text, &source).or_else(|refusal| match spec_files::beside(file) {
        found if found.is_empty() => Err(refusal),
        found => load(&text, &Source { spec_files: Some(found), ..source }),
    });
    match loaded {
        Ok(configuration) => {
            valid(&configuration, as_json)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            refused(file, &refusal, as_json)?;
            Ok(ExitCode::from(1))
        }
    }
}

fn valid(configuration: &PackageConfig, as_json: bool) -> Result<()> {
    if as_json {
        let packages = &configuration.packages;
        let answer = json!({ "valid": true, "packages": packages, "jobs": configuration.jobs });
        say!("{}", terminal::json(&answer)?);
        return Ok(());
    }
    say!("valid: {}", clean(&configuration.packages.join(", ")));
    for job in &configuration.jobs {
        let identifier = job.identifier.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let targets: Vec<&str> = job.targets.names().chain(job.dist_git_branches.names()).collect();
        say!("  {} on {}{}: {}", job.job, job.trigger, clean(&identifier), clean(&targets.join(", ")));
    }
    Ok(())
}

fn refused(file: &Path, refusal: &Refusal, as_json: bool) -> Result<()> {
    if as_json {
        let kind = refusal.error_kind.as_str();
        let answer = json!({ "valid": false, "error_kind": kind, "error": refusal.errors });
        say!("{}", terminal::json(&answer)?);
        return Ok(());
    }
    for fault in &refusal.errors {
        eprintln!("{}", clean(&format!("{}:{fault}", file.display())));
    }
    Ok(())
}

/// The repository's name where none is given: the part after `__` of the file's name, as recorded files are called, else the
/// folder's name.
fn repository_of(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some((_, repository)) = stem.split_once("__") {
        return repository.to_owned();
    }
    let folder = file.canonicalize().ok().and_then(|file| Some(file.parent()?.file_name()?.to_owned()));
    folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::repository_of;

    #[test]
    fn the_repository_is_named_by_the_file_or_its_folder() {
        assert_eq!(repository_of(Path::new("corpus/packit__ogr.yaml")), "ogr");
        assert_eq!(repository_of(Path::new("LecrisUT__CMake__Extra.yaml")), "CMake__Extra");
        assert_eq!(repository_of(Path::new("src/main.rs")), "src");
    }
}
