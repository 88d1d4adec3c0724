//! Who may command: ask for a rerun or give any other command, through whatever door (`docs/contracts.md` 8.5).

use domain::access::Judgement;
use domain::ids::EventId;
use domain::words::{EventKind, ProjectKey, Reference, ReferenceKind, Visibility};
use forges::ForgeError;
use store::events;

use crate::Engine;

/// Somebody who wants to command.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// In which project.
    pub project: &'a ProjectKey,
    /// Who may see it.
    pub visibility: Visibility,
    /// At which reference: who opened a pull request may command there, where that is configured.
    pub reference: &'a Reference,
    /// The account, by its login at the project's forge; none if nobody knows who it is.
    pub account: Option<&'a str>,
    /// Who opened the pull request, if the caller was told; else the forge is asked.
    pub author: Option<&'a str>,
}

/// The answer to a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// They may.
    Granted,
    /// They may not.
    Refused {
        /// Why, and what would help.
        reason: String,
        /// Whether the access rules refuse the project or the account, so that asking at the forge for more would not help.
        by_rules: bool,
    },
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum PermitError {
    /// The forge cannot answer just now.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Whether somebody may command. Asks the forge only where the access rules leave it open, once for the permission and
/// perhaps once for the pull request's author.
///
/// # Errors
/// If the forge cannot answer just now. What it will not answer is a refusal.
pub async fn may_command(engine: &Engine, demand: &Demand<'_>) -> Result<Permit, ForgeError> {
    let rules = &engine.settings.access;
    let permit = match rules.judge_command(demand.project, demand.visibility, demand.account) {
        Judgement::Allowed => Permit::Granted,
        Judgement::Denied(reason) => Permit::Refused { reason, by_rules: true },
        Judgement::IfMayMerge { account, otherwise } => match ask_forge(engine, demand, &account).await {
            Ok(true) => Permit::Granted,
            Ok(false) => Permit::Refused { reason: otherwise, by_rules: false },
            Err(ForgeError::Refused(reason)) => {
                let reason = format!("what {account} may is not known: the forge says: {reason}");
                Permit::Refused { reason, by_rules: false }
            }
            Err(error) => return Err(error),
        },
    };
    if let Permit::Refused { reason, .. } = &permit {
        let account = demand.account.unwrap_or("somebody");
        tracing::warn!(project = %demand.project, account, reason, "command refused");
    }
    Ok(permit)
}

async fn ask_forge(engine: &Engine, demand: &Demand<'_>, account: &str) -> Result<bool, ForgeError> {
    let Some(forge) = engine.forges.get(&demand.project.forge) else {
        let reason = format!("no forge is configured for {}", demand.project.forge);
        return Err(ForgeError::Refused(reason));
    };
    if forge.permission(demand.project, account).await?.can_merge() {
        return Ok(true);
    }
    if !engine.settings.access.authors_command || demand.reference.kind != ReferenceKind::PullRequest {
        return Ok(false);
    }
    let is_author = |author: &str| author.eq_ignore_ascii_case(account);
    match (demand.author, demand.reference.name.parse()) {
        (Some(author), _) => Ok(is_author(author)),
        (None, Ok(number)) => {
            let opened = forge.pull_request(demand.project, number).await?;
            Ok(opened.and_then(|opened| opened.author).is_some_and(|author| is_author(&author)))
        }
        (None, Err(_)) => Ok(false),
    }
}

/// Whether an account of a forge may ask for a rerun of an event; none if there is no such event. Accounts of other forges than
/// the project's may not: the same login may be somebody else's there.
///
/// # Errors
/// If the forge cannot answer just now, or the database cannot be read.
pub async fn may_rerun(
    engine: &Engine,
    event: EventId,
    forge: &str,
    account: &str,
) -> Result<Option<Permit>, PermitError> {
    let Some(place) = events::place(&engine.db, event).await? else { return Ok(None) };
    if !place.project.forge.eq_ignore_ascii_case(forge) {
        let reason =
            format!("{account} is an account of {forge}, and the project is at {}", place.project.forge);
        return Ok(Some(Permit::Refused { reason, by_rules: false }));
    }
    let demand = Demand {
        project: &place.project,
        visibility: place.visibility,
        reference: &place.reference,
        account: Some(account),
        author: None,
    };
    Ok(Some(may_command(engine, &demand).await?))
}

/// Whether work may start where an event happened, whoever asks; none if there is no such event. It is what holds for those
/// whom no forge knows: programs with a token, and the operator.
///
/// # Errors
/// If the database cannot be read.
pub async fn may_start(engine: &Engine, event: EventId) -> store::Result<Option<Permit>> {
    let Some(place) = events::place(&engine.db, event).await? else { return Ok(None) };
    if place.kind == EventKind::UpstreamVersion {
        // It is about a package, was judged by that, and happened at its upstream, which may start nothing here.
        return Ok(Some(Permit::Granted));
    }
    Ok(Some(match engine.settings.access.refusal(&place.project, place.visibility) {
        None => Permit::Granted,
        Some(reason) => Permit::Refused { reason, by_rules: true },
    }))
}
