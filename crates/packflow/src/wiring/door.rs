use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bus::Standing;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Planned, Selection};
use domain::words::{BuildSystem, DeliveryOutcome};
use domain::workflow::CancelPlan;
use engine::{Engine, Permit};
use forges::{Reading, WebhookSecrets, forgejo, github, gitlab};
use store::reruns::{Answer, Request};
use store::sessions::Account;
use web::{Actions, Callbacks, Denied, Door, Line, Look};

use crate::configuration::ForgeKind;

/// A forge's side of its webhook.
#[derive(Debug)]
pub(crate) struct ForgeDoor {
    /// How it delivers.
    pub(crate) kind: Delivers,
    /// The forge's host.
    pub(crate) host: String,
    /// What deliveries must be signed with, or carry.
    pub(crate) secrets: WebhookSecrets,
}

/// A kind of forge that has webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivers {
    Github,
    Gitlab,
    Forgejo,
}

impl Delivers {
    /// How a forge of this kind delivers; none if it has no webhooks.
    pub(crate) fn of(kind: Option<ForgeKind>) -> Option<Self> {
        match kind? {
            ForgeKind::Github => Some(Self::Github),
            ForgeKind::Gitlab => Some(Self::Gitlab),
            ForgeKind::Forgejo => Some(Self::Forgejo),
            ForgeKind::Pagure | ForgeKind::Folder => None,
        }
    }
}

/// All doors, by the address that deliveries come to.
#[derive(Default)]
pub(crate) struct Doors {
    pub(crate) github: Option<Arc<dyn Door>>,
    pub(crate) gitlab: Vec<Arc<dyn Door>>,
    pub(crate) forgejo: Vec<Arc<dyn Door>>,
}

impl Doors {
    /// Adds one. Of several of GitHub's, the first counts.
    pub(crate) fn add(&mut self, door: ForgeDoor) {
        let kind = door.kind;
        let door: Arc<dyn Door> = Arc::new(door);
        match kind {
            Delivers::Github => {
                self.github.get_or_insert(door);
            }
            Delivers::Gitlab => self.gitlab.push(door),
            Delivers::Forgejo => self.forgejo.push(door),
        }
    }

    /// Whether no deliveries are taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.github.is_none() && self.gitlab.is_empty() && self.forgejo.is_empty()
    }
}

impl Door for ForgeDoor {
    fn source(&self) -> &str {
        &self.host
    }

    fn verify(&self, signature: &str, body: &[u8]) -> Result<(), String> {
        let verified = match self.kind {
            Delivers::Github | Delivers::Forgejo => self.secrets.verify(Some(signature), body),
            Delivers::Gitlab => self.secrets.verify_token(Some(signature)),
        };
        verified.map_err(|error| error.to_string())
    }

    fn is_of(&self, body: &[u8]) -> bool {
        let host = match self.kind {
            Delivers::Github => return true,
            Delivers::Gitlab => gitlab::delivery::host(body),
            Delivers::Forgejo => forgejo::delivery::host(body),
        };
        host.is_some_and(|host| host == self.host)
    }

    fn look(&self, kind: &str, body: &[u8]) -> Look {
        let read = match self.kind {
            Delivers::Github => github::delivery::read,
            Delivers::Gitlab => gitlab::delivery::read,
            Delivers::Forgejo => forgejo::delivery::read,
        };
        match read(kind, body, &self.host) {
            Reading::Event(_) | Reading::Notice(_) | Reading::Project(_) => Look::Work,
            Reading::NotHandledYet(reason) => Look::Settled(DeliveryOutcome::NotHandledYet, reason),
            Reading::Ignored(reason) => Look::Settled(DeliveryOutcome::Ignored, reason),
            Reading::Refused(reason) => Look::Refused(reason),
        }
    }
}

/// What callers of the API ask for, done by the engine.
pub(crate) struct EngineActions(pub(crate) Engine);

#[async_trait]
impl Actions for EngineActions {
    async fn cancel(
        &self,
        event: EventId,
        targets: Option<BTreeSet<TargetId>>,
        by: &str,
        dry_run: bool,
    ) -> store::Result<CancelPlan> {
        let canceled = engine::cancel(&self.0, event, targets, by, dry_run).await?;
        Ok(canceled.plan)
    }

    async fn may_rerun(&self, event: EventId, account: &Account) -> Result<(), Denied> {
        let forge = &account.forge;
        permitted(event, engine::may_rerun(&self.0, event, forge, &account.login).await)
    }

    async fn may_start(&self, event: EventId) -> Result<(), Denied> {
        permitted(event, engine::may_start(&self.0, event).await)
    }

    async fn preview_rerun(&self, event: EventId, selection: &Selection) -> store::Result<Planned> {
        engine::preview_rerun(&self.0, event, selection).await
    }

    async fn rerun(&self, request: &Request<'_>) -> store::Result<Answer> {
        engine::rerun(&self.0, request).await
    }
}

fn permitted<E: std::fmt::Display>(event: EventId, asked: Result<Option<Permit>, E>) -> Result<(), Denied> {
    match asked {
        Ok(Some(Permit::Granted)) => Ok(()),
        Ok(Some(Permit::Refused { reason, by_rules: false })) => Err(Denied::Refused(reason)),
        Ok(Some(Permit::Refused { reason, by_rules: true })) => Err(Denied::ByRules(reason)),
        Ok(None) => Err(Denied::ByRules(format!("there is no event {event}"))),
        Err(error) => Err(Denied::Unavailable(format!("it cannot be found out now: {error}"))),
    }
}

/// The connection to the bus, for whoever asks whether the server is ready.
#[derive(Debug)]
pub(crate) struct BusLine(pub(crate) bus::Standings);

impl Line for BusLine {
    fn stands(&self) -> Result<(), String> {
        match self.0.now() {
            Standing::Connected { .. } => Ok(()),
            Standing::Starting => Err("the connection to the bus is being made".to_owned()),
            Standing::Away { since, reason } => {
                Err(format!("the bus is away since {}: {reason}", since.format("%Y-%m-%d %H:%M:%S UTC")))
            }
        }
    }
}

/// Testing Farm's callbacks, told to the engine.
#[derive(Debug)]
pub(crate) struct EngineCallbacks(pub(crate) Engine);

#[async_trait]
impl Callbacks for EngineCallbacks {
    async fn called(&self, request: &str, token: &str) -> Result<bool, String> {
        let called = engine::callback(&self.0, BuildSystem::TestingFarm, request, token).await;
        called.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    }
}
