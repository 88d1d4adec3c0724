use std::collections::BTreeSet;

use super::super::Rules;
use super::super::occasion::OUR_ACCOUNT;
use crate::package_config::PackageConfig;

/// What a group's name begins with in a configuration.
const GROUP: char = '@';

/// An account of Fedora, and what dist-git says of it in the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The account; none if nobody knows who it was.
    pub account: Option<String>,
    /// Whether it administers the project.
    pub is_admin: bool,
    /// Whether it may push to the project's branches; who administers it may.
    pub is_committer: bool,
    /// Those of the groups that were asked for of which it is a member, without `@`.
    pub groups: BTreeSet<String>,
}

impl Standing {
    /// Our own account, of which dist-git need not be asked.
    pub fn ours(rules: &Rules) -> Self {
        Self { account: Some(rules.fedora_account.clone()), ..Self::default() }
    }

    /// Whether a list of accounts, `@groups`, `all_admins` and `all_committers` has it (`docs/contracts.md` 8.5).
    pub(in crate::plan) fn is_among(&self, allowed: &[String], rules: &Rules) -> bool {
        allowed.iter().any(|entry| match (entry.as_str(), entry.strip_prefix(GROUP)) {
            ("all_admins", _) => self.is_admin,
            ("all_committers", _) => self.is_committer || self.is_admin,
            (_, Some(group)) => self.groups.contains(group),
            (OUR_ACCOUNT, None) => self.account.as_deref() == Some(rules.fedora_account.as_str()),
            (account, None) => self.account.as_deref() == Some(account),
        })
    }

    /// What it is called in a reason.
    pub(super) fn name(&self) -> &str {
        self.account.as_deref().unwrap_or("somebody unknown")
    }
}

/// What a forge must be asked of an account to find out what a configuration allows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// Whether its permission matters.
    pub permission: bool,
    /// The groups of which it may be a member, without `@`.
    pub groups: BTreeSet<String>,
}

/// What a configuration makes it necessary to ask.
pub fn questions(configuration: &PackageConfig) -> Questions {
    let mut questions = Questions::default();
    for job in &configuration.jobs {
        for entry in
            [&job.allowed_pr_authors, &job.allowed_committers, &job.allowed_builders].into_iter().flatten()
        {
            questions.permission |= matches!(entry.as_str(), "all_admins" | "all_committers");
            questions.groups.extend(entry.strip_prefix(GROUP).map(str::to_owned));
        }
    }
    questions
}
