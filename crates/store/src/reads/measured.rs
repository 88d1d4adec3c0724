//! Questions as they are measured: what a database touches to answer one, and the same statement for another program to send.

use domain::ids::{EventId, StepId, TargetId};

use super::filters::EventFilter;
use super::page::Position;
use super::provenance::Bounds;
use super::question::{Question, Value};
use super::viewer::Viewer;
use super::{pipeline, provenance, workflow, workflows};
use crate::sql::sql;
use crate::{Db, Result};

/// Links that provenance is asked for unless told otherwise.
const LINKS: i64 = 500;

/// A question by anybody, as the API asks it.
pub struct Measured(Question);

/// A statement as PostgreSQL takes it, with `:p1`, `:p2` and so on where values are bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The statement, in one line.
    pub text: String,
    /// The values, the first of which is `:p1`.
    pub values: Vec<String>,
    /// What PostgreSQL is set to where it is asked.
    pub settings: &'static [&'static str],
}

impl Measured {
    /// A page of workflows, all of which are read.
    pub fn workflows(filter: &EventFilter, before: Option<Position>, limit: i64) -> Self {
        let text = sql!("reads/workflows.sql").sqlite();
        Self(workflows::anew(filter.question(text, &Viewer::Public, before, limit)))
    }

    /// A page of events.
    pub fn events(filter: &EventFilter, before: Option<Position>, limit: i64) -> Self {
        Self(filter.question(sql!("reads/events.sql").sqlite(), &Viewer::Public, before, limit))
    }

    /// The whole workflow of an event; the event is `:p1`.
    pub fn workflow(event: EventId) -> Self {
        Self(workflow::question(&Viewer::Public, Some(event), None))
    }

    /// One step among the others of its pipeline; the step is `:p2`.
    pub fn step(step: StepId) -> Self {
        Self(pipeline::question(&Viewer::Public, None, Some(step.0)))
    }

    /// Where a target came from and what came of it; the target is `:p1`.
    pub fn provenance(target: TargetId, depth: i64) -> Self {
        Self(provenance::question(&Viewer::Public, target, Bounds { depth, links: LINKS }))
    }

    /// How the database answers it: on PostgreSQL after it did, with the buffers that it touched.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn plan(self, db: &Db) -> Result<Vec<String>> {
        self.0.plan(db).await
    }

    /// The statement for another program.
    pub fn script(&self) -> Script {
        let text = self.0.postgres_text();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        let mut text = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        let mut values = Vec::new();
        // From the last on: `$1` is the beginning of `$10`.
        for (place, value) in self.0.values().iter().enumerate().rev() {
            let name = format!(":p{}", place + 1);
            let (put, value) = match value {
                Value::Number(Some(number)) => (name, number.to_string()),
                // Such a program sends no NULL, but a statement can make one.
                Value::Number(None) => (format!("NULLIF(CAST({name} AS BIGINT), 0)"), "0".to_owned()),
                // Nor a text without a letter.
                Value::Text(text) if text.is_empty() => {
                    (format!("TRANSLATE({name}, '-', '')"), "-".to_owned())
                }
                Value::Text(text) => (name, text.clone()),
                Value::Time(time) => (name, time.to_rfc3339()),
            };
            text = text.replace(&format!("${}", place + 1), &put);
            values.push(value);
        }
        values.reverse();
        Script { text, values, settings: self.0.settings() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_the_statement_with_names_for_what_is_bound() {
        let script = Measured::step(StepId(7)).script();
        assert!(
            script.text.contains("COALESCE(NULLIF(CAST(:p1 AS BIGINT), 0), ")
                && script.text.contains("FROM steps WHERE id = :p2")
        );
        assert_eq!(script.values, ["0", "7", "-"]);
        assert!(!script.text.contains(['$', '\n']) && !script.text.contains("--"), "{}", script.text);
    }
}
