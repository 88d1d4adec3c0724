//! Both sides once more, counted by project and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::words::{JobKind, TargetStatus};
use store::Db;
use store::import as books;
use store::origins::SourceRow;

use crate::Result;
use crate::report::Changed;
use crate::schema::Schema;
use crate::source::Source;
use crate::words::{Verdict, verdict};

/// What the two sides say differently of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The project, `host/namespace/name`.
    pub project: String,
    /// What is counted: a table of the source, and what its rows came to.
    pub what: String,
    /// What the source says, rows left out that are set aside.
    pub source: String,
    /// What was imported.
    pub here: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {} in the source, {} here", self.project, self.what, self.source, self.here)
    }
}

/// A table of targets: how its rows lead to `pipelines`, in SQL.
struct Counted {
    table: &'static str,
    kind: JobKind,
    today: &'static str,
    before_groups: Option<&'static str>,
}

macro_rules! counted {
    ($($table:literal $kind:ident $today:literal $before:expr;)+) => {
        &[$(Counted { table: $table, kind: JobKind::$kind, today: $today, before_groups: $before }),+]
    };
}

const COUNTED: &[Counted] = counted! {
    "srpm_builds" SrpmBuild "p.srpm_build_id = t.id" Some("p.srpm_build_id = t.id");
    "copr_build_targets" CoprBuild "p.copr_build_group_id = t.copr_build_group_id" Some("p.copr_build_id = t.id");
    "koji_build_targets" KojiBuild "p.koji_build_group_id = t.koji_build_group_id" Some("p.koji_build_id = t.id");
    "tft_test_run_targets" TestRun "p.test_run_group_id = t.tft_test_run_group_id" Some("p.test_run_id = t.id");
    "vm_image_build_targets" VmImageBuild "p.vm_image_build_id = t.id" Some("p.vm_image_build_id = t.id");
    "sync_release_run_targets" ProposeDownstream "p.sync_release_run_id = t.sync_release_id"
        Some("p.sync_release_run_id = t.sync_release_id");
    "bodhi_update_targets" BodhiUpdate "p.bodhi_update_group_id = t.bodhi_update_group_id" None;
    "koji_tag_request_targets" KojiTagRequest "p.koji_tag_request_group_id = t.koji_tag_request_group_id" None;
    "log_detective_run" LogDetectiveAnalysis "p.log_detective_run_group_id = t.log_detective_run_group_id \
        OR t.log_detective_run_group_id IS NULL AND (EXISTS (SELECT 1 FROM copr_build_targets c \
        WHERE c.id = t.copr_build_target_id AND c.copr_build_group_id = p.copr_build_group_id) \
        OR t.copr_build_target_id IS NULL AND EXISTS (SELECT 1 FROM koji_build_targets k \
        WHERE k.id = t.koji_build_target_id AND k.koji_build_group_id = p.koji_build_group_id))" None;
    "scans" OpenscanhubScan "EXISTS (SELECT 1 FROM copr_build_targets c WHERE c.id = t.copr_build_target_id \
        AND c.copr_build_group_id = p.copr_build_group_id)" None;
};

/// A project's figures: by what is counted.
type Figures = BTreeMap<(String, String), i64>;

