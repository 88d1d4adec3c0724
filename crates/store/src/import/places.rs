//! Projects and references of the other database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::words::{ProjectKey, Reference};

use super::accounts::tuples;
use crate::db::Each;
use crate::sql::{on, sql};
use crate::{Error, Result, Tx};

/// A reference and its project, by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The project.
    pub project: i64,
    /// The reference.
    pub reference: i64,
}

/// The project of this name, made where there is none. What is there keeps its visibility; a new one is public: the other
/// service showed it to everybody.
///
/// # Errors
/// If the database refuses.
pub async fn ensure_project(
    tx: &mut Tx,
    key: &ProjectKey,
    forge_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<i64> {
    if let Some(forge_id) = forge_id {
        let known: Option<i64> =
            on!(tx, sql!("import/project_by_forge_id.sql"), |query, connection| sqlx::query_scalar(query)
                .bind(&key.forge)
                .bind(forge_id)
                .fetch_optional(connection)
                .await)?;
        if let Some(id) = known {
            return Ok(id);
        }
    }
    Ok(on!(tx, sql!("import/project.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(&key.forge)
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(forge_id)
        .bind(now)
        .fetch_one(connection)
        .await)?)
}

/// The references of these projects, made where there are none, in the order in which they were asked for.
///
/// # Errors
/// If the database refuses.
pub async fn ensure_references(tx: &mut Tx, wanted: &[(i64, Reference)]) -> Result<Vec<i64>> {
    let keys: Vec<&(i64, Reference)> = wanted.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut ids: BTreeMap<(i64, Reference), i64> = BTreeMap::new();
    for keys in keys.chunks(500) {
        macro_rules! insert {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "INSERT INTO \"references\" (project_id, kind, name) ",
                );
                query.push_values(keys, |mut row, key| {
                    row.push_bind(key.0).push_bind(key.1.kind.as_str()).push_bind(&key.1.name);
                });
                query.push(
                    " ON CONFLICT (project_id, kind, name) DO UPDATE SET name = excluded.name \
                     RETURNING id, project_id, kind, name",
                );
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<(i64, i64, String, String)> = match tx.each() {
            Each::Postgres(connection) => insert!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => insert!(sqlx::Sqlite, connection),
        };
        for (id, project, kind, name) in rows {
            ids.insert((project, Reference::new(kind.parse()?, name)), id);
        }
    }
    wanted.iter().map(|key| ids.get(key).copied().ok_or_else(|| Error::NotFound(key.1.to_string()))).collect()
}

/// The projects that these rows of a table became.
///
/// # Errors
/// If the database cannot be read.
pub async fn projects_of(tx: &mut Tx, table: &str, ids: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let rows: Vec<(String, i64)> = tuples(
        tx,
        "SELECT source_id, our_id FROM origins WHERE our_table = 'projects' AND source_table = ",
        table,
        " AND source_id IN ",
        ids.iter().map(ToString::to_string),
    )
    .await?;
    Ok(rows.into_iter().filter_map(|(old, id)| Some((old.parse().ok()?, id))).collect())
}

/// The references, with their projects, that these rows of a table became.
///
/// # Errors
/// If the database cannot be read.
pub async fn references_of(tx: &mut Tx, table: &str, ids: &[i64]) -> Result<BTreeMap<i64, Place>> {
    let rows: Vec<(String, i64, i64)> = tuples(
        tx,
        "SELECT o.source_id, r.id, r.project_id FROM origins o JOIN \"references\" r ON r.id = o.our_id \
         WHERE o.our_table = 'references' AND o.source_table = ",
        table,
        " AND o.source_id IN ",
        ids.iter().map(ToString::to_string),
    )
    .await?;
    let place = |(old, reference, project): (String, i64, i64)| {
        Some((old.parse().ok()?, Place { project, reference }))
    };
    Ok(rows.into_iter().filter_map(place).collect())
}
