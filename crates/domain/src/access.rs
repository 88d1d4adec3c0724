//! Who may start work (`docs/contracts.md` 8.5). Deny is the default, whatever a repository's own configuration says.

#[cfg(test)]
mod tests;

use crate::event::{ForgeEvent, Happened};
use crate::words::{ProjectKey, ReferenceKind, Visibility};

/// The access rules of an installation. Entries are `host`, `host/namespace` (with all below it) or
/// `host/namespace/repository`; of several that match, the longest decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRules {
    /// Accounts that may start everything that is not denied by name, `login` or `host/login`.
    pub admins: Vec<String>,
    /// What may start work.
    pub allow: Vec<String>,
    /// What may not, although a shorter entry allows it.
    pub deny: Vec<String>,
    /// Accounts that may start nothing, `login` or `host/login`.
    pub deny_users: Vec<String>,
    /// Where private repositories may start work; they need an entry in `allow` as well.
    pub private: Vec<String>,
    /// Whether the author of a pull request may command there without being able to merge.
    pub authors_command: bool,
    /// Where tests may run in the internal Testing Farm, if whoever starts them can merge.
    pub internal_tests: Vec<String>,
}

impl Default for AccessRules {
    /// Nobody may start anything; where somebody may, the author of a pull request may command there.
    fn default() -> Self {
        Self {
            admins: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            deny_users: Vec::new(),
            private: Vec::new(),
            authors_command: true,
            internal_tests: Vec::new(),
        }
    }
}

/// Whether an event may start work, or an account command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It may.
    Allowed,
    /// It may not, for this reason.
    Denied(String),
    /// It may if this account can merge in the project; if not, for this reason it may not.
    IfMayMerge {
        /// The account.
        account: String,
        /// Why it may not otherwise.
        otherwise: String,
    },
}

impl AccessRules {
    /// Judges an event by what is known without asking its forge.
    pub fn judge(&self, event: &ForgeEvent) -> Judgement {
        let actor = event.actor.as_deref();
        match self.judge_project(&event.project.key, event.project.visibility, actor) {
            Some(judgement) => judgement,
            None => self.judge_actor(event, actor),
        }
    }

    /// Judges an account that asks for a rerun, or gives any other command, in a project: an admin may, anybody else only
    /// where work may start at all and if they can merge. Where [`AccessRules::authors_command`] says so, who opened the pull
    /// request may too, which the caller has to find out.
    pub fn judge_command(
        &self,
        project: &ProjectKey,
        visibility: Visibility,
        account: Option<&str>,
    ) -> Judgement {
        if let Some(judgement) = self.judge_project(project, visibility, account) {
            return judgement;
        }
        match account {
            None => Judgement::Denied(UNKNOWN_ACTOR.to_owned()),
            Some(account) => Judgement::IfMayMerge {
                account: account.to_owned(),
                otherwise: format!(
                    "{account} cannot write to {project}: somebody who can may ask for it, or give {account} write access there"
                ),
            },
        }
    }

    /// Whether work may start in a project at all, whoever asks and whoever may see it.
    pub fn covers(&self, project: &ProjectKey) -> bool {
        longest(&self.allow, project) > longest(&self.deny, project)
    }

    /// Why work may not start in a project at all, whoever but an admin asks; none if it may.
    pub fn refusal(&self, project: &ProjectKey, visibility: Visibility) -> Option<String> {
        match self.judge_project(project, visibility, None) {
            Some(Judgement::Denied(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Judges whether what an account starts in a project may run in the internal Testing Farm (`docs/contracts.md` 8.3): in
    /// a project that is listed, an admin's may, and that of who can merge; that of anybody's pull request may not.
    pub fn judge_internal_tests(&self, project: &ProjectKey, account: Option<&str>) -> Judgement {
        if longest(&self.internal_tests, project).is_none() {
            return Judgement::Denied(format!("no entry of access.internal_tests covers {project}"));
        }
        match account {
            None => Judgement::Denied(UNKNOWN_ACTOR.to_owned()),
            Some(account) if names(&self.admins, &project.forge, account) => Judgement::Allowed,
            Some(account) => Judgement::IfMayMerge {
                account: account.to_owned(),
                otherwise: format!("{account} cannot write to {project}"),
            },
        }
    }

    /// What is known from the project and the account alone; none if it depends on what they want.
    fn judge_project(
        &self,
        project: &ProjectKey,
        visibility: Visibility,
        account: Option<&str>,
    ) -> Option<Judgement> {
        if let Some(account) = account.filter(|account| names(&self.deny_users, &project.forge, account)) {
            return Some(Judgement::Denied(format!("{account} may start nothing here (access.deny_users)")));
        }
        if visibility != Visibility::Public && longest(&self.private, project).is_none() {
            return Some(Judgement::Denied(format!(
                "{project} is not public, and no entry of access.private covers it"
            )));
        }
        if account.is_some_and(|account| names(&self.admins, &project.forge, account)) {
            return Some(Judgement::Allowed);
        }
        match (longest(&self.allow, project), longest(&self.deny, project)) {
            (None, _) => Some(Judgement::Denied(format!(
                "no entry of access.allow covers {project}: an operator adds it, its namespace or its host"
            ))),
            (Some(allowed), Some(denied)) if denied >= allowed => {
                Some(Judgement::Denied(format!("access.deny covers {project}")))
            }
            (Some(_), _) => None,
        }
    }

    /// Pushes and releases can be made by writers only, so that their project is allowed is enough. The same holds for what
    /// comes from a check run: only who may write is shown the button.
    fn judge_actor(&self, event: &ForgeEvent, actor: Option<&str>) -> Judgement {
        let author = match &event.happened {
            Happened::Push { .. }
            | Happened::Release { .. }
            | Happened::CheckRun { .. }
            | Happened::CheckSuite { .. } => return Judgement::Allowed,
            Happened::PullRequest(pull_request) => pull_request.author.as_deref(),
            Happened::IssueComment { reference, author, .. } => author
                .as_deref()
                .filter(|_| self.authors_command && reference.kind == ReferenceKind::PullRequest),
            Happened::CommitComment { .. } => None,
        };
        match actor {
            None => Judgement::Denied(UNKNOWN_ACTOR.to_owned()),
            Some(actor) if Some(actor) == author => Judgement::Allowed,
            Some(actor) => Judgement::IfMayMerge {
                account: actor.to_owned(),
                otherwise: format!("{actor} can neither merge in {} nor opened this", event.project.key),
            },
        }
    }
}

const UNKNOWN_ACTOR: &str = "the delivery does not say who acted";

/// The length of the longest entry that covers a project.
fn longest(entries: &[String], project: &ProjectKey) -> Option<usize> {
    let path = project.to_string().to_lowercase();
    let covers = |entry: &str| path == entry || path.starts_with(&format!("{entry}/"));
    let normal = |entry: &String| entry.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    entries.iter().map(normal).filter(|entry| covers(entry)).map(|entry| entry.len()).max()
}

/// Whether a list of accounts names one, by login or by host and login.
fn names(accounts: &[String], forge: &str, login: &str) -> bool {
    accounts.iter().any(|account| match account.split_once('/') {
        Some((host, name)) => host.eq_ignore_ascii_case(forge) && name.eq_ignore_ascii_case(login),
        None => account.eq_ignore_ascii_case(login),
    })
}
