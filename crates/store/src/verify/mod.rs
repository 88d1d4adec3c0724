//! All rules of `docs/design.md` section 2 and all stored statuses, derived again from the rows.
//!
//! The rules that the database keeps are checked too: somebody may have written to it by hand, restored half a backup, or
//! switched its constraints off. What the rows cannot tell is not checked: whether a finished target once had another
//! status (rule 6), and whether an input is of the chroot that the configuration maps to (rule 3).

mod checks;
mod statuses;

use std::fmt;

use crate::{Db, Result};

/// How many findings of one check are told; of more, only the number.
const TOLD: i64 = 20;

/// A row, or a stored status, that is against a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule of the design (`rule 3`), or what it is about (`status`, `submissions`, `times`, `events`, `projects`).
    pub rule: &'static str,
    /// What is wrong, with the ids of the rows that say so.
    pub what: String,
    /// The row; none for "and so many more".
    pub where_: Option<RowId>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowId {
    /// The table.
    pub table: String,
    /// The row's id; for an input the id of the target that is left.
    pub id: i64,
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.id)
    }
}

/// Derives all rules and stored statuses again. Empty if the database keeps them all; of each check at most twenty findings
/// and the number of the others. Reads only, and may run beside a server: each finding is of one moment.
///
/// # Errors
/// If the database cannot be read.
pub async fn verify(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = checks::run(db).await?;
    findings.extend(statuses::events(db).await?);
    findings.extend(statuses::targets(db).await?);
    Ok(findings)
}

/// Findings of one check as they are made: the first few, and a count of the others.
struct Findings {
    rule: &'static str,
    told: Vec<Finding>,
    found: i64,
}

impl Findings {
    fn new(rule: &'static str) -> Self {
        Self { rule, told: Vec::new(), found: 0 }
    }

    fn add(&mut self, what: String, table: &str, id: i64) {
        self.found += 1;
        if self.found <= TOLD {
            let place = RowId { table: table.to_owned(), id };
            self.told.push(Finding { rule: self.rule, what, where_: Some(place) });
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.found > TOLD {
            let what = format!("and {} more like the one before", self.found - TOLD);
            self.told.push(Finding { rule: self.rule, what, where_: None });
        }
        self.told
    }
}
