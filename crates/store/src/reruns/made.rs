//! What build systems call what they made, so that they can be asked whether it is still there.

use std::collections::BTreeSet;

use domain::ids::TargetId;
use domain::words::JobKind;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// Something that a build system made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The target.
    pub target: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// The build system's id.
    pub external_id: String,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    kind: String,
    external_id: String,
}

/// Those of these targets that a build system has an id for.
///
/// # Errors
/// If the database cannot be read.
pub async fn made(db: &Db, targets: &BTreeSet<TargetId>) -> Result<Vec<Made>> {
    let rows: Vec<Row> = on!(db, sql!("reruns/made.sql"), |query, pool| sqlx::query_as(query)
        .bind(Json(targets))
        .fetch_all(pool)
        .await)?;
    let made = |row: Row| {
        Ok(Made { target: TargetId(row.id), kind: row.kind.parse()?, external_id: row.external_id })
    };
    rows.into_iter().map(made).collect()
}