/// Compares what the source holds with what was imported of it: for each project the number of events and pipelines, of
/// targets of each kind by status, and, in today's schema, the time of the newest pipeline. Where they differ, the rows are
/// named of which an import saw that they ended otherwise since.
///
/// # Errors
/// As [`crate::import`]; also if another source was imported than this one.
pub async fn verify(source: &str, db: &Db) -> Result<Vec<Difference>> {
    let mut source = Source::open(source).await?;
    let name = source.name().await?;
    let before = books::sources(&mut books::look(db).await?).await?;
    crate::judge_source(before, &name, false)?;
    let projects = Projects::load(db).await?;
    let mut there = Figures::new();
    let mut newest_there: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let aside = set_aside(db).await?;
    count(&mut source, &projects, &aside, &mut there, &mut newest_there).await?;
    source.close().await?;
    let mut here = Figures::new();
    let counted = |table: &str| {
        COUNTED.iter().any(|counted| counted.table == table)
            || ["project_events", "job_triggers", "pipelines"].contains(&table)
    };
    for figure in books::figures(db).await?.into_iter().filter(|figure| counted(&figure.what)) {
        let project = projects.name(figure.project);
        *here.entry((project, label(&figure.what, &figure.status))).or_default() += figure.found;
    }
    let mut newest_here: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for (project, time) in books::newest(db).await? {
        let entry = newest_here.entry(projects.name(project)).or_insert(time);
        *entry = (*entry).max(time);
    }
    let mut differences = Vec::new();
    let keys: BTreeSet<&(String, String)> = there.keys().chain(here.keys()).collect();
    for key in keys {
        let (source, ours) = (there.get(key).copied().unwrap_or(0), here.get(key).copied().unwrap_or(0));
        if source != ours {
            let (project, what) = key.clone();
            differences.push(Difference {
                project,
                what,
                source: source.to_string(),
                here: ours.to_string(),
            });
        }
    }
    let names: BTreeSet<&String> = newest_there.keys().chain(newest_here.keys()).collect();
    for project in names {
        let (source, ours) = (newest_there.get(project), newest_here.get(project));
        // What has no time got one here, so it may be newer here.
        if source > ours {
            let text =
                |time: Option<&DateTime<Utc>>| time.map_or_else(|| "none".to_owned(), ToString::to_string);
            let what = "newest pipeline".to_owned();
            differences.push(Difference {
                project: project.clone(),
                what,
                source: text(source),
                here: text(ours),
            });
        }
    }
    if !differences.is_empty() {
        differences.extend(changed(db).await?);
    }
    Ok(differences)
}

/// The rows of which an import saw that they changed at the source after they had been imported, as the last one saw them.
async fn changed(db: &Db) -> Result<Vec<Difference>> {
    let mut tx = books::look(db).await?;
    let (mut found, mut last) = (BTreeMap::new(), 0);
    loop {
        let page = books::notes_page(&mut tx, last, 1000).await?;
        let Some(row) = page.last() else { break };
        last = row.id;
        for row in page {
            if let Some(changed) = Changed::read(&row.note) {
                found.insert((row.source_table, row.source_id), changed);
            }
        }
    }
    let difference = |((table, id), changed): (_, Changed)| Difference {
        project: "of these".to_owned(),
        what: format!("{table} {id}"),
        source: changed.source.to_string(),
        here: changed.here.to_string(),
    };
    Ok(found.into_iter().map(difference).collect())
}

fn label(table: &str, status: &str) -> String {
    if status.is_empty() { table.to_owned() } else { format!("{table} {status}") }
}

/// The number of all unknown projects together.
const UNKNOWN: i64 = 0;

/// The names of projects, and the rows of the source that they were. What is none of these is unknown.
struct Projects {
    sources: Vec<String>,
    ids: Vec<i64>,
    names: BTreeMap<i64, String>,
}

impl Projects {
    async fn load(db: &Db) -> Result<Self> {
        let names = BTreeMap::from([(UNKNOWN, "unknown".to_owned())]);
        let mut projects = Self { sources: Vec::new(), ids: Vec::new(), names };
        for row in
            books::projects(db).await?.into_iter().filter(|row| !row.name.ends_with("/unknown/unknown"))
        {
            projects.sources.push(row.source);
            projects.ids.push(row.id);
            projects.names.insert(row.id, row.name);
        }
        Ok(projects)
    }

    fn name(&self, id: i64) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }
}

/// The rows that are set aside, by table.
async fn set_aside(db: &Db) -> Result<BTreeMap<String, Vec<String>>> {
    let mut tx = store::import::look(db).await?;
    let mut aside: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = SourceRow::new("", "");
    loop {
        let page = books::set_aside_page(&mut tx, &last, 1000).await?;
        let Some(row) = page.last() else { return Ok(aside) };
        last = SourceRow::new(&row.source_table, &row.source_id);
        for row in page {
            aside.entry(row.source_table).or_default().push(row.source_id);
        }
    }
}

