//! The rows that pipelines lead to, read for a batch of events at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::words::JobKind;
use serde_json::{Value, json};
use store::origins::SourceRow;

use crate::Result;
use crate::model::{Group, SourceEvent, SourceInput};
use crate::reader::Reader;
use crate::row::Row;
use crate::targets::{self, Layout};

/// A column of `pipelines` that leads to a group of targets.
pub(super) struct Link {
    pub(super) column: &'static str,
    /// The group's own table, if it has one.
    groups: Option<&'static str>,
    /// The targets' table, and their column that leads to the group.
    layout: &'static Layout,
    key: &'static str,
}

/// In the order in which one consumes the other.
pub(super) const LINKS: &[Link] = &[
    Link { column: "srpm_build_id", groups: None, layout: &targets::SRPM, key: "id" },
    Link {
        column: "sync_release_run_id",
        groups: Some("sync_release_runs"),
        layout: &targets::SYNC,
        key: "sync_release_id",
    },
    Link {
        column: "copr_build_group_id",
        groups: Some("copr_build_groups"),
        layout: &targets::COPR,
        key: "copr_build_group_id",
    },
    Link {
        column: "koji_build_group_id",
        groups: Some("koji_build_groups"),
        layout: &targets::KOJI,
        key: "koji_build_group_id",
    },
    Link {
        column: "test_run_group_id",
        groups: Some("tft_test_run_groups"),
        layout: &targets::TEST,
        key: "tft_test_run_group_id",
    },
    Link { column: "vm_image_build_id", groups: None, layout: &targets::IMAGE, key: "id" },
    Link {
        column: "koji_tag_request_group_id",
        groups: Some("koji_tag_request_groups"),
        layout: &targets::TAG,
        key: "koji_tag_request_group_id",
    },
    Link {
        column: "bodhi_update_group_id",
        groups: Some("bodhi_update_groups"),
        layout: &targets::BODHI,
        key: "bodhi_update_group_id",
    },
    Link {
        column: "log_detective_run_group_id",
        groups: Some("log_detective_run_groups"),
        layout: &targets::LOG,
        key: "log_detective_run_group_id",
    },
];

/// The rows that a batch of pipelines leads to.
#[derive(Default)]
pub(super) struct Tables {
    /// By the place in [`LINKS`] and the group's id.
    groups: BTreeMap<(usize, i64), Row>,
    targets: BTreeMap<(usize, i64), Vec<Row>>,
    /// By the build that they are about.
    scans: BTreeMap<i64, Vec<Row>>,
    analyses: BTreeMap<i64, Vec<Row>>,
    koji_analyses: BTreeMap<i64, Vec<Row>>,
    /// Builds that a test used, with the row that says so.
    builds: BTreeMap<i64, Vec<SourceInput>>,
    /// Pull requests that a sync target opened, with the row that says so.
    opened: BTreeMap<i64, Vec<(Row, SourceRow)>>,
    releases: BTreeMap<i64, Row>,
}

impl Tables {
    pub(super) async fn load(reader: &mut Reader, pipelines: &[Row]) -> Result<Self> {
        let mut tables = Self::default();
        for (index, link) in LINKS.iter().enumerate() {
            let ids: Vec<i64> = pipelines
                .iter()
                .filter_map(|row| row.int(link.column))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            if let Some(groups) = link.groups {
                for row in reader.source.rows(groups, "id", &ids).await? {
                    tables.groups.insert((index, row.id()), row);
                }
            }
            for row in reader.source.rows(link.layout.table, link.key, &ids).await? {
                let group = row.int(link.key).unwrap_or_default();
                tables.targets.entry((index, group)).or_default().push(row);
            }
        }
        let copr = tables.ids_of("copr_build_group_id");
        let koji = tables.ids_of("koji_build_group_id");
        for row in reader.source.rows("scans", "copr_build_target_id", &copr).await? {
            tables.scans.entry(row.int("copr_build_target_id").unwrap_or_default()).or_default().push(row);
        }
        tables.analyses = alone(reader, "copr_build_target_id", &copr).await?;
        tables.koji_analyses = alone(reader, "koji_build_target_id", &koji).await?;
        let tests = tables.ids_of("test_run_group_id");
        for (table, column, builds) in [
            ("tf_copr_build_association_table", "copr_id", "copr_build_targets"),
            ("tf_koji_build_association_table", "koji_id", "koji_build_targets"),
        ] {
            reader.add_builds(&mut tables.builds, table, column, builds, &tests).await?;
        }
        tables.add_opened(reader).await?;
        Ok(tables)
    }

