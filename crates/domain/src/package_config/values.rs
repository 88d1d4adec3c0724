//! The types of a job's values; `words` has those that are one word of a list.

use std::ops::Deref;

use regex::{Regex, RegexBuilder};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::keys::FAST_FORWARD;

/// Every view of a job holds its own pattern, so that a large one would count a thousand times.
const MAX_PATTERN_BYTES: usize = 256 * 1024;

/// A regular expression that a branch's or a tag's name must match from its start, not to its end.
#[derive(Clone, Debug)]
pub struct BranchPattern(Regex);

impl BranchPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why the crate `regex` cannot read it, in one line: look-around and back references are none of its
    /// language, and the compiled pattern may be no larger than 256 KiB.
    pub fn new(pattern: &str) -> Result<Self, String> {
        RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build().map(Self).map_err(|error| {
            // The last line is the reason; those before draw the pattern over several lines.
            let error = error.to_string();
            error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    /// The pattern as the file writes it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        // The leftmost match begins at the start if any match does.
        self.0.find(name).is_some_and(|found| found.start() == 0)
    }
}

impl PartialEq for BranchPattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for BranchPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What the file says about one target. Packit looks at one option only when it reads the file;
/// whatever else was written is kept, and ignored where it is of another type.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct TargetOptions(pub(super) Map<String, Json>);

impl TargetOptions {
    /// Distributions the target's packages are tested on, in place of the usual one.
    pub fn distros(&self) -> Vec<&str> {
        texts(self.0.get("distros"))
    }

    /// Packages for the chroot's buildroot at Copr.
    pub fn additional_packages(&self) -> Vec<&str> {
        texts(self.0.get("additional_packages"))
    }

    /// Repositories for the chroot's buildroot at Copr.
    pub fn additional_repos(&self) -> Vec<&str> {
        texts(self.0.get("additional_repos"))
    }

    /// Modules for the chroot's buildroot at Copr, divided by commas.
    pub fn additional_modules(&self) -> Option<&str> {
        self.0.get("additional_modules").and_then(Json::as_str)
    }

    /// Options of the spec file that are switched on.
    pub fn with_opts(&self) -> Vec<&str> {
        texts(self.0.get("with_opts"))
    }

    /// Options of the spec file that are switched off.
    pub fn without_opts(&self) -> Vec<&str> {
        texts(self.0.get("without_opts"))
    }
}

/// What the file says about one dist-git branch.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct BranchOptions(pub(super) Map<String, Json>);

impl BranchOptions {
    /// Branches that are moved forward to this one when its pull request is merged.
    pub fn fast_forward_merge_into(&self) -> Vec<&str> {
        texts(self.0.get(FAST_FORWARD))
    }
}

fn texts(list: Option<&Json>) -> Vec<&str> {
    list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// The targets of a job in the order of the file, each once. A slice of names with options.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets(pub(super) Vec<(String, TargetOptions)>);

impl Deref for Targets {
    type Target = [(String, TargetOptions)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Targets {
    /// The names in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Serialize for Targets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_map(&self.0, serializer)
    }
}

/// The dist-git branches of a job in the order of the file. A slice of names with options.
///
/// The file's form is kept: a list may name a branch twice and is written as a list.
#[derive(Clone, Debug, PartialEq)]
pub struct DistGitBranches {
    pub(super) branches: Vec<(String, BranchOptions)>,
    pub(super) is_list: bool,
}

impl Deref for DistGitBranches {
    type Target = [(String, BranchOptions)];

    fn deref(&self) -> &Self::Target {
        &self.branches
    }
}

impl DistGitBranches {
    /// The names in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.branches.iter().map(|(name, _)| name.as_str())
    }
}

impl Serialize for DistGitBranches {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_list { serializer.collect_seq(self.names()) } else { as_map(&self.branches, serializer) }
    }
}

fn as_map<S: Serializer>(entries: &[(String, impl Serialize)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, options) in entries {
        map.serialize_entry(name, options)?;
    }
    map.end()
}

/// What is told to people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Notifications {
    /// Text of a comment after a failure; none without it.
    #[serde(rename = "failure_comment.message")]
    pub failure_comment_message: Option<String>,
    /// Whether an issue is filed after a downstream failure.
    #[serde(rename = "failure_issue.create")]
    pub failure_issue_create: bool,
    /// Whether a pull request gets a comment after a successful build.
    #[serde(rename = "pull_request.successful_build")]
    pub pull_request_successful_build: bool,
}

/// Labels that a pull request must have or must not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LabelRequirements {
    /// None of these may be there.
    pub absent: Vec<String>,
    /// One of these must be there, if any is named.
    pub present: Vec<String>,
}

/// What `/packit test` means without arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TestCommand {
    /// The identifier it asks for.
    pub default_identifier: Option<String>,
    /// The labels it asks for.
    pub default_labels: Option<Vec<String>>,
}
