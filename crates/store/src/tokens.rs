//! Tokens that let programs call the API.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TokenId;
use domain::words::Scopes;
use secrecy::SecretString;
use sqlx::FromRow;

use crate::secrets;
use crate::sql::{on, sql};
use crate::{Db, Error, Result};

/// What every token begins with, so that one that was published by mistake can be found.
const PREFIX: &str = "packflow_";
/// How coarse `last_used_at` is: a token that is always used is written so often.
const USED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A token as it is kept: all but its secret.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Token {
    /// Its id.
    #[sqlx(try_from = "i64")]
    pub id: TokenId,
    /// Its name, which no other token has that is not revoked.
    pub name: String,
    /// What it may be used for.
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself; never if none.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it may be used for.
    pub scopes: &'a Scopes,
    /// Who makes it.
    pub created_by: &'a str,
    /// When it ends by itself; never if none.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a token. Its secret is told here and never again; none if another token has this name.
///
/// # Errors
/// If the database refuses, or the system has no random numbers.
pub async fn create(db: &Db, new: NewToken<'_>, now: DateTime<Utc>) -> Result<Option<SecretString>> {
    let secret = secrets::generate(PREFIX)?;
    let ids: Vec<i64> =
        on!(db.autocommit(), sql!("tokens/insert.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(new.name)
            .bind(secrets::hash(&secret))
            .bind(new.scopes.to_string())
            .bind(new.created_by)
            .bind(now)
            .bind(new.expires_at)
            .fetch_all(pool)
            .await)?;
    Ok((!ids.is_empty()).then_some(secret))
}

/// The token with this secret; none if there is none, it ended or was revoked.
///
/// # Errors
/// If the database cannot be read.
pub async fn find(db: &Db, secret: &SecretString, now: DateTime<Utc>) -> Result<Option<Token>> {
    Ok(on!(db, sql!("tokens/find.sql"), |query, pool| sqlx::query_as(query)
        .bind(secrets::hash(secret))
        .bind(now)
        .fetch_optional(pool)
        .await)?)
}

/// Notes that a token was used, unless that was noted a short while ago.
///
/// # Errors
/// If the database refuses.
pub async fn used(db: &Db, token: &Token, now: DateTime<Utc>) -> Result<()> {
    let before = now - USED_EVERY;
    if token.last_used_at.is_some_and(|at| at >= before) {
        return Ok(());
    }
    on!(db.autocommit(), sql!("tokens/touch.sql"), |query, pool| sqlx::query(query)
        .bind(token.id.0)
        .bind(now)
        .bind(before)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// All tokens, also those that ended or were revoked, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(db: &Db) -> Result<Vec<Token>> {
    Ok(on!(db, sql!("tokens/list.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

/// Revokes the token of this name: from now on it is nobody's.
///
/// # Errors
/// If there is no such token, or the database refuses.
pub async fn revoke(db: &Db, name: &str, now: DateTime<Utc>) -> Result<()> {
    let revoked = on!(db.autocommit(), sql!("tokens/revoke.sql"), |query, pool| sqlx::query(query)
        .bind(name)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
    if revoked == 0 { Err(Error::NotFound(format!("token {name}"))) } else { Ok(()) }
}
