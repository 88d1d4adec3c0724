//! Projects and references: first of all, since everything else stands at one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::words::{EventKind, ProjectKey, Reference, ReferenceKind};
use serde_json::{Value, json};
use store::Tx;
use store::import::{self, Place};
use store::origins::SourceRow;

use crate::Result;
use crate::model::Where;
use crate::reader::Reader;
use crate::report::Notes;
use crate::row::Row;
use crate::run::Run;
use crate::source::FETCH;

/// Where upstream versions come from.
const ANITYA: &str = "release-monitoring.org";
/// The forge, namespace and name of what is not known.
const UNKNOWN: &str = "unknown";

/// A table whose rows are references.
struct Table {
    name: &'static str,
    /// Whose `project_id` is a project of [`ANITYA`].
    anitya: bool,
    kind: ReferenceKind,
    column: &'static str,
}

const TABLES: &[Table] = &[
    Table { name: "pull_requests", anitya: false, kind: ReferenceKind::PullRequest, column: "pr_id" },
    Table { name: "git_branches", anitya: false, kind: ReferenceKind::Branch, column: "name" },
    Table { name: "project_releases", anitya: false, kind: ReferenceKind::Release, column: "tag_name" },
    Table { name: "project_issues", anitya: false, kind: ReferenceKind::Issue, column: "issue_id" },
    Table { name: "koji_build_tags", anitya: false, kind: ReferenceKind::KojiTag, column: "koji_tag_name" },
    Table { name: "anitya_versions", anitya: true, kind: ReferenceKind::AnityaVersion, column: "version" },
    Table {
        name: "anitya_multiple_versions",
        anitya: true,
        kind: ReferenceKind::AnityaVersion,
        column: "versions",
    },
];

/// What an event's type says: the table of what it happened at, and what it is here.
pub(crate) fn of_type(word: Option<&str>) -> Option<(&'static str, EventKind, ReferenceKind)> {
    Some(match word? {
        "pull_request" => ("pull_requests", EventKind::PullRequest, ReferenceKind::PullRequest),
        "branch_push" => ("git_branches", EventKind::Push, ReferenceKind::Branch),
        "release" => ("project_releases", EventKind::Release, ReferenceKind::Release),
        // Nothing starts at an issue but what a comment asks for.
        "issue" => ("project_issues", EventKind::IssueComment, ReferenceKind::Issue),
        "koji_build_tag" => ("koji_build_tags", EventKind::KojiTag, ReferenceKind::KojiTag),
        "anitya_version" => ("anitya_versions", EventKind::UpstreamVersion, ReferenceKind::AnityaVersion),
        "anitya_multiple_versions" => {
            ("anitya_multiple_versions", EventKind::UpstreamVersion, ReferenceKind::AnityaVersion)
        }
        _ => return None,
    })
}

/// Imports all projects and references.
pub(crate) async fn import(run: &mut Run<'_>) -> Result<()> {
    projects(run, "git_projects", git_project).await?;
    projects(run, "anitya_projects", anitya_project).await?;
    for table in TABLES {
        references(run, table).await?;
    }
    Ok(())
}

/// Said of what happened at a row that is not there.
pub(crate) const GONE: &str = "what it happened at is gone; imported under the unknown project";

/// Where an event happened: its type says in which table, and `column` holds the row's id there.
pub(crate) fn of_event(reader: &mut Reader, row: &Row, column: &str) -> Where {
    match (of_type(row.text("type")), row.int(column)) {
        (Some((table, _, kind)), Some(id)) => Where::At(table, id, kind),
        (of_type, _) => {
            reader.notes.add(&row.source(), GONE);
            Where::Unknown(of_type.map_or(ReferenceKind::Branch, |(.., kind)| kind))
        }
    }
}

/// The unknown reference of the unknown project of a forge.
pub(crate) async fn nowhere(tx: &mut Tx, kind: ReferenceKind, now: DateTime<Utc>) -> Result<Place> {
    let forge = if kind == ReferenceKind::AnityaVersion { ANITYA } else { UNKNOWN };
    let project = unknown_project(tx, forge, now).await?;
    let reference = import::ensure_references(tx, &[(project, Reference::new(kind, UNKNOWN))]).await?[0];
    Ok(Place { project, reference })
}

async fn unknown_project(tx: &mut Tx, forge: &str, now: DateTime<Utc>) -> store::Result<i64> {
    import::ensure_project(tx, &ProjectKey::new(forge, UNKNOWN, UNKNOWN), None, now).await
}

fn git_project(row: &Row) -> (ProjectKey, Option<String>) {
    let address = row.text("project_url").unwrap_or_default();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/');
    let (path, last) = address.rsplit_once('/').unwrap_or_default();
    let (host, middle) = path.split_once('/').unwrap_or((path, ""));
    let or = |column: &str, other: &str| {
        let text = row.text(column).unwrap_or(other);
        if text.is_empty() { UNKNOWN.to_owned() } else { text.to_owned() }
    };
    let forge = or("instance_url", host);
    let forge = forge.split_once("://").map_or(forge.as_str(), |(_, rest)| rest).trim_end_matches('/');
    (ProjectKey::new(forge, &or("namespace", middle), &or("repo_name", last)), None)
}

