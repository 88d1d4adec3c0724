//! The rows that pipelines lead to, and which of them were asked for together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::words::{EventKind, JobKind, ReferenceKind};
use store::origins::SourceRow;

use crate::model::{Group, SourceEvent, SourceInput, SourcePipeline, Where};
use crate::reader::Reader;
use crate::row::Row;
use crate::targets::{self, Layout};
use crate::{Result, places};

/// A column of `pipelines` and the table that it leads to.
pub(super) const LINKS: &[(&str, &Layout)] = &[
    ("srpm_build_id", &targets::SRPM),
    ("copr_build_id", &targets::COPR),
    ("koji_build_id", &targets::KOJI),
    ("test_run_id", &targets::TEST),
    ("vm_image_build_id", &targets::IMAGE),
];

/// What tells a group of targets from the others of its event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKey {
    /// Of this row of its own table, or of the table of runs.
    Row(&'static str, i64),
    /// Of one build of Copr.
    Build(String),
    /// Of one SRPM, in this table.
    Srpm(&'static str, i64),
    /// Tests that were asked for at nearly the same time: of this SRPM, if any, and in this order.
    Tests(Option<i64>, usize),
}

/// The rows that a batch of pipelines leads to.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) triggers: BTreeMap<i64, Row>,
    places: BTreeMap<i64, Where>,
    targets: BTreeMap<(&'static str, i64), Row>,
    runs: BTreeMap<i64, Row>,
    synced: BTreeMap<i64, Vec<Row>>,
    builds: BTreeMap<i64, Vec<SourceInput>>,
}

impl Tables {
    pub(super) async fn load(reader: &mut Reader, pipelines: &[Row]) -> Result<Self> {
        let mut tables = Self::default();
        let ids_of = |column: &str| -> Vec<i64> {
            pipelines.iter().filter_map(|row| row.int(column)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        for (column, layout) in LINKS {
            for row in reader.source.rows(layout.table, "id", &ids_of(column)).await? {
                tables.targets.insert((layout.table, row.id()), row);
            }
        }
        let runs = ids_of("sync_release_run_id");
        for row in reader.source.rows("sync_release_runs", "id", &runs).await? {
            tables.runs.insert(row.id(), row);
        }
        for row in reader.source.rows("sync_release_run_targets", "sync_release_id", &runs).await? {
            tables.synced.entry(row.int("sync_release_id").unwrap_or_default()).or_default().push(row);
        }
        let (ties, tests) = ("tf_copr_build_association_table", ids_of("test_run_id"));
        reader.add_builds(&mut tables.builds, ties, "copr_id", "copr_build_targets", &tests).await?;
        let triggers = reader.source.rows("job_triggers", "id", &ids_of("job_trigger_id")).await?;
        tables.places = places_of(reader, &triggers);
        tables.triggers = triggers.into_iter().map(|row| (row.id(), row)).collect();
        Ok(tables)
    }

    fn target(&self, pipeline: &Row, column: &str, table: &'static str) -> Option<&Row> {
        self.targets.get(&(table, pipeline.int(column)?))
    }

    pub(super) fn event(
        &self,
        trigger: Option<&Row>,
        delivery: String,
        hash: Option<String>,
        at: DateTime<Utc>,
    ) -> SourceEvent {
        let of_type = trigger.and_then(|row| places::of_type(row.text("type")));
        SourceEvent {
            delivery,
            sources: trigger.map(Row::source).into_iter().collect(),
            place: trigger
                .and_then(|row| self.places.get(&row.id()).copied())
                .unwrap_or(Where::Unknown(ReferenceKind::Branch)),
            kind: of_type.map_or(EventKind::Unknown, |(_, kind, _)| kind),
            hash,
            config: None,
            at,
            pipelines: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Adds groups and pipelines: rows that lead to the same groups are one pipeline.
    pub(super) fn fill(&self, reader: &mut Reader, event: &mut SourceEvent, rows: &[&Row]) {
        let tests = self.tests(reader, rows);
        let mut groups: BTreeMap<GroupKey, usize> = BTreeMap::new();
        let mut pipelines: BTreeMap<Vec<usize>, SourcePipeline> = BTreeMap::new();
        for row in rows {
            reader.notes.time(row, "datetime", reader.now);
            let at = row.time("datetime", reader.now).unwrap_or(event.at);
            let mut places = Vec::new();
            for (key, kind, table, id) in self.keys(row, &tests) {
                let place = *groups.entry(key.clone()).or_insert_with(|| {
                    event.groups.push(self.group(reader, &key, kind, at));
                    event.groups.len() - 1
                });
                self.add(reader, &mut event.groups[place], kind, table, id, at);
                places.push(place);
            }
            let pipeline = pipelines.entry(places.clone()).or_insert_with(|| SourcePipeline {
                sources: Vec::new(),
                at: Some(at),
                package: None,
                groups: places,
            });
            pipeline.at = pipeline.at.min(Some(at));
            pipeline.sources.push(row.source());
        }
        event.groups.iter_mut().for_each(|group| {
            group.targets.sort_by_key(|target| (target.created_at, target.source.clone()));
        });
        event.pipelines = merge(pipelines.into_values().collect(), &event.groups);
    }

    /// The groups that a row leads to, in the order in which one consumes the other.
    fn keys(
        &self,
        row: &Row,
        tests: &BTreeMap<i64, GroupKey>,
    ) -> Vec<(GroupKey, JobKind, &'static str, i64)> {
        let srpm = row.int("srpm_build_id");
        let mut keys = Vec::new();
        for (column, layout) in LINKS {
            let Some(target) = self.target(row, column, layout.table) else { continue };
            let id = target.id();
            let alone = GroupKey::Row(layout.table, id);
            let of_srpm = |table| srpm.map(|srpm| GroupKey::Srpm(table, srpm));
            let key = match layout.kind {
                JobKind::CoprBuild => match target.text("build_id") {
                    Some(build) => GroupKey::Build(build.to_owned()),
                    None => of_srpm(layout.table).unwrap_or(alone),
                },
                JobKind::KojiBuild => of_srpm(layout.table).unwrap_or(alone),
                JobKind::TestRun => tests.get(&id).cloned().unwrap_or(alone),
                _ => alone,
            };
            keys.push((key, layout.kind, layout.table, id));
        }
        if let Some(id) = row.int("sync_release_run_id").filter(|id| self.synced.contains_key(id)) {
            let job_type = self.runs.get(&id).and_then(|run| run.text("job_type"));
            let kind = match job_type {
                Some("pull_from_upstream") => JobKind::PullFromUpstream,
                _ => JobKind::ProposeDownstream,
            };
            keys.push((GroupKey::Row("sync_release_runs", id), kind, "sync_release_runs", id));
        }
        keys
    }

    /// Which tests were asked for together: of one SRPM, or of none, each not long after the one before it.
    fn tests(&self, reader: &mut Reader, rows: &[&Row]) -> BTreeMap<i64, GroupKey> {
        type InTime = BTreeSet<(Option<DateTime<Utc>>, i64)>;
        let mut by_srpm: BTreeMap<Option<i64>, InTime> = BTreeMap::new();
        for row in rows {
            if let Some(test) = self.target(row, "test_run_id", targets::TEST.table) {
                let time = test.time("submitted_time", reader.now);
                by_srpm.entry(row.int("srpm_build_id")).or_default().insert((time, test.id()));
            }
        }
        let mut groups = BTreeMap::new();
        for (srpm, tests) in by_srpm {
            let mut order = 0;
            let mut last: Option<DateTime<Utc>> = None;
            for (time, id) in tests {
                if let (Some(before), Some(time)) = (last, time) {
                    order += usize::from(time - before > reader.options.window);
                }
                last = time.or(last);
                groups.entry(id).or_insert(GroupKey::Tests(srpm, order));
            }
        }
        let distinct: BTreeSet<&GroupKey> = groups.values().collect();
        reader.groups_by_time += i64::try_from(distinct.len()).unwrap_or(i64::MAX);
        groups
    }

    fn group(&self, reader: &mut Reader, key: &GroupKey, kind: JobKind, at: DateTime<Utc>) -> Group {
        let (source, row) = match key {
            GroupKey::Row("sync_release_runs", id) => (Some(("sync_release_runs", *id)), self.runs.get(id)),
            GroupKey::Row("srpm_builds", id) => (Some(("srpm_builds", *id)), None),
            _ => (None, None),
        };
        let (told_at, columns) = row.map(|row| reader.of_group(row)).unwrap_or_default();
        Group {
            kind,
            source: source.map(|(table, id)| SourceRow::new(table, id)),
            at: Some(told_at.unwrap_or(at)),
            columns,
            targets: Vec::new(),
        }
    }

    /// Adds a target to its group, once.
    fn add(
        &self,
        reader: &mut Reader,
        group: &mut Group,
        kind: JobKind,
        table: &'static str,
        id: i64,
        at: DateTime<Utc>,
    ) {
        if kind == JobKind::ProposeDownstream || kind == JobKind::PullFromUpstream {
            if group.targets.is_empty() {
                let rows = self.synced.get(&id).map(Vec::as_slice).unwrap_or_default();
                let read =
                    |row| targets::read(row, &targets::SYNC, kind, None, at, reader.now, &mut reader.notes);
                group.targets = rows.iter().map(read).collect();
            }
            return;
        }
        let source = SourceRow::new(table, id);
        if group.targets.iter().any(|target| target.source == source) {
            return;
        }
        let Some((_, layout)) = LINKS.iter().find(|(_, layout)| layout.table == table) else { return };
        let Some(row) = self.targets.get(&(table, id)) else { return };
        let name = (kind == JobKind::SrpmBuild).then_some("srpm");
        let mut target = targets::read(row, layout, kind, name, at, reader.now, &mut reader.notes);
        if kind == JobKind::TestRun {
            target.inputs = self.builds.get(&id).cloned().unwrap_or_default();
        }
        group.targets.push(target);
    }
}

/// Where triggers lead to.
fn places_of(reader: &mut Reader, triggers: &[Row]) -> BTreeMap<i64, Where> {
    triggers.iter().map(|row| (row.id(), places::of_event(reader, row, "trigger_id"))).collect()
}

/// Chroots that were built and not tested have rows without a test: they belong to the oldest pipeline of their build.
fn merge(mut pipelines: Vec<SourcePipeline>, groups: &[Group]) -> Vec<SourcePipeline> {
    pipelines.sort_by_key(|pipeline| pipeline.at);
    let is_test = |group: &usize| groups[*group].kind == JobKind::TestRun;
    let builds = |pipeline: &SourcePipeline| -> Vec<usize> {
        pipeline.groups.iter().copied().filter(|group| !is_test(group)).collect()
    };
    let (tested, untested): (Vec<SourcePipeline>, Vec<SourcePipeline>) =
        pipelines.into_iter().partition(|pipeline| pipeline.groups.iter().any(is_test));
    let mut merged = tested;
    for pipeline in untested {
        match merged.iter_mut().find(|known| !pipeline.groups.is_empty() && builds(known) == pipeline.groups)
        {
            Some(known) => {
                known.at = known.at.min(pipeline.at);
                known.sources.extend(pipeline.sources);
            }
            None => merged.push(pipeline),
        }
    }
    merged.sort_by_key(|pipeline| pipeline.at);
    merged
}
