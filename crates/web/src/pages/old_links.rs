//! Addresses of another service's dashboard, which stand in checks and comments: they lead to what was imported
//! (`docs/acceptance.md` A37).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use store::origins::SourceRow;
use store::reads::{self, Viewer};

use super::ErrorPage;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// `/jobs/{kind}/{id}`: the page of the event, at the target.
pub(super) async fn old_job(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, ErrorPage> {
    let table = table(&kind).ok_or_else(|| Problem::not_found("such address"))?;
    lead(&web, &viewer, table, &id, "targets", "target").await
}

/// `/pipeline/{id}`: the page of the event, at the pipeline.
pub(super) async fn old_pipeline(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    lead(&web, &viewer, "pipelines", &id, "pipelines", "pipeline").await
}

async fn lead(
    web: &Shared,
    viewer: &Viewer,
    table: &str,
    id: &str,
    our_table: &str,
    anchor: &str,
) -> Result<Response, ErrorPage> {
    let unknown = || Problem::not_found("imported row of this number");
    let id: i64 = id.parse().map_err(|_| unknown())?;
    let found = reads::origins(&web.db, viewer, &SourceRow::new(table, id)).await?;
    let found = found.iter().find(|row| row.our_table == our_table).ok_or_else(unknown)?;
    let event = found.event_id.ok_or_else(unknown)?;
    Ok(Redirect::permanent(&format!("/events/{event}#{anchor}-{}", found.our_id)).into_response())
}

/// The table that an address counts the rows of.
fn table(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "srpm" => "srpm_builds",
        "copr" => "copr_build_targets",
        "koji" => "koji_build_targets",
        "koji-tag-request" => "koji_tag_request_targets",
        "testing-farm" => "tft_test_run_targets",
        "propose-downstream" | "pull-from-upstream" => "sync_release_run_targets",
        "bodhi" => "bodhi_update_targets",
        "openscanhub" => "scans",
        "log-detective" => "log_detective_run",
        "vm-image" => "vm_image_build_targets",
        _ => return None,
    })
}
