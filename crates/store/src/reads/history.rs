//! What happened anywhere, in a project, at a reference or at a commit, newest first: events with the newest attempts of
//! its targets, or with why it started nothing, and whose history it is. Use cases 6 and 7 as one list for people.

use super::filters::EventFilter;
use super::page::{Page, Position};
use super::projects::{ProjectRow, ReferenceRow};
use super::question::Question;
use super::viewer::Viewer;
use super::workflows::{Head, WorkflowRow, read};
use crate::sql::sql;
use crate::{Db, Result};

/// A page of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The project that was asked for, or that of the reference; none if neither was, or if it is not there for this viewer.
    pub project: Option<ProjectRow>,
    /// The reference that was asked for by its id.
    pub reference: Option<ReferenceRow>,
    /// The events; those that started nothing have a reason and no targets.
    pub page: Page<WorkflowRow>,
}

/// Which events a history tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// All of them.
    Events,
    /// Those that started something.
    Workflows,
}

/// Events that this viewer may see, newest first: those before the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn history(
    db: &Db,
    viewer: &Viewer,
    filter: &EventFilter,
    told: Told,
    before: Option<Position>,
    limit: i64,
) -> Result<History> {
    let (head, rows) = read(db, question(viewer, filter, told, before, limit)).await?;
    let Head { project, reference } = head.unwrap_or_default();
    let page = Page::cut(rows, limit, |row| (row.event.occurred_at, row.event.id));
    Ok(History { project, reference, page })
}

const STARTED: &str = "AND e.status <> 'nothing'";
const NO_REASON: &str = "/*reason*/ CAST(NULL AS TEXT)";
const REASON: &str = "CASE WHEN page.has_omissions
    THEN (SELECT o.reason FROM omissions o WHERE o.event_id = page.id ORDER BY o.id LIMIT 1) END";
const HEAD: &str = "/*head*/";
/// The project is the first thing that is filtered by.
const OF_PROJECT: &str = "UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'head', 0, p.id, p.id, NULL, NULL, NULL, p.name, NULL, NULL,
    p.forge, p.namespace, p.visibility, NULL, NULL, NULL, NULL, p.created_at, NULL, NULL
/*sqlite*/ )) /*end*/ FROM projects p
WHERE p.id = $4 AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
";
/// Where no project is, the reference is.
const OF_REFERENCE: &str = "UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'head', 0, p.id, p.id, r.id, NULL, NULL, p.name, NULL, NULL,
    p.forge, p.namespace, p.visibility, r.kind, r.name, NULL, NULL, p.created_at, NULL, NULL
/*sqlite*/ )) /*end*/ FROM \"references\" r JOIN projects p ON p.id = r.project_id
WHERE r.id = $4 AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
";

/// The text of `workflows.sql` with the events that started nothing, their reasons, and whose history it is.
pub(super) fn question(
    viewer: &Viewer,
    filter: &EventFilter,
    told: Told,
    before: Option<Position>,
    limit: i64,
) -> Question {
    let head = match (filter.project, filter.reference) {
        (Some(_), _) => OF_PROJECT,
        (None, Some(_)) => OF_REFERENCE,
        (None, None) => "",
    };
    let text = sql!("reads/workflows.sql").sqlite();
    let text = text
        .replace(STARTED, if told == Told::Workflows { STARTED } else { "" })
        .replace(NO_REASON, REASON)
        .replace(HEAD, head);
    filter.question(&text, viewer, before, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_stands_once_in_the_text() {
        for part in [STARTED, NO_REASON, HEAD, "/*known*/ ''"] {
            assert_eq!(sql!("reads/workflows.sql").sqlite().matches(part).count(), 1, "{part}");
        }
    }
}
