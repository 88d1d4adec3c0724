//! `/projects/{id}/references`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::ProjectId;
use store::reads::{self, ReferenceView};

use super::id::Id;
use super::known::Known;
use super::place::{Named, Place};
use super::projects::ProjectHead;
use super::{ErrorPage, Frame, show};
use crate::api::{PageParameters, wrong_cursor};
use crate::cursor::{decode_key, encode_key};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

const REFERENCES_PER_PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "references.html")]
struct ReferencesPage {
    frame: Frame,
    project: ProjectHead,
    references: Vec<Named>,
    older: Option<String>,
    is_further: bool,
}

/// The page.
pub(crate) async fn references(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    Known(asked): Known<PageParameters>,
) -> Result<Response, ErrorPage> {
    let after = match &asked.cursor {
        Some(cursor) => Some(decode_key::<2>(cursor).ok_or_else(wrong_cursor)?.into()),
        None => None,
    };
    let limit = asked.limit(REFERENCES_PER_PAGE)?;
    let found = reads::references(&web.db, &viewer, ProjectId(id), after, limit).await?;
    let (project, page) = found.ok_or_else(|| Problem::not_found("such project"))?;
    let name = project.key().to_string();
    let next = page.next.as_ref().map(|(kind, name)| encode_key(&[kind, name]));
    Ok(show(&ReferencesPage {
        frame,
        references: page
            .rows
            .into_iter()
            .map(|row| {
                let view = ReferenceView { kind: row.kind, name: row.name };
                Place::new((&name, project.id), (&view, row.id), None).reference
            })
            .collect(),
        project: ProjectHead::new(&project, "references"),
        older: next.map(|cursor| format!("?cursor={cursor}")),
        is_further: asked.cursor.is_some(),
    }))
}
