//! Projects, and the references of one.

use chrono::{DateTime, Utc};
use domain::ids::ProjectId;
use domain::words::{ProjectKey, ReferenceKind, Visibility};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::page::Page;
use super::question::{Question, Value};
use super::sections::{some, word};
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReferenceRow {
    /// Its id.
    pub id: i64,
    /// What it is.
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
    Ok(question(viewer, id).rows(db).await?.into_iter().next())
}

/// A project and its references, by kind and name: those behind the cursor, at most `limit`. None if there is no such project
/// for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn references(
    db: &Db,
    viewer: &Viewer,
    project: ProjectId,
    after: Option<ReferencePosition>,
    limit: i64,
) -> Result<Option<(ProjectRow, Page<ReferenceRow, ReferencePosition>)>> {
    let rows: Vec<OfProject<Maybe>> = references_question(viewer, project, after, limit).rows(db).await?;
    let Some(project) = rows.first().map(OfProject::project) else { return Ok(None) };
    let found = rows.into_iter().filter_map(|row| row.of.reference().transpose());
    let page = Page::cut(found.collect::<Result<Vec<ReferenceRow>>>()?, limit, |row| {
        (row.kind.to_string(), row.name.clone())
    });
    Ok(Some((project, page)))
}

/// A row of a list that belongs to a project, with the project before it: an empty list is one row without anything behind it.
#[derive(FromRow)]
pub(super) struct OfProject<T> {
    project_id: i64,
    forge: String,
    namespace: String,
    project_name: String,
    #[sqlx(try_from = "String")]
    visibility: Visibility,
    created_at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub(super) of: T,
}

impl<T> OfProject<T> {
    pub(super) fn project(&self) -> ProjectRow {
        ProjectRow {
            id: self.project_id,
            forge: self.forge.clone(),
            namespace: self.namespace.clone(),
            name: self.project_name.clone(),
            visibility: self.visibility,
            created_at: self.created_at,
        }
    }
}

/// A reference, if there is one.
#[derive(FromRow)]
struct Maybe {
    id: Option<i64>,
    kind: Option<String>,
    name: Option<String>,
}

impl Maybe {
    fn reference(self) -> Result<Option<ReferenceRow>> {
        let Some(id) = self.id else { return Ok(None) };
        Ok(Some(ReferenceRow { id, kind: word(&self.kind)?, name: some(self.name)? }))
    }
}

pub(super) fn question(viewer: &Viewer, id: ProjectId) -> Question {
    Question::of(sql!("reads/project.sql")).bind(Value::Number(Some(id.0))).bind(viewer.value())
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
