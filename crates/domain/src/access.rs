//! Who may start work (`docs/contracts.md` 8.5). Deny is the default, whatever a repository's own configuration says.

#[cfg(test)]
mod tests;

use crate::event::{ForgeEvent, Happened};
use crate::words::{ProjectKey, Visibility};

/// The access rules of an installation. Entries are `host`, `host/namespace` (with all below it) or
/// `host/namespace/repository`; of several that match, the longest decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
}

/// Whether an event may start work.
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
        let project = &event.project.key;
        let actor = event.actor.as_deref();
        if let Some(actor) = actor.filter(|actor| names(&self.deny_users, &project.forge, actor)) {
            return Judgement::Denied(format!("{actor} may start nothing here (access.deny_users)"));
        }
        if event.project.visibility != Visibility::Public && longest(&self.private, project).is_none() {
            return Judgement::Denied(format!(
                "{project} is not public, and no entry of access.private covers it"
            ));
        }
        if actor.is_some_and(|actor| names(&self.admins, &project.forge, actor)) {
            return Judgement::Allowed;
        }
        match (longest(&self.allow, project), longest(&self.deny, project)) {
            (None, _) => {
                return Judgement::Denied(format!(
                    "no entry of access.allow covers {project}: an operator adds it, its namespace or its host"
                ));
            }
            (Some(allowed), Some(denied)) if denied >= allowed => {
                return Judgement::Denied(format!("access.deny covers {project}"));
            }
            (Some(_), _) => {}
        }
        judge_actor(event, actor)
    }
}

/// Pushes and releases can be made by writers only, so that their project is allowed is enough. The same holds for what
/// comes from a check run: only who may write is shown the button.
fn judge_actor(event: &ForgeEvent, actor: Option<&str>) -> Judgement {
    let author = match &event.happened {
        Happened::Push { .. }
        | Happened::Release { .. }
        | Happened::CheckRun { .. }
        | Happened::CheckSuite { .. } => return Judgement::Allowed,
        Happened::PullRequest(pull_request) => pull_request.author.as_deref(),
        Happened::IssueComment { reference, author, .. } => {
            author.as_deref().filter(|_| reference.kind == crate::words::ReferenceKind::PullRequest)
        }
        Happened::CommitComment { .. } => None,
    };
    match actor {
        None => Judgement::Denied("the delivery does not say who acted".to_owned()),
        Some(actor) if Some(actor) == author => Judgement::Allowed,
        Some(actor) => Judgement::IfMayMerge {
            account: actor.to_owned(),
            otherwise: format!("{actor} can neither merge in {} nor opened this", event.project.key),
        },
    }
}

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
