//! Deliveries that were missed while nobody was there: some forges do not repeat them by themselves.

use chrono::{DateTime, TimeDelta, Utc};
use forges::{ForgeError, Redelivery};
use store::inbox;
use tracing::{info, warn};

use crate::Engine;

/// How far back a forge is asked. GitHub keeps deliveries for a few days.
const LOOK_BACK: TimeDelta = TimeDelta::days(3);

/// Asks a forge to hand over once more what it could not, and what is not in the inbox all the same: what was tried after
/// `since`, or all that it remembers. Says how many it was asked for.
///
/// # Errors
/// If the forge cannot answer, or the database cannot be read.
pub async fn ask_for_missed_deliveries(
    engine: &Engine,
    source: &str,
    forge: &dyn Redelivery,
    since: Option<DateTime<Utc>>,
) -> Result<usize, MissedError> {
    let oldest = engine.clock.now().checked_sub_signed(LOOK_BACK).unwrap_or_else(Utc::now);
    let since = since.map_or(oldest, |since| since.max(oldest));
    let mut asked = 0;
    for missed in forge.failed_deliveries(since).await? {
        if inbox::find(&engine.db, source, &missed.delivery_id).await?.is_some() {
            continue;
        }
        match forge.redeliver(missed.id).await {
            Ok(()) => asked += 1,
            Err(error) => warn!(delivery = missed.delivery_id, %error, "the forge will not deliver it again"),
        }
    }
    if asked > 0 {
        info!(source, asked, "missed deliveries asked for again");
    }
    Ok(asked)
}

/// Why missed deliveries could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum MissedError {
    /// The forge could not answer.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The database could not.
    #[error(transparent)]
    Store(#[from] store::Error),
}
