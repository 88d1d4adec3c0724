//! `/projects/{id}/flakiness`

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use domain::ids::ProjectId;
use store::reads::{self, FlakinessRow};

use super::id::Id;
use super::known::Known;
use super::projects::ProjectHead;
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, duration, show, titles};
use crate::api::Days;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// How far back the page offers to look.
const OFFERED: [i64; 4] = [7, 30, 90, 365];

#[derive(Template)]
#[template(path = "flakiness.html")]
struct FlakinessPage {
    frame: Frame,
    project: ProjectHead,
    days: i64,
    offered: [i64; 4],
    since: Moment,
    targets: Vec<Target>,
}

/// All attempts at one kind, identifier, package and name.
struct Target {
    kind: &'static str,
    identifier: Option<Text>,
    /// Where the project has several.
    package: Option<Text>,
    name: Text,
    attempts: i64,
    succeeded: i64,
    failed: i64,
    errored: i64,
    /// Those that came to no such end.
    others: i64,
    changed: i64,
    /// Of those that ended well or badly, how many of a hundred did not end well; none where none did either.
    bad_percent: Option<i64>,
    median: Option<String>,
}

/// The page.
pub(crate) async fn flakiness(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    Known(asked): Known<Days>,
) -> Result<Response, ErrorPage> {
    let (days, since) = asked.read()?;
    let found = reads::flakiness(&web.db, &viewer, ProjectId(id), since).await?;
    let (project, targets) = found.ok_or_else(|| Problem::not_found("such project"))?;
    let packages: BTreeSet<_> = targets.iter().map(|target| &target.package).collect();
    let is_monorepo = packages.len() > 1;
    Ok(show(&FlakinessPage {
        frame,
        project: ProjectHead::new(&project, "flakiness"),
        days,
        offered: OFFERED,
        since: Moment(since),
        targets: targets.iter().map(|row| Target::new(row, is_monorepo)).collect(),
    }))
}

impl Target {
    fn new(row: &FlakinessRow, is_monorepo: bool) -> Self {
        let bad = row.failed + row.errored;
        Self {
            kind: titles::job_kind(row.kind),
            identifier: Text::opt(row.identifier.as_ref()),
            package: Text::opt(row.package.as_ref().filter(|_| is_monorepo)),
            name: Text::new(&row.name),
            attempts: row.attempts,
            succeeded: row.succeeded,
            failed: row.failed,
            errored: row.errored,
            others: row.attempts - row.succeeded - bad,
            changed: row.changed,
            bad_percent: (bad * 100).checked_div(bad + row.succeeded),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "durations are far below what milliseconds hold"
            )]
            median: row.median_seconds.map(|seconds| {
                duration::in_words(TimeDelta::milliseconds((seconds * 1000.0).round() as i64))
            }),
        }
    }
}
