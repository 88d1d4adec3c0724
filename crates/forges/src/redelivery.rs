//! Deliveries that were missed while we were away, asked for again.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::ForgeError;

/// A delivery that a forge could not hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// The forge's id of its newest attempt: what [`Redelivery::redeliver`] takes.
    pub id: u64,
    /// The delivery id as our inbox knows it; all attempts of a delivery share it.
    pub delivery_id: String,
    /// The kind of event that it tells of, in the forge's words.
    pub kind: String,
    /// When the newest attempt was made.
    pub delivered_at: DateTime<Utc>,
}

/// A forge that keeps its deliveries but does not repeat failed ones by itself (GitHub).
///
/// Redelivering is safe: the repeated delivery has the same id, and the inbox takes each id once.
#[async_trait]
pub trait Redelivery: Send + Sync {
    /// The deliveries since then of which no attempt was taken, oldest first. What was answered with a refusal is
    /// not among them: it would be refused again.
    async fn failed_deliveries(&self, since: DateTime<Utc>) -> Result<Vec<FailedDelivery>, ForgeError>;

    /// Asks for one more attempt of a delivery.
    async fn redeliver(&self, id: u64) -> Result<(), ForgeError>;
}
