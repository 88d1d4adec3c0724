//! The package configuration: a repository's `.packit.yaml` as typed jobs.
//!
//! [`load`] takes what Packit takes and refuses what Packit refuses, with the place of every
//! fault. `docs/package-configuration.md` has the key set and the differences that remain.

mod build;
mod check;
#[cfg(test)]
mod documented;
mod fault;
mod keys;
mod layers;
mod load;
mod model;
mod packages;
mod read;
mod selection;
mod values;
mod words;
mod yaml;

pub use fault::{ErrorKind, Fault, Refusal};
pub use load::{MAX_JOB_VIEWS, MAX_TARGETS, load};
pub use model::{JobConfig, PackageConfig};
pub use packages::MAX_PACKAGES;
pub use values::{
    BranchOptions, BranchPattern, DistGitBranches, LabelRequirements, Notifications, TargetOptions, Targets,
    TestCommand,
};
pub use words::{Bootstrap, Deployment, JobType, Trigger};
pub use yaml::{MAX_BYTES, MAX_DEPTH, MAX_WEIGHT};

/// Where a package configuration comes from, for the defaults that are not in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Path of the file in its repository.
    pub path: String,
    /// Name of the repository, without its owner; the default name of the package.
    pub repository: String,
    /// The `*.spec` files of the repository in the order it lists them; `None` where no repository
    /// is at hand, so that a file that names no spec file is refused.
    pub spec_files: Option<Vec<String>>,
}

impl Source {
    /// The spec file taken where none is named. Of several it is the first, as with Packit.
    fn first_spec_file(&self) -> Option<&str> {
        self.spec_files.iter().flatten().map(String::as_str).find(|path| !path.is_empty())
    }
}
