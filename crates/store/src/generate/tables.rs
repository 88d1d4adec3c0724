//! Rows on their way into tables.

use crate::bulk::{Cell, Table};

/// The tables in the order in which rows refer to each other.
pub(super) struct Tables(pub(super) [Table<'static>; TABLES.len()]);

/// A table's place in [`Tables`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Projects,
    References,
    Commits,
    Events,
    Packages,
    Omissions,
    Reruns,
    Pipelines,
    Jobs,
    Steps,
    Submissions,
    Targets,
    Inputs,
    RerunTargets,
}

const TABLES: [(&str, &[&str]); 14] = [
    ("projects", &["id", "forge", "namespace", "name", "forge_id", "visibility", "created_at"]),
    ("\"references\"", &["id", "project_id", "kind", "name"]),
    ("commits", &["id", "project_id", "reference_id", "hash"]),
    (
        "events",
        &[
            "id",
            "project_id",
            "reference_id",
            "commit_id",
            "kind",
            "actor",
            "occurred_at",
            "received_at",
            "status",
            "version",
            "caused_by_target_id",
            "has_omissions",
        ],
    ),
    (PACKAGES, &["package", "occurred_at", "event_id"]),
    ("omissions", &["event_id", "kind", "reason"]),
    (
        "reruns",
        &["id", "event_id", "selection", "plan", "plan_hash", "state", "requested_by", "via", "created_at"],
    ),
    ("pipelines", &["id", "event_id", "origin_id", "rerun_id", "created_at"]),
    ("jobs", &["id", "event_id", "kind", "previous_job_id", "created_at", "details"]),
    ("steps", &["id", "pipeline_id", "job_id", "previous_id", "event_id"]),
    (
        "submissions",
        &["id", "event_id", "project_id", "system", "external_id", "created_at", "due_at", "sent_at"],
    ),
    (
        "targets",
        &[
            "id",
            "job_id",
            "event_id",
            "kind",
            "name",
            "chain_id",
            "attempt",
            "status",
            "submission_id",
            "external_id",
            "url",
            "logs_url",
            "reason",
            "created_at",
            "submitted_at",
            "started_at",
            "finished_at",
            "details",
        ],
    ),
    ("inputs", &["target_id", "input_target_id", "needs"]),
    ("rerun_targets", &["rerun_id", "old_target_id", "new_target_id", "action", "reason"]),
];

/// What a trigger fills from the jobs, where triggers run.
pub(super) const PACKAGES: &str = "event_packages";

impl Tables {
    pub(super) fn empty() -> Self {
        Self(TABLES.map(|(name, columns)| Table::new(name, columns)))
    }

    pub(super) fn add<const CELLS: usize>(&mut self, table: Of, row: [Cell<'static>; CELLS]) {
        self.0[table as usize].add(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_place() {
        let tables = Tables::empty();
        assert_eq!(tables.0[Of::Inputs as usize].name, "inputs");
        assert_eq!(tables.0[Of::Targets as usize].name, "targets");
        assert_eq!(tables.0[Of::Packages as usize].name, PACKAGES);
    }
}
