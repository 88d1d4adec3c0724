//! Projects, and the references of one.

use chrono::{DateTime, Utc};
use domain::ids::ProjectId;
use domain::words::{ProjectKey, ReferenceKind, Visibility};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::page::Page;
use super::question::{Question, Value};
use super::viewer::Viewer;
use super::words;
use crate::sql::sql;
use crate::{Db, Result};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromRow)]
pub struct ProjectRow {
    /// Its id.
    pub id: i64,
    /// The forge's host.
    pub forge: String,
    /// The owner; it may hold slashes.
    pub namespace: String,
    /// The repository's name.
    pub name: String,
    /// Who may see it on its forge.
    #[sqlx(try_from = "String")]
    #[schema(schema_with = words::visibility)]
    pub visibility: Visibility,
    /// When it was seen first.
    pub created_at: DateTime<Utc>,
}

/// A reference of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromRow)]
pub struct ReferenceRow {
    /// Its id.
    pub id: i64,
    /// What it is.
    #[sqlx(try_from = "String")]
    #[schema(schema_with = words::reference_kind)]
    pub kind: ReferenceKind,
    /// Its name; a number for pull requests and issues.
    pub name: String,
}

/// The project behind which a page begins: its forge, namespace and name.
pub type ProjectPosition = (String, String, String);
/// The reference behind which a page begins: its kind and name.
pub type ReferencePosition = (String, String);

/// Projects that this viewer may see, by forge, namespace and name: those behind the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn projects(
    db: &Db,
    viewer: &Viewer,
    after: Option<ProjectPosition>,
    limit: i64,
) -> Result<Page<ProjectRow, ProjectPosition>> {
    let rows: Vec<ProjectRow> = list_question(viewer, after, limit).rows(db).await?;
    Ok(Page::cut(rows, limit, |row| (row.forge.clone(), row.namespace.clone(), row.name.clone())))
}

/// A project; none if there is no such project for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn project(db: &Db, viewer: &Viewer, id: ProjectId) -> Result<Option<ProjectRow>> {
    let question =
        Question::of(sql!("reads/project.sql")).bind(Value::Number(Some(id.0))).bind(viewer.value());
    Ok(question.rows(db).await?.into_iter().next())
}

/// The references of a project, by kind and name: those behind the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn references(
    db: &Db,
    viewer: &Viewer,
    project: ProjectId,
    after: Option<ReferencePosition>,
    limit: i64,
) -> Result<Page<ReferenceRow, ReferencePosition>> {
    let rows: Vec<ReferenceRow> = references_question(viewer, project, after, limit).rows(db).await?;
    Ok(Page::cut(rows, limit, |row| (row.kind.to_string(), row.name.clone())))
}

pub(super) fn list_question(viewer: &Viewer, after: Option<ProjectPosition>, limit: i64) -> Question {
    let (forge, namespace, name) = after.unwrap_or_default();
    Question::of(sql!("reads/projects.sql"))
        .bind(viewer.value())
        .bind(Value::Text(forge))
        .bind(Value::Text(namespace))
        .bind(Value::Text(name))
        .bind(Value::Number(Some(limit + 1)))
}

pub(super) fn references_question(
    viewer: &Viewer,
    project: ProjectId,
    after: Option<ReferencePosition>,
    limit: i64,
) -> Question {
    let (kind, name) = after.unwrap_or_default();
    Question::of(sql!("reads/references.sql"))
        .bind(project.into())
        .bind(viewer.value())
        .bind(Value::Text(kind))
        .bind(Value::Text(name))
        .bind(Value::Number(Some(limit + 1)))
}

impl ProjectRow {
    /// The project by name.
    pub fn key(&self) -> ProjectKey {
        ProjectKey::new(&self.forge, &self.namespace, &self.name)
    }
}
