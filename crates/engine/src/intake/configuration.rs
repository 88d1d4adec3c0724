//! The package configuration of a commit: read from its forge, and understood.

use domain::package_config::{self, PackageConfig, Source};
use domain::plan::Omission;
use domain::words::ProjectKey;
use forges::{CommitAt, File, Forge, ForgeError};

/// A package configuration, or why there is none.
pub(super) enum Configuration {
    /// It was read and understood.
    Read(Box<PackageConfig>, File),
    /// There is none: most repositories have none.
    Missing(Omission),
    /// There is one that cannot be used; why.
    Unusable(Omission),
}

/// Reads the configuration at a commit. A forge that will not answer is a reason; one that cannot just now is an error.
pub(super) async fn read(forge: &dyn Forge, at: &CommitAt) -> Result<Configuration, ForgeError> {
    understood(forge, at, forge.configuration(at).await).await
}

/// The same of what a pull request would bring; a spec file that it does not name is searched where others' are.
pub(super) async fn read_proposed(forge: &dyn Forge, at: &CommitAt) -> Result<Configuration, ForgeError> {
    understood(forge, at, forge.proposed_configuration(at).await).await
}

async fn understood(
    forge: &dyn Forge,
    at: &CommitAt,
    found: Result<Option<File>, ForgeError>,
) -> Result<Configuration, ForgeError> {
    let file = match found {
        Ok(Some(file)) => file,
        Ok(None) => {
            let names = forges::CONFIGURATION_NAMES.join(", ");
            return Ok(Configuration::Missing(omission(format!(
                "there is no package configuration at this commit: none of {names}"
            ))));
        }
        Err(ForgeError::Refused(reason)) => {
            return Ok(unusable(format!("the package configuration cannot be read: {reason}")));
        }
        Err(error) => return Err(error),
    };
    let understood = match understand(&at.project, &file, None) {
        Ok(understood) => Ok(understood),
        // Most files name their spec file; only where that may be what is missing is the repository searched.
        Err(_) => match forge.spec_files(at).await {
            Ok(spec_files) => understand(&at.project, &file, Some(spec_files)),
            Err(ForgeError::Refused(reason)) => {
                return Ok(unusable(format!("the repository cannot be searched for a spec file: {reason}")));
            }
            Err(error) => return Err(error),
        },
    };
    Ok(match understood {
        Ok(configuration) => Configuration::Read(Box::new(configuration), file),
        Err(reason) => unusable(reason),
    })
}

/// Understands a configuration; what is wrong with it is told with its place.
fn understand(
    project: &ProjectKey,
    file: &File,
    spec_files: Option<Vec<String>>,
) -> Result<PackageConfig, String> {
    let source = Source { path: file.path.clone(), repository: project.name.clone(), spec_files };
    package_config::load(&file.text, &source).map_err(|refusal| format!("{}: {refusal}", file.path))
}

fn unusable(reason: String) -> Configuration {
    Configuration::Unusable(omission(reason))
}

fn omission(reason: String) -> Omission {
    Omission { kind: "configuration".to_owned(), identifier: None, name: None, reason }
}
