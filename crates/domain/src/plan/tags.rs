//! How a version becomes a tag, and which version a tag is of (`upstream_tag_template`).

use crate::package_config::JobConfig;

/// What stands for the version.
const VERSION: &str = "{version}";
/// What stands for the package's name upstream.
const PACKAGE: &str = "{upstream_package_name}";

/// The tag of a version.
pub(super) fn tag_of(job: &JobConfig, version: &str) -> String {
    template(job).replace(VERSION, version)
}

/// The version that a tag is of; none if it is of none.
pub(super) fn version_of(job: &JobConfig, tag: &str) -> Option<String> {
    let template = template(job);
    let (before, behind) = template.split_once(VERSION)?;
    let version = tag.strip_prefix(before)?.strip_suffix(behind)?;
    // Most projects that say nothing of their tags begin them with a `v`.
    let bare =
        version.strip_prefix('v').filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    Some(bare.unwrap_or(version).to_owned()).filter(|version| !version.is_empty())
}

fn template(job: &JobConfig) -> String {
    let package = job.upstream_package_name.as_deref().unwrap_or_default();
    job.upstream_tag_template.replace(PACKAGE, package)
}