fn anitya_project(row: &Row) -> (ProjectKey, Option<String>) {
    let name = row.text("project_name").or_else(|| row.text("package")).unwrap_or(UNKNOWN);
    match row.int("project_id") {
        // As in the addresses there. Names are not unique there; ids are.
        Some(id) => (ProjectKey::new(ANITYA, &format!("project/{id}"), name), Some(id.to_string())),
        None => (ProjectKey::new(ANITYA, "project", name), None),
    }
}

async fn projects(
    run: &mut Run<'_>,
    table: &'static str,
    read: fn(&Row) -> (ProjectKey, Option<String>),
) -> Result<()> {
    if !run.reader.source.has(table) {
        return Ok(());
    }
    run.reader
        .source
        .declare("places", &format!("SELECT row_to_json(t)::text FROM {table} t ORDER BY id"))
        .await?;
    loop {
        let rows = run.reader.source.fetch("places", table, FETCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        run.progress(rows.len());
        let now = run.reader.now;
        let ids: Vec<i64> = rows.iter().map(Row::id).collect();
        let known = import::projects_of(run.writer.look().await?, table, &ids).await?;
        let new: Vec<&Row> = rows.iter().filter(|row| !known.contains_key(&row.id())).collect();
        if new.is_empty() {
            continue;
        }
        let tx = run.writer.tx().await?;
        let (mut origins, mut notes) = (Vec::new(), Notes::default());
        for row in new {
            let (key, forge_id) = read(row);
            if [&key.forge, &key.namespace, &key.name].iter().any(|part| *part == UNKNOWN) {
                notes.add(&row.source(), &format!("it lacks a part of its name; imported as {key}"));
            }
            let id = import::ensure_project(tx, &key, forge_id.as_deref(), now).await?;
            let kept = row.without(&["id", "instance_url", "namespace", "repo_name"]);
            origins.push((row.source(), id, Some(json!(kept))));
        }
        import::note_origins(tx, "projects", &origins).await?;
        run.writer.note(&notes).await?;
        run.writer.end_batch().await?;
    }
}

async fn references(run: &mut Run<'_>, table: &Table) -> Result<()> {
    if !run.reader.source.has(table.name) {
        return Ok(());
    }
    let select = format!("SELECT row_to_json(t)::text FROM {} t ORDER BY id", table.name);
    run.reader.source.declare("places", &select).await?;
    loop {
        let rows = run.reader.source.fetch("places", table.name, FETCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        run.progress(rows.len());
        let now = run.reader.now;
        let ids: Vec<i64> = rows.iter().map(Row::id).collect();
        let known = import::references_of(run.writer.look().await?, table.name, &ids).await?;
        let new: Vec<&Row> = rows.iter().filter(|row| !known.contains_key(&row.id())).collect();
        if new.is_empty() {
            continue;
        }
        let tx = run.writer.tx().await?;
        let projects_table = if table.anitya { "anitya_projects" } else { "git_projects" };
        let wanted: Vec<i64> = rows.iter().filter_map(|row| row.int("project_id")).collect();
        let projects: BTreeMap<i64, i64> = import::projects_of(tx, projects_table, &wanted).await?;
        let (mut references, mut notes) = (Vec::new(), Notes::default());
        for row in &new {
            let project = row.int("project_id").and_then(|id| projects.get(&id).copied());
            let project = match project {
                Some(project) => project,
                None => {
                    notes.add(&row.source(), "it has no project; imported under the unknown one");
                    unknown_project(tx, if table.anitya { ANITYA } else { UNKNOWN }, now).await?
                }
            };
            let name = match name(row, table.column) {
                Some(name) => name,
                None => {
                    notes.add(&row.source(), &format!("it has no {}; imported as `unknown`", table.column));
                    UNKNOWN.to_owned()
                }
            };
            references.push((project, Reference::new(table.kind, name)));
        }
        let ids = import::ensure_references(tx, &references).await?;
        let kept = |row: &Row| {
            let kept = row.without(&["id", "project_id", table.column]);
            (!kept.is_empty()).then(|| json!(kept))
        };
        let origins: Vec<(SourceRow, i64, Option<Value>)> =
            new.iter().zip(ids).map(|(row, id)| (row.source(), id, kept(row))).collect();
        import::note_origins(tx, "references", &origins).await?;
        run.writer.note(&notes).await?;
        run.writer.end_batch().await?;
    }
}

fn name(row: &Row, column: &str) -> Option<String> {
    match row.columns.get(column)? {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(several) => {
            let several: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            (!several.is_empty()).then(|| several.join(", "))
        }
        _ => None,
    }
}