    fn ids_of(&self, column: &str) -> Vec<i64> {
        let of_column = self.targets.iter().filter(|((index, _), _)| LINKS[*index].column == column);
        of_column.flat_map(|(_, rows)| rows.iter().map(Row::id)).collect()
    }

    async fn add_opened(&mut self, reader: &mut Reader) -> Result<()> {
        const TABLE: &str = "sync_release_pr_association";
        let targets = self.ids_of("sync_release_run_id");
        let ties = reader.source.rows(TABLE, "sync_release_target_id", &targets).await?;
        let ids: Vec<i64> = ties.iter().filter_map(|row| row.int("sync_release_pr_id")).collect();
        let requests = reader.source.rows("sync_release_pull_request", "id", &ids).await?;
        let requests: BTreeMap<i64, Row> = requests.into_iter().map(|row| (row.id(), row)).collect();
        for tie in &ties {
            let (Some(target), Some(id)) = (tie.int("sync_release_target_id"), tie.int("sync_release_pr_id"))
            else {
                continue;
            };
            if let Some(request) = requests.get(&id) {
                let source = SourceRow::new(TABLE, format!("{target}:{id}"));
                self.opened.entry(target).or_default().push((request.clone(), source));
            }
        }
        Ok(())
    }

    /// Releases whose event does not name the commit.
    pub(super) async fn add_releases(&mut self, reader: &mut Reader, events: &[Row]) -> Result<()> {
        let releases = events.iter().filter(|row| row.text("type") == Some("release"));
        let without = releases.filter(|row| row.text("commit_sha").is_none());
        let ids: Vec<i64> = without.filter_map(|row| row.int("event_id")).collect();
        let rows = reader.source.rows("project_releases", "id", &ids).await?;
        self.releases = rows.into_iter().map(|row| (row.id(), row)).collect();
        Ok(())
    }

    pub(super) fn release_hash(&self, id: i64) -> Option<&str> {
        self.releases.get(&id)?.text("commit_hash")
    }

    /// The group at a place of [`LINKS`]; none if it has no targets.
    pub(super) fn group(
        &self,
        reader: &mut Reader,
        index: usize,
        id: i64,
        at: DateTime<Utc>,
    ) -> Option<Group> {
        let link = &LINKS[index];
        let rows = self.targets.get(&(index, id))?;
        let row = self.groups.get(&(index, id));
        let kind = match row.and_then(|row| row.text("job_type")) {
            Some("pull_from_upstream") => JobKind::PullFromUpstream,
            _ => link.layout.kind,
        };
        let (told_at, columns) = row.map(|row| reader.of_group(row)).unwrap_or_default();
        let source = match link.groups {
            Some(groups) => row.map(|_| SourceRow::new(groups, id)),
            None => Some(SourceRow::new(link.layout.table, id)),
        };
        let mut group = Group {
            kind,
            source,
            at: Some(told_at.unwrap_or(at)),
            columns,
            targets: rows.iter().map(|row| self.target(reader, row, link.layout, kind, None, at)).collect(),
        };
        group.targets.sort_by_key(|target| (target.created_at, target.source.clone()));
        Some(group)
    }

