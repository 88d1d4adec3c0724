//! Projects, their references and the commits at them: found, or made where there are none.

use chrono::{DateTime, Utc};
use domain::event::ProjectFacts;
use domain::ids::{CommitId, ProjectId, ReferenceId};
use domain::words::{ProjectKey, Reference, Visibility};

use crate::sql::{on, sql};
use crate::{Db, Error, Result, Tx};

/// The project that a delivery tells of. A repository that was renamed on its forge keeps its row, by the forge's own id.
///
/// # Errors
/// If the database refuses.
pub async fn ensure(tx: &mut Tx, facts: &ProjectFacts, now: DateTime<Utc>) -> Result<ProjectId> {
    let key = &facts.key;
    if let Some(forge_id) = &facts.forge_id {
        let known: Option<i64> =
            on!(tx, sql!("projects/find.sql"), |query, connection| sqlx::query_scalar(query)
                .bind(&key.forge)
                .bind(forge_id)
                .bind(&key.namespace)
                .bind(&key.name)
                .bind(facts.visibility.as_str())
                .fetch_optional(connection)
                .await)?;
        if let Some(id) = known {
            return Ok(ProjectId(id));
        }
        // Who inserted it meanwhile is found in the second round.
        for _ in 0..2 {
            if let Some(id) = rename(tx, facts, forge_id).await? {
                return Ok(id);
            }
            let inserted: Option<i64> =
                on!(tx, sql!("projects/insert.sql"), |query, connection| sqlx::query_scalar(query)
                    .bind(&key.forge)
                    .bind(&key.namespace)
                    .bind(&key.name)
                    .bind(forge_id)
                    .bind(facts.visibility.as_str())
                    .bind(now)
                    .fetch_optional(connection)
                    .await)?;
            if let Some(id) = inserted {
                return Ok(ProjectId(id));
            }
        }
    }
    let id: i64 = on!(tx, sql!("projects/ensure.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(&key.forge)
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(&facts.forge_id)
        .bind(facts.visibility.as_str())
        .bind(now)
        .fetch_one(connection)
        .await)?;
    Ok(ProjectId(id))
}

/// Gives the project with this id of the forge its present name, and whoever has that name another one. None if there is
/// no project with this id.
async fn rename(tx: &mut Tx, facts: &ProjectFacts, forge_id: &str) -> Result<Option<ProjectId>> {
    let key = &facts.key;
    on!(tx, sql!("projects/rename_away.sql"), |query, connection| sqlx::query(query)
        .bind(&key.forge)
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(forge_id)
        .execute(connection)
        .await
        .map(|_| ()))?;
    let known: Option<i64> =
        on!(tx, sql!("projects/rename.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(&key.forge)
            .bind(forge_id)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(facts.visibility.as_str())
            .fetch_optional(connection)
            .await)?;
    Ok(known.map(ProjectId))
}

/// What a project is now: its name and who may see it. Says whether it is known here; none is made.
///
/// # Errors
/// If the database refuses.
pub async fn note(tx: &mut Tx, facts: &ProjectFacts) -> Result<bool> {
    if let Some(forge_id) = &facts.forge_id
        && rename(tx, facts, forge_id).await?.is_some()
    {
        return Ok(true);
    }
    // What was imported has no id of the forge.
    let key = &facts.key;
    let known: Option<i64> =
        on!(tx, sql!("projects/note.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(&key.forge)
            .bind(&key.namespace)
            .bind(&key.name)
            .bind(facts.visibility.as_str())
            .fetch_optional(connection)
            .await)?;
    Ok(known.is_some())
}

/// The reference inside a project.
///
/// # Errors
/// If the database refuses.
pub async fn ensure_reference(tx: &mut Tx, project: ProjectId, reference: &Reference) -> Result<ReferenceId> {
    let id: i64 = on!(tx, sql!("projects/ensure_reference.sql"), |query, connection| {
        sqlx::query_scalar(query)
            .bind(project.0)
            .bind(reference.kind.as_str())
            .bind(&reference.name)
            .fetch_one(connection)
            .await
    })?;
    Ok(ReferenceId(id))
}

/// The occurrence of a commit hash at a reference.
///
/// # Errors
/// If the database refuses.
pub async fn ensure_commit(
    tx: &mut Tx,
    project: ProjectId,
    reference: ReferenceId,
    hash: &str,
) -> Result<CommitId> {
    let id: i64 = on!(tx, sql!("projects/ensure_commit.sql"), |query, connection| {
        sqlx::query_scalar(query).bind(project.0).bind(reference.0).bind(hash).fetch_one(connection).await
    })?;
    Ok(CommitId(id))
}

/// A project by its present name.
pub(crate) async fn key(db: &Db, id: ProjectId) -> Result<ProjectKey> {
    let row: Option<(String, String, String)> =
        on!(db, sql!("projects/key.sql"), |query, pool| sqlx::query_as(query)
            .bind(id.0)
            .fetch_optional(pool)
            .await)?;
    let (forge, namespace, name) = row.ok_or_else(|| Error::NotFound(format!("project {id}")))?;
    Ok(ProjectKey::new(&forge, &namespace, &name))
}

/// Who may see a project, by its present name; none if it is not known here.
///
/// # Errors
/// If the database cannot be read.
pub async fn visibility(db: &Db, key: &ProjectKey) -> Result<Option<Visibility>> {
    let word: Option<String> =
        on!(db, sql!("projects/visibility.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(&key.forge)
            .bind(&key.namespace)
            .bind(&key.name)
            .fetch_optional(pool)
            .await)?;
    Ok(word.map(|word| word.parse()).transpose()?)
}

/// The private projects of a forge, at most `limit`: those with the newest events. Those of which the forge did not say
/// whether they are private are not among them.
///
/// # Errors
/// If the database cannot be read.
pub async fn private(db: &Db, forge: &str, limit: i64) -> Result<Vec<(ProjectId, ProjectKey)>> {
    let rows: Vec<(i64, String, String, String)> =
        on!(db, sql!("projects/private.sql"), |query, pool| sqlx::query_as(query)
            .bind(forge)
            .bind(limit)
            .fetch_all(pool)
            .await)?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, forge, namespace, name)| (ProjectId(id), ProjectKey::new(&forge, &namespace, &name)))
        .collect())
}
