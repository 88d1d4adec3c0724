//! How a version becomes a tag, and which version a tag is of (`upstream_tag_template`).

use crate::package_config::{BranchPattern, JobConfig};

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

/// Why a job does not follow a tag, if it does not (`upstream_tag_include`, `upstream_tag_exclude`).
pub(super) fn wrong_tag(job: &JobConfig, tag: &str) -> Option<String> {
    let rules = [
        ("upstream_tag_include", &job.upstream_tag_include, true, "does not match"),
        ("upstream_tag_exclude", &job.upstream_tag_exclude, false, "matches"),
    ];
    rules.into_iter().filter(|(_, pattern, ..)| !pattern.is_empty()).find_map(
        |(key, pattern, wanted, how)| match BranchPattern::new(pattern) {
            Ok(regex) => {
                (regex.matches(tag) != wanted).then(|| format!("the tag {tag} {how} `{key}: {pattern}`"))
            }
            Err(reason) => Some(format!("`{key}: {pattern}` cannot be read: {reason}")),
        },
    )
}

fn template(job: &JobConfig) -> String {
    let package = job.upstream_package_name.as_deref().unwrap_or_default();
    job.upstream_tag_template.replace(PACKAGE, package)
}