    fn target(
        &self,
        reader: &mut Reader,
        row: &Row,
        layout: &Layout,
        kind: JobKind,
        name: Option<&str>,
        at: DateTime<Utc>,
    ) -> crate::model::SourceTarget {
        let name = if kind == JobKind::SrpmBuild { Some("srpm") } else { name };
        let mut target = targets::read(row, layout, kind, name, at, reader.now, &mut reader.notes);
        match kind {
            JobKind::TestRun => target.inputs = self.builds.get(&row.id()).cloned().unwrap_or_default(),
            JobKind::LogDetectiveAnalysis => {
                let builds = [
                    ("copr_build_target_id", "copr_build_targets"),
                    ("koji_build_target_id", "koji_build_targets"),
                ];
                let named =
                    builds.iter().filter_map(|(column, table)| Some(SourceRow::new(table, row.int(column)?)));
                target.inputs = named.map(|target| SourceInput { target, source: None }).collect();
            }
            JobKind::ProposeDownstream | JobKind::PullFromUpstream => {
                self.add_requests(row.id(), &mut target);
            }
            _ => {}
        }
        target
    }

    /// The pull requests that a sync target opened go to its details.
    fn add_requests(&self, id: i64, target: &mut crate::model::SourceTarget) {
        let opened = self.opened.get(&id).map(Vec::as_slice).unwrap_or_default();
        if let (Some(imported), false) = (&mut target.details.imported, opened.is_empty()) {
            let rows: Vec<Value> = opened.iter().map(|(row, _)| json!(row.without(&[]))).collect();
            imported.columns.insert("pull_requests".to_owned(), Value::Array(rows));
        }
        target.parts = opened.iter().flat_map(|(row, tie)| [row.source(), tie.clone()]).collect();
    }

    /// Scans and analyses that no pipeline leads to, but their build does: those of the builds of a group.
    pub(super) fn follow_ups(
        &self,
        reader: &mut Reader,
        event: &mut SourceEvent,
        groups: &mut BTreeMap<(&'static str, i64), usize>,
        builds: usize,
        id: i64,
        at: DateTime<Utc>,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        let all = [
            (JobKind::CoprBuild, "scans", &self.scans, &targets::SCAN),
            (JobKind::CoprBuild, "copr analyses", &self.analyses, &targets::LOG),
            (JobKind::KojiBuild, "koji analyses", &self.koji_analyses, &targets::LOG),
        ];
        let kind = event.groups[builds].kind;
        for (_, name, rows, layout) in all.into_iter().filter(|(of, ..)| *of == kind) {
            if groups.contains_key(&(name, id)) {
                continue;
            }
            let mut group = Group {
                kind: layout.kind,
                source: None,
                at: None,
                columns: BTreeMap::new(),
                targets: Vec::new(),
            };
            for build in &event.groups[builds].targets {
                let Ok(old) = build.source.id.parse::<i64>() else { continue };
                for row in rows.get(&old).map(Vec::as_slice).unwrap_or_default() {
                    let mut target = self.target(reader, row, layout, layout.kind, Some(&build.name), at);
                    target.inputs = vec![SourceInput { target: build.source.clone(), source: None }];
                    group.targets.push(target);
                }
            }
            if !group.targets.is_empty() {
                event.groups.push(group);
                groups.insert((name, id), event.groups.len() - 1);
                found.push(event.groups.len() - 1);
            }
        }
        found
    }
}

/// Analyses that are in no group, by the build that they are about. What names a build of Copr is about that one.
async fn alone(reader: &mut Reader, column: &'static str, builds: &[i64]) -> Result<BTreeMap<i64, Vec<Row>>> {
    let is_koji = column == "koji_build_target_id";
    let mut found: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in reader.source.rows("log_detective_run", column, builds).await? {
        let in_group = row.int("log_detective_run_group_id").is_some();
        if in_group || is_koji && row.int("copr_build_target_id").is_some() {
            continue;
        }
        found.entry(row.int(column).unwrap_or_default()).or_default().push(row);
    }
    Ok(found)
}
