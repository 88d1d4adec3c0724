//! The feed that live pages follow: every change of an event, written by the transaction that makes it (by a trigger, so that
//! nobody can forget to), readable from any place on by any number of servers.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::words::{EventStatus, Visibility};
use sqlx::FromRow;
use sqlx::postgres::PgListener;

use crate::db::Each;
use crate::sql::{on, sql};
use crate::{Db, Result};

/// How long a change may go unnoticed if nothing wakes the reader: on PostgreSQL the notice is for when it is missed or when
/// an older transaction held the change back, on SQLite there is none.
const POSTGRES_POLL: Duration = Duration::from_secs(1);
const SQLITE_POLL: Duration = Duration::from_millis(250);

/// A place in the feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct Place {
    transaction_id: i64,
    id: i64,
}

/// One change of an event.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Change {
    transaction_id: i64,
    id: i64,
    /// The event.
    pub event_id: i64,
    /// The event's version since then.
    pub version: i64,
    /// What has become of the event, now.
    #[sqlx(try_from = "String")]
    pub status: EventStatus,
    /// The event's project.
    pub project_id: i64,
    /// Who may see it.
    #[sqlx(try_from = "String")]
    pub visibility: Visibility,
}

/// Text that is no place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in the feed")]
pub struct InvalidPlace;

impl Change {
    /// Where it stands in the feed.
    pub fn place(&self) -> Place {
        Place { transaction_id: self.transaction_id, id: self.id }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.transaction_id, self.id)
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidPlace> {
        let (transaction_id, id) = text.split_once('-').ok_or(InvalidPlace)?;
        let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0).ok_or(InvalidPlace);
        Ok(Self { transaction_id: number(transaction_id)?, id: number(id)? })
    }
}

/// What changed behind a place, at most `limit` changes, in the order in which their transactions ended.
///
/// # Errors
/// If the database cannot be read.
pub async fn since(db: &Db, place: Place, limit: i64) -> Result<Vec<Change>> {
    Ok(on!(db, sql!("changes/since.sql"), |query, pool| sqlx::query_as(query)
        .bind(place.transaction_id)
        .bind(place.id)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Where the feed stands: everything behind it is yet to come.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest(db: &Db) -> Result<Place> {
    let place: Option<Place> =
        on!(db, sql!("changes/newest.sql"), |query, pool| sqlx::query_as(query).fetch_optional(pool).await)?;
    Ok(place.unwrap_or_default())
}

/// Whether everything behind a place is still remembered. A reader who comes with an older one has to look at everything
/// anew, and so has one with a place that the feed never gave: of a database that was here before.
///
/// # Errors
/// If the database cannot be read.
pub async fn remembers(db: &Db, place: Place) -> Result<bool> {
    let oldest: Option<Place> =
        on!(db, sql!("changes/oldest.sql"), |query, pool| sqlx::query_as(query).fetch_optional(pool).await)?;
    let is_young = oldest.is_none_or(|oldest| place >= oldest);
    Ok(place == Place::default() || (is_young && place <= newest(db).await?))
}

/// Drops what changed before a moment; says how many changes.
///
/// # Errors
/// If the database refuses.
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(db.autocommit(), sql!("changes/forget.sql"), |query, pool| sqlx::query(query)
        .bind(before)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Wakes a reader of the feed.
#[derive(Debug)]
pub struct Wake(Option<PgListener>);

impl Wake {
    /// Begins to listen; what changes from now on wakes.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn listen(db: &Db) -> Result<Self> {
        match db.writers() {
            Each::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen("packflow_changes").await?;
                Ok(Self(Some(listener)))
            }
            Each::Sqlite(_) => Ok(Self(None)),
        }
    }

    /// Ends when something may have changed.
    ///
    /// # Errors
    /// If the connection was lost; then listen anew.
    pub async fn wait(&mut self) -> Result<()> {
        match &mut self.0 {
            Some(listener) => {
                // Not being told in time is a reason to look, too.
                if let Ok(told) = tokio::time::timeout(POSTGRES_POLL, listener.recv()).await {
                    told?;
                }
            }
            None => tokio::time::sleep(SQLITE_POLL).await,
        }
        Ok(())
    }
}
