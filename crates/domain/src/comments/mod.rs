//! Comments as commands: `/packit test --identifier full` (`docs/contracts.md` 8.4).
//!
//! The first line whose first word is the prefix, and which has a further word, is the command; quotes, mentions in the
//! middle of a line and all other lines are talk. Options may be shortened, as Packit's own parser lets them be.

mod grammar;
mod scan;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::text_enum::text_enum;

/// What a comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Nothing to us.
    NoCommand,
    /// A command.
    Command {
        /// The words behind the prefix.
        words: Vec<String>,
        /// What they mean.
        command: Box<Command>,
    },
    /// It begins as a command and is none.
    SyntaxError {
        /// The words behind the prefix.
        words: Vec<String>,
        /// What is wrong, for whoever wrote it.
        reason: String,
    },
}

text_enum! {
    /// What a comment asks for, as it is written.
    pub enum CommandName("command") {
        /// A list of the commands.
        Help = "help",
        /// Copr builds.
        Build = "build",
        /// The same.
        CoprBuild = "copr-build",
        /// The failed builds.
        RebuildFailed = "rebuild-failed",
        /// Scratch builds in Koji.
        UpstreamKojiBuild = "upstream-koji-build",
        /// Tests.
        Test = "test",
        /// The failed tests.
        RetestFailed = "retest-failed",
        /// A virtual machine image.
        VmImageBuild = "vm-image-build",
        /// A release into dist-git, from upstream's side.
        ProposeDownstream = "propose-downstream",
        /// The same, from the distribution's side.
        PullFromUpstream = "pull-from-upstream",
        /// Koji builds of a dist-git commit.
        KojiBuild = "koji-build",
        /// Tagging of Koji builds.
        KojiTag = "koji-tag",
        /// A Bodhi update.
        CreateUpdate = "create-update",
        /// Fedora CI: a scratch build.
        ScratchBuild = "scratch-build",
    }
}

/// A command and its arguments. What a command does not take, or was not given, is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The command.
    pub command: CommandName,
    /// Of this package only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The branch whose newest commit is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The tag that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Other pull requests whose builds are wanted as well; always there for a command that takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<String>>,
    /// Of jobs with this identifier only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Of jobs with one of these labels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Variables for the tests, `NAME=VALUE`; an empty value takes a variable away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    /// Bugs that the release resolves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_bug: Option<Vec<String>>,
    /// Whether the configuration is that of the pull request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub with_pr_config: bool,
    /// The version to release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether all branches are meant.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all_branches: bool,
    /// Fedora CI: the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_identifier: Option<String>,
    /// Fedora CI: the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_target: Option<String>,
}

/// Reads a comment; `prefix` is what commands begin with (`/packit`), in exactly these letters.
pub fn parse(prefix: &str, comment: &str) -> Parsed {
    for line in comment.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some(prefix) {
            continue;
        }
        let words: Vec<String> = words.map(str::to_owned).collect();
        if words.is_empty() {
            continue;
        }
        return match grammar::of_prefix(prefix).read(&words) {
            Ok(command) => Parsed::Command { words, command: Box::new(command) },
            Err(reason) => Parsed::SyntaxError { words, reason },
        };
    }
    Parsed::NoCommand
}