async fn count(
    source: &mut Source,
    projects: &Projects,
    aside: &BTreeMap<String, Vec<String>>,
    figures: &mut Figures,
    newest: &mut BTreeMap<String, DateTime<Utc>>,
) -> Result<()> {
    let (events, event_of) = match source.schema {
        Schema::Today => ("project_events", "project_event_id"),
        Schema::BeforeGroups => ("job_triggers", "job_trigger_id"),
    };
    let project = format!(
        "LEFT JOIN unnest($2::text[], $3::bigint[]) AS m (source, project) ON m.source = {}",
        place(source)
    );
    let no_rows = Vec::new();
    let left_out = |table: &str| aside.get(table).unwrap_or(&no_rows).as_slice();
    let select = format!(
        "SELECT COALESCE(m.project, 0), '', '', count(*) FROM {events} e {project} WHERE NOT e.id::text = ANY($1) GROUP BY 1"
    );
    for (project, _, _, found) in source.by_project(&select, left_out(events), projects).await? {
        *figures.entry((projects.name(project), events.to_owned())).or_default() += found;
    }
    let select = format!(
        "SELECT COALESCE(m.project, 0), '', \
         COALESCE((max(p.datetime) FILTER (WHERE p.datetime BETWEEN '1990-01-01' AND now()))::text, ''), count(*) \
         FROM pipelines p LEFT JOIN {events} e ON e.id = p.{event_of} {project} WHERE NOT p.id::text = ANY($1) GROUP BY 1"
    );
    for (project, _, time, found) in source.by_project(&select, left_out("pipelines"), projects).await? {
        let project = projects.name(project);
        *figures.entry((project.clone(), "pipelines".to_owned())).or_default() += found;
        if source.schema == Schema::BeforeGroups {
            // Its rows are chroots, and a pipeline here begins with the first of them.
            continue;
        }
        if let Ok(time) = NaiveDateTime::parse_from_str(&time, "%Y-%m-%d %H:%M:%S%.f") {
            let entry = newest.entry(project).or_insert(time.and_utc());
            *entry = (*entry).max(time.and_utc());
        }
    }
    for counted in COUNTED.iter().filter(|counted| source.tables.contains(counted.table)).collect::<Vec<_>>()
    {
        let leads = match source.schema {
            Schema::Today => Some(counted.today),
            Schema::BeforeGroups => counted.before_groups,
        };
        let Some(leads) = leads else { continue };
        let status = if counted.kind == JobKind::KojiTagRequest {
            "CASE WHEN t.task_id <> '' THEN 'sent' ELSE '' END"
        } else {
            "COALESCE(t.status::text, '')"
        };
        let select = format!(
            "SELECT COALESCE(m.project, 0), {status}, '', count(DISTINCT t.id) FROM {} t JOIN pipelines p ON {leads} \
             LEFT JOIN {events} e ON e.id = p.{event_of} {project} WHERE NOT t.id::text = ANY($1) GROUP BY 1, 2",
            counted.table
        );
        for (project, word, _, found) in source.by_project(&select, left_out(counted.table), projects).await?
        {
            let status = came_to(counted.kind, &word);
            let what = label(counted.table, status.as_str());
            *figures.entry((projects.name(project), what)).or_default() += found;
        }
    }
    Ok(())
}

impl Source {
    /// Figures that a statement gives by project of ours: `$1` are ids that are left out, `$2` and `$3` tell which row of
    /// the source is which project here.
    async fn by_project(
        &mut self,
        select: &str,
        left_out: &[String],
        projects: &Projects,
    ) -> Result<Vec<(i64, String, String, i64)>> {
        self.counts(select, left_out, &projects.sources, &projects.ids).await
    }
}

/// What a status came to. What has not ended and is not set aside never will end.
fn came_to(kind: JobKind, word: &str) -> TargetStatus {
    let word = (!word.is_empty()).then_some(word);
    match verdict(kind, word, word.is_some()) {
        Verdict::Ended(status) | Verdict::Untold(status, _) => status,
        Verdict::Open | Verdict::Unknown => TargetStatus::Errored,
    }
}

/// The row of the project of an event `e`, as text, in SQL.
fn place(source: &Source) -> String {
    let object = match source.schema {
        Schema::Today => "e.event_id",
        Schema::BeforeGroups => "e.trigger_id",
    };
    let places = [
        ("pull_request", "pull_requests", "git_projects"),
        ("branch_push", "git_branches", "git_projects"),
        ("release", "project_releases", "git_projects"),
        ("issue", "project_issues", "git_projects"),
        ("koji_build_tag", "koji_build_tags", "git_projects"),
        ("anitya_version", "anitya_versions", "anitya_projects"),
        ("anitya_multiple_versions", "anitya_multiple_versions", "anitya_projects"),
    ];
    let known = places.iter().filter(|(_, table, _)| source.has(table));
    let cases: Vec<String> = known
        .map(|(word, table, projects)| {
            format!(
                "WHEN '{word}' THEN (SELECT concat('{projects}:', o.project_id) FROM {table} o WHERE o.id = {object})"
            )
        })
        .collect();
    format!("COALESCE(CASE e.type::text {} END, '')", cases.join(" "))
}
