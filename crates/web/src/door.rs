//! What the web needs to know of a forge to take its deliveries.

use domain::words::DeliveryOutcome;

/// A forge's side of a webhook: whether a delivery is genuine, and what can be said of it at once.
///
/// Both answers depend on nothing but the arguments and the configured secrets, so a repeated delivery is answered as
/// it was the first time.
pub trait Door: Send + Sync {
    /// Where deliveries come from, as the inbox names it: `github.com`.
    fn source(&self) -> &str;

    /// Whether `signature`, the header as it was received, proves that the forge sent this very body. Called before
    /// anything reads the body.
    ///
    /// # Errors
    /// If not: why, for whoever set the webhook up. The reason is sent to the caller, so it holds no secret.
    fn verify(&self, signature: &str, body: &[u8]) -> Result<(), String>;

    /// Whether a genuine delivery tells of this forge's host, where several have the same secret.
    fn is_of(&self, _body: &[u8]) -> bool {
        true
    }

    /// What is to be done with a genuine delivery; `kind` is the forge's name for what it is. It must be quick: the
    /// sender waits.
    fn look(&self, kind: &str, body: &[u8]) -> Look;
}

/// What is to be done with a genuine delivery. Reasons are one line without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It may ask for work: it is kept for the worker.
    Work,
    /// It asks for none: this became of it, for this reason.
    Settled(DeliveryOutcome, String),
    /// Its body can never be used, for this reason. It is kept, so that it can be looked into.
    Refused(String),
}

/// A connection over which messages come.
pub trait Line: Send + Sync {
    /// Whether messages come.
    ///
    /// # Errors
    /// If not: why, in one line without anything secret.
    fn stands(&self) -> Result<(), String>;
}

/// Who is told that a build system called back.
#[async_trait::async_trait]
pub trait Callbacks: Send + Sync {
    /// The request of this id may have changed. Says whether it is ours and `token` the one it was given.
    ///
    /// # Errors
    /// If that could not be found out, for the log.
    async fn called(&self, request: &str, token: &str) -> Result<bool, String>;
}
