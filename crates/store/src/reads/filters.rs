//! What lists of events and workflows can be filtered by. Each filter has its index, alone and inside a project
//! (`migrations/*/0005_reads.sql`); each set of filters is one text, so that the database plans for what was asked.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::ids::{ProjectId, ReferenceId};
use domain::words::{EventKind, EventStatus, Reference};

use super::page::{Position, or_newest};
use super::question::{Question, Value};
use super::viewer::Viewer;
use crate::origins::SourceRow;

/// Which events; what is not set is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Those of this project.
    pub project: Option<ProjectId>,
    /// Those at this reference.
    pub reference: Option<ReferenceId>,
    /// Those at the reference of this name; only together with `project`.
    pub reference_named: Option<Reference>,
    /// Those at this commit, by its full hash; at any reference of any project.
    pub commit: Option<String>,
    /// Those with a job for this package.
    pub package: Option<String>,
    /// Those of this actor.
    pub author: Option<String>,
    /// Those of this kind.
    pub kind: Option<EventKind>,
    /// Those that stand so.
    pub status: Option<EventStatus>,
    /// Those that happened at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Those that this row of an imported database is in.
    pub origin: Option<SourceRow>,
    /// Those that happened before this moment.
    pub until: Option<DateTime<Utc>>,
}

impl EventFilter {
    /// The events of a project.
    pub fn of_project(project: ProjectId) -> Self {
        Self { project: Some(project), ..Self::default() }
    }

    /// A page of `text`, which is that of `events.sql` or `workflows.sql`: one row more than it shows. The size of the page
    /// stands in the text: not knowing it, PostgreSQL plans for a tenth of all events there are.
    pub(super) fn question(
        &self,
        text: &str,
        viewer: &Viewer,
        before: Option<Position>,
        limit: i64,
    ) -> Question {
        let (at, id) = or_newest(before);
        let mut values = vec![viewer.value(), Value::Time(at), Value::Number(Some(id))];
        let conditions = self.conditions(&mut values);
        let limit = (limit + 1).to_string();
        let mut text = text.replace("/*filters*/", &conditions).replace("/*page*/ 31", &limit);
        if self.package.is_some() {
            // The page is a walk over the package's own index then.
            text = text
                .replace("/*package JOIN event_packages k ON k.event_id = e.id */", PACKAGES)
                .replace("(e.occurred_at, e.id) < ($2", "(k.occurred_at, k.event_id) < ($2")
                .replace(
                    "ORDER BY e.occurred_at DESC, e.id DESC",
                    "ORDER BY k.occurred_at DESC, k.event_id DESC",
                );
        }
        // What is bound last in a list of workflows is put there when it is asked (`remembered.rs`).
        text = text.replace("/*known*/ ''", &format!("${}", values.len() + 1));
        values.into_iter().fold(Question::composed(text, self.is_walk()), Question::bind)
    }

    /// Whether one index has what is asked for in the order of the list, whatever the values are.
    fn is_walk(&self) -> bool {
        let has_origin = self.origin.is_some();
        let filters = [
            self.package.is_some(),
            self.author.is_some(),
            self.kind.is_some(),
            self.status.is_some(),
            self.commit.is_some(),
        ];
        let has_place = self.reference.is_some() || self.reference_named.is_some();
        let count = filters.into_iter().filter(|is_set| *is_set).count();
        !has_origin && if has_place { count == 0 } else { count <= 1 }
    }

    fn conditions(&self, values: &mut Vec<Value>) -> String {
        let mut conditions = String::new();
        let mut add = |condition: &str, value: Value| {
            values.push(value);
            // Writing to a string does not fail.
            let _ = write!(conditions, " AND {}", condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(project) = self.project {
            add("e.project_id = ?", Value::Number(Some(project.0)));
        }
        if let Some(reference) = self.reference {
            add("e.reference_id = ?", Value::Number(Some(reference.0)));
        }
        if let (Some(project), Some(reference)) = (self.project, &self.reference_named) {
            // Three values for one condition.
            add("e.reference_id = (SELECT n.id FROM \"references\" n WHERE n.project_id = ?", project.into());
            add("n.kind = ?", Value::Text(reference.kind.to_string()));
            add("n.name = ?)", Value::Text(reference.name.clone()));
        }
        if let Some(hash) = &self.commit {
            add("e.commit_id IN (SELECT h.id FROM commits h WHERE h.hash = ?)", Value::Text(hash.clone()));
        }
        if let Some(package) = &self.package {
            add("k.package = ?", Value::Text(package.clone()));
        }
        if let Some(author) = &self.author {
            add("e.actor = ?", Value::Text(author.clone()));
        }
        if let Some(kind) = self.kind {
            add("e.kind = ?", Value::Text(kind.to_string()));
        }
        if let Some(status) = self.status {
            add("e.status = ?", Value::Text(status.to_string()));
        }
        if let Some(origin) = &self.origin {
            // Two values for one condition.
            add(
                "e.id IN (SELECT o.event_id FROM origins o WHERE o.source_table = ?",
                Value::Text(origin.table.clone()),
            );
            add("o.source_id = ?)", Value::Text(origin.id.clone()));
        }
        let moment = if self.package.is_some() { "k.occurred_at" } else { "e.occurred_at" };
        if let Some(since) = self.since {
            add(&format!("{moment} >= ?"), Value::Time(since));
        }
        if let Some(until) = self.until {
            add(&format!("{moment} < ?"), Value::Time(until));
        }
        conditions
    }
}

const PACKAGES: &str = "JOIN event_packages k ON k.event_id = e.id";

impl From<ProjectId> for Value {
    fn from(id: ProjectId) -> Self {
        Self::Number(Some(id.0))
    }
}
