//! Which schema of Packit Service a database has.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnection;

use crate::source::quoted;
use crate::{Error, Result};

/// A schema that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Groups of targets, project events with a commit.
    Today,
    /// One row of `pipelines` for each chroot, job triggers, commits on builds and tests.
    BeforeGroups,
}

const TODAY: &str = "b4e11a52ea52";
const BEFORE_GROUPS: &str = "70c369f7ba80";

/// Tables without which a schema is not what it says.
const TODAY_HAS: &[&str] = &[
    "git_projects",
    "pipelines",
    "project_events",
    "srpm_builds",
    "copr_build_groups",
    "copr_build_targets",
    "koji_build_groups",
    "koji_build_targets",
    "tft_test_run_groups",
    "tft_test_run_targets",
    "sync_release_runs",
    "sync_release_run_targets",
    "bodhi_update_groups",
    "bodhi_update_targets",
    "log_detective_run",
];
const BEFORE_GROUPS_HAS: &[&str] = &[
    "git_projects",
    "pipelines",
    "job_triggers",
    "srpm_builds",
    "copr_build_targets",
    "koji_build_targets",
    "tft_test_run_targets",
];

/// All tables, also those that this account may not read, which the information schema would leave out. What a partition holds
/// is read through its table.
const TABLES: &str = "SELECT c.relname::text, has_table_privilege(c.oid, 'SELECT') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1";

/// Finds out; refuses what it does not know, saying what was found.
pub(crate) async fn recognise(connection: &mut PgConnection) -> Result<(Schema, String, BTreeSet<String>)> {
    let (account, schema): (String, Option<String>) =
        sqlx::query_as("SELECT current_user::text, current_schema()::text")
            .fetch_one(&mut *connection)
            .await?;
    let schema = schema.ok_or_else(|| Error::NoSchema { account: quoted(&account) })?;
    let found: Vec<(String, bool)> = sqlx::query_as(TABLES).fetch_all(&mut *connection).await?;
    let hidden: Vec<&str> =
        found.iter().filter(|(_, may_read)| !may_read).map(|(table, _)| table.as_str()).collect();
    if !hidden.is_empty() {
        let (account, schema) = (quoted(&account), quoted(&schema));
        return Err(Error::Rights { tables: hidden.join(", "), schema, account });
    }
    let tables: BTreeSet<String> = found.into_iter().map(|(table, _)| table).collect();
    let revisions: Vec<String> = if tables.contains("alembic_version") {
        sqlx::query_scalar("SELECT version_num FROM alembic_version").fetch_all(&mut *connection).await?
    } else {
        Vec::new()
    };
    let schema = judge(&tables, &revisions).map_err(Error::Schema)?;
    Ok((schema, revisions.concat(), tables))
}

fn judge(tables: &BTreeSet<String>, revisions: &[String]) -> std::result::Result<Schema, String> {
    let named = |names: &[&str]| names.join(", ");
    let (schema, needed) = match revisions {
        [] if tables.is_empty() => return Err("the database has no tables".to_owned()),
        [] => {
            let some: Vec<&str> = tables.iter().map(String::as_str).take(8).collect();
            return Err(format!(
                "the database has no schema revision (table alembic_version); its tables: {}{}",
                named(&some),
                if tables.len() > some.len() { ", ..." } else { "" }
            ));
        }
        [revision] if revision == TODAY => (Schema::Today, TODAY_HAS),
        [revision] if revision == BEFORE_GROUPS => (Schema::BeforeGroups, BEFORE_GROUPS_HAS),
        [revision] => {
            let shape = if tables.contains("copr_build_groups") {
                "it has groups of targets, as today's schema"
            } else if tables.contains("job_triggers") {
                "it has job triggers and no groups of targets, as the old schema"
            } else {
                "its tables are not Packit Service's"
            };
            return Err(format!(
                "the schema's revision is {revision} ({shape}); {TODAY} and {BEFORE_GROUPS} can be read: bring a copy of \
                 the database to one of them with Packit Service's own migrations (alembic upgrade from an older revision, \
                 alembic downgrade from a newer one)"
            ));
        }
        several => {
            return Err(format!("the database names several schema revisions: {}", several.join(", ")));
        }
    };
    let missing: Vec<&str> = needed.iter().copied().filter(|table| !tables.contains(*table)).collect();
    if missing.is_empty() {
        Ok(schema)
    } else {
        Err(format!(
            "the schema's revision is {}, but these tables are missing: {}",
            revisions.concat(),
            named(&missing)
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BEFORE_GROUPS, BEFORE_GROUPS_HAS, Schema, TODAY, TODAY_HAS, judge};

    fn tables(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn revisions(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_schema_is_known_by_its_revision_and_its_tables() {
        assert_eq!(judge(&tables(TODAY_HAS), &revisions(&[TODAY])), Ok(Schema::Today));
        assert_eq!(judge(&tables(BEFORE_GROUPS_HAS), &revisions(&[BEFORE_GROUPS])), Ok(Schema::BeforeGroups));
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_was_found() {
        let refused = |names: &[&str], found: &[&str]| judge(&tables(names), &revisions(found)).unwrap_err();
        assert!(refused(&[], &[]).contains("no tables"));
        assert!(refused(&["users", "orders"], &[]).contains("orders, users"));
        assert!(refused(TODAY_HAS, &["0123456789ab"]).contains("0123456789ab"));
        assert!(refused(&["pipelines"], &[TODAY]).contains("copr_build_groups"));
        assert!(refused(TODAY_HAS, &[TODAY, BEFORE_GROUPS]).contains("several"));
    }
}
