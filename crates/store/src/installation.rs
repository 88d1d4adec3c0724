//! Which Packflow a database is. Several may use one account at a build system, and a database that was restored from a backup
//! counts its submissions anew: what is sent carries the id that is kept here beside its number.

use domain::package_config::Deployment;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Error, Result};

/// What stands in the place of an instance where `packflow demo` made the database.
const DEMO: &str = "demo";

/// What is kept of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Random: 12 hexadecimal digits. Everybody may read it.
    pub id: String,
    /// Whose events are taken into this database; none before a server or worker was started on it.
    pub instance: Option<Deployment>,
    /// Whether it is a demo's, whose builds and tests end with it; it is no instance's then.
    pub is_demos: bool,
}

#[derive(FromRow)]
struct Row {
    id: String,
    instance: Option<String>,
}

impl TryFrom<Row> for Installation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let is_demos = row.instance.as_deref() == Some(DEMO);
        let instance = row.instance.filter(|_| !is_demos).map(|name| name.parse()).transpose()?;
        Ok(Self { id: row.id, instance, is_demos })
    }
}

/// Keeps whose events are taken into this database, unless that is kept already; gives what is kept.
///
/// # Errors
/// If the database refuses, or the system gives no random numbers.
pub async fn keep(db: &Db, instance: Deployment) -> Result<Installation> {
    keep_row(db, Some(instance.as_str())).await
}

/// Keeps that this database is a demo's, unless it is kept already whose it is; gives what is kept.
///
/// # Errors
/// See [`keep`].
pub async fn keep_demo(db: &Db) -> Result<Installation> {
    keep_row(db, Some(DEMO)).await
}

/// The id, made now if there is none yet.
///
/// # Errors
/// See [`keep`].
pub(crate) async fn id(db: &Db) -> Result<String> {
    Ok(keep_row(db, None).await?.id)
}

/// What is kept; none before anything was sent or served from this database.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(db: &Db) -> Result<Option<Installation>> {
    let row: Option<Row> = on!(db, sql!("installation/get.sql"), |query, pool| sqlx::query_as(query)
        .fetch_optional(pool)
        .await)?;
    row.map(Installation::try_from).transpose()
}

async fn keep_row(db: &Db, instance: Option<&str>) -> Result<Installation> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| Error::NoRandomness(error.to_string()))?;
    let id = format!("{:012x}", u64::from_be_bytes(bytes) >> 16);
    let rows: Vec<Row> =
        on!(db.autocommit(), sql!("installation/keep.sql"), |query, pool| sqlx::query_as(query)
            .bind(&id)
            .bind(instance)
            .fetch_all(pool)
            .await)?;
    let row = rows.into_iter().next();
    row.ok_or_else(|| Error::NotFound("installation".to_owned()))?.try_into()
}
