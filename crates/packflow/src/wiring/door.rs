use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Planned, Selection};
use domain::words::{BuildSystem, DeliveryOutcome};
use domain::workflow::CancelPlan;
use engine::{Engine, Permit};
use forges::Reading;
use forges::github::{WebhookSecrets, delivery};
use store::reruns::{Answer, Request};
use store::sessions::Account;
use web::{Actions, Callbacks, Denied, Door, Look};

/// GitHub's side of the webhook.
#[derive(Debug)]
pub(crate) struct GithubDoor {
    /// The forge's host.
    pub(crate) host: String,
    /// What deliveries must be signed with.
    pub(crate) secrets: WebhookSecrets,
}

impl Door for GithubDoor {
    fn source(&self) -> &str {
        &self.host
    }

    fn verify(&self, signature: &str, body: &[u8]) -> Result<(), String> {
        self.secrets.verify(Some(signature), body).map_err(|error| error.to_string())
    }

    fn look(&self, kind: &str, body: &[u8]) -> Look {
        match delivery::read(kind, body, &self.host) {
            Reading::Event(_) => Look::Work,
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
        match engine::may_rerun(&self.0, event, forge, &account.login).await {
            Ok(Some(Permit::Granted)) => Ok(()),
            Ok(Some(Permit::Refused(reason))) => Err(Denied::Refused(reason)),
            Ok(None) => Err(Denied::Refused(format!("there is no event {event}"))),
            Err(error) => Err(Denied::Unavailable(format!("it cannot be found out now: {error}"))),
        }
    }

    async fn preview_rerun(&self, event: EventId, selection: &Selection) -> store::Result<Planned> {
        engine::preview_rerun(&self.0, event, selection).await
    }

    async fn rerun(&self, request: &Request<'_>) -> store::Result<Answer> {
        engine::rerun(&self.0, request).await
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
