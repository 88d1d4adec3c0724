//! `/projects`, and what stands on top of each page of one project.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::words::Visibility;
use store::reads::{self, ProjectRow};

use super::known::Known;
use super::place::Named;
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, show};
use crate::api::{PageParameters, wrong_cursor};
use crate::cursor::{decode_key, encode_key};
use crate::server::Shared;
use crate::viewer::Asker;

const PROJECTS_PER_PAGE: i64 = 50;

/// What a page of a project begins with.
pub(super) struct ProjectHead {
    pub(super) id: i64,
    pub(super) forge: Text,
    pub(super) name: Named,
    /// Which of its pages this is.
    pub(super) tab: &'static str,
}

impl ProjectHead {
    pub(super) fn new(row: &ProjectRow, tab: &'static str) -> Self {
        let key = row.key();
        Self { id: row.id, name: Named::project(&key, row.id), forge: Text::new(key.forge), tab }
    }
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    frame: Frame,
    projects: Vec<Project>,
    older: Option<String>,
    is_further: bool,
}

struct Project {
    name: Named,
    forge: Text,
    is_private: bool,
    seen_at: Moment,
}

/// `/projects`
pub(crate) async fn projects(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Known(asked): Known<PageParameters>,
) -> Result<Response, ErrorPage> {
    let after = match &asked.cursor {
        Some(cursor) => Some(decode_key::<3>(cursor).ok_or_else(wrong_cursor)?.into()),
        None => None,
    };
    let limit = asked.limit(PROJECTS_PER_PAGE)?;
    let found = reads::projects(&web.db, &viewer, after, limit).await?;
    let next = found.next.as_ref().map(|(forge, namespace, name)| encode_key(&[forge, namespace, name]));
    Ok(show(&ProjectsPage {
        frame,
        projects: found.rows.iter().map(Project::from).collect(),
        older: next.map(|cursor| format!("?cursor={cursor}")),
        is_further: asked.cursor.is_some(),
    }))
}

impl From<&ProjectRow> for Project {
    fn from(row: &ProjectRow) -> Self {
        let key = row.key();
        Self {
            name: Named::project(&key, row.id),
            forge: Text::new(key.forge),
            is_private: row.visibility != Visibility::Public,
            seen_at: Moment(row.created_at),
        }
    }
}
