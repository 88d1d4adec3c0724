use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ids::{EventId, TargetId};
use domain::words::{BuildSystem, DeliveryOutcome};
use domain::workflow::CancelPlan;
use engine::Engine;
use forges::Reading;
use forges::github::{WebhookSecrets, delivery};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use web::{Callbacks, Door, Look, Operator};

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

/// The operator of the API: whoever has the configured token.
pub(crate) struct TokenOperator {
    /// What cancels.
    pub(crate) engine: Engine,
    /// The token.
    pub(crate) token: SecretString,
}

#[async_trait]
impl Operator for TokenOperator {
    fn recognise(&self, token: &str) -> Option<String> {
        // Hashes of equal length are compared, so time tells nothing about the token.
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        (digest(token) == digest(self.token.expose_secret())).then(|| "the operator".to_owned())
    }

    async fn cancel(
        &self,
        event: EventId,
        targets: Option<BTreeSet<TargetId>>,
        by: &str,
        dry_run: bool,
    ) -> store::Result<CancelPlan> {
        let canceled = engine::cancel(&self.engine, event, targets, by, dry_run).await?;
        Ok(canceled.plan)
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
