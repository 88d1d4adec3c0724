//! A database of any size, of the shape of Packit's production: for figures, and for tests of how reads behave at scale.
//!
//! The rows keep every rule of `docs/design.md` section 2. The same seed on an empty database gives the same rows.

mod load;
mod shape;
mod tables;

use chrono::{DateTime, Utc};

use self::load::Loader;
use self::shape::Shape;
use crate::{Db, Result};

/// Events written by one transaction.
const EVENTS_AT_ONCE: u64 = 2000;

/// What is generated.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Events, most of which start a workflow.
    pub events: u64,
    /// What chance begins with.
    pub seed: u64,
    /// When the newest of them happened; they are spread over the two years before.
    pub until: DateTime<Utc>,
}

/// What was generated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Generated {
    /// Events.
    pub events: u64,
    /// Pipelines.
    pub pipelines: u64,
    /// Targets.
    pub targets: u64,
}

/// Adds generated rows to a database, and lets it count what it has (`ANALYZE`); tells how far it is after each transaction.
///
/// On PostgreSQL it copies. As a superuser it leaves out triggers and checks of foreign keys, which the rows need not; as
/// anybody else they run, and it takes longer.
///
/// # Errors
/// If the database refuses; the transactions that were told of stand.
pub async fn generate(db: &Db, scale: Scale, mut told: impl FnMut(Generated)) -> Result<Generated> {
    let mut loader = Loader::open(db).await?;
    let mut shape = Shape::new(scale, loader.last_ids().await?);
    let mut left = scale.events;
    while left > 0 {
        let events = left.min(EVENTS_AT_ONCE);
        for _ in 0..events {
            shape.event();
        }
        loader.write(&mut shape.tables).await?;
        left -= events;
        told(shape.generated);
    }
    loader.finish().await?;
    Ok(shape.generated)
}
