//! Logins of the dashboard.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::SessionId;
use secrecy::SecretString;
use sqlx::FromRow;

use crate::secrets;
use crate::sql::{on, sql};
use crate::{Db, Result};

/// A login ends when nothing was looked at for so long.
pub const IDLE: TimeDelta = TimeDelta::hours(24);
/// A login ends after so long, whatever was done.
pub const LONGEST: TimeDelta = TimeDelta::days(7);
/// How coarse `seen_at` is.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(10);

/// An account of a forge.
#[derive(Debug, Clone, PartialEq, Eq, Hash, FromRow)]
pub struct Account {
    /// The forge's host.
    pub forge: String,
    /// The forge's own id of it, which stays when the account is renamed.
    #[sqlx(rename = "account_id")]
    pub id: String,
    /// Its name, as of the login.
    pub login: String,
}

/// Somebody's login.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Session {
    /// Its id.
    #[sqlx(try_from = "i64")]
    pub id: SessionId,
    /// Whose it is.
    #[sqlx(flatten)]
    pub account: Account,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to ten minutes.
    pub seen_at: DateTime<Utc>,
}

/// Begins a login; gives the secret that its owner shows.
///
/// # Errors
/// If the database refuses, or the system has no random numbers.
pub async fn begin(db: &Db, account: &Account, now: DateTime<Utc>) -> Result<SecretString> {
    let secret = secrets::generate("")?;
    on!(db.autocommit(), sql!("sessions/insert.sql"), |query, pool| sqlx::query(query)
        .bind(secrets::hash(&secret))
        .bind(&account.forge)
        .bind(&account.id)
        .bind(&account.login)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(secret)
}

/// The login with this secret; none if there is none, or it ended.
///
/// # Errors
/// If the database cannot be read.
pub async fn find(db: &Db, secret: &SecretString, now: DateTime<Utc>) -> Result<Option<Session>> {
    Ok(on!(db, sql!("sessions/find.sql"), |query, pool| sqlx::query_as(query)
        .bind(secrets::hash(secret))
        .bind(now - IDLE)
        .bind(now - LONGEST)
        .fetch_optional(pool)
        .await)?)
}

/// Notes that a login was used, unless that was noted a short while ago.
///
/// # Errors
/// If the database refuses.
pub async fn used(db: &Db, session: &Session, now: DateTime<Utc>) -> Result<()> {
    if session.seen_at >= now - SEEN_EVERY {
        return Ok(());
    }
    on!(db.autocommit(), sql!("sessions/touch.sql"), |query, pool| sqlx::query(query)
        .bind(session.id.0)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Ends the login with this secret, if there is one.
///
/// # Errors
/// If the database refuses.
pub async fn end(db: &Db, secret: &SecretString) -> Result<()> {
    on!(db.autocommit(), sql!("sessions/end.sql"), |query, pool| sqlx::query(query)
        .bind(secrets::hash(secret))
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Drops the logins that ended; says how many.
///
/// # Errors
/// If the database refuses.
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    Ok(on!(db.autocommit(), sql!("sessions/forget.sql"), |query, pool| sqlx::query(query)
        .bind(now - IDLE)
        .bind(now - LONGEST)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?)
}
