//! A row of one of the ten tables of targets, read.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::details::{ImportedRow, TargetDetails};
use domain::words::{JobKind, TargetStatus};
use serde_json::Value;

use crate::model::SourceTarget;
use crate::report::Notes;
use crate::row::Row;
use crate::words::{Verdict, verdict};

/// What has not ended after so long never will (`docs/design.md` section 2, deadlines: running 7 days).
const NEVER_ENDS: TimeDelta = TimeDelta::days(7);

/// Where a table keeps what every target has. Columns that only one of the two schemas has are simply not found in the other.
pub(crate) struct Layout {
    pub(crate) kind: JobKind,
    pub(crate) table: &'static str,
    name: &'static str,
    external_id: &'static [&'static str],
    url: &'static str,
    logs_url: &'static str,
    submitted: &'static [&'static str],
    started: &'static str,
    finished: &'static str,
    /// Columns that lead to other rows, and say nothing beyond that. The build of an analysis may be another event's, which is
    /// no input here: its columns go to the details.
    links: &'static [&'static str],
}

const SUBMITTED: &[&str] = &["submitted_time", "build_submitted_time"];

macro_rules! layout {
    ($name:ident, $kind:ident, $table:literal, $($field:ident: $value:expr),+) => {
        pub(crate) const $name: Layout = Layout {
            kind: JobKind::$kind,
            table: $table,
            $($field: $value,)+
            ..Layout {
                kind: JobKind::SrpmBuild, table: "", name: "target", external_id: &[], url: "web_url", logs_url: "",
                submitted: SUBMITTED, started: "build_start_time", finished: "build_finished_time", links: &[],
            }
        };
    };
}

layout!(SRPM, SrpmBuild, "srpm_builds", name: "", external_id: &["copr_build_id"], url: "copr_web_url",
    logs_url: "logs_url");
layout!(COPR, CoprBuild, "copr_build_targets", external_id: &["build_id"], logs_url: "build_logs_url",
    links: &["copr_build_group_id"]);
layout!(KOJI, KojiBuild, "koji_build_targets", external_id: &["task_id", "build_id"], logs_url: "build_logs_url",
    links: &["koji_build_group_id"]);
layout!(TEST, TestRun, "tft_test_run_targets", external_id: &["pipeline_id"], started: "", finished: "",
    links: &["tft_test_run_group_id"]);
layout!(BODHI, BodhiUpdate, "bodhi_update_targets", external_id: &["alias"], started: "",
    finished: "update_creation_time", links: &["bodhi_update_group_id"]);
layout!(SYNC, ProposeDownstream, "sync_release_run_targets", name: "branch", url: "downstream_pr_url",
    started: "start_time", finished: "finished_time", links: &["sync_release_id"]);
layout!(IMAGE, VmImageBuild, "vm_image_build_targets", external_id: &["build_id"], url: "");
layout!(TAG, KojiTagRequest, "koji_tag_request_targets", external_id: &["task_id"],
    submitted: &["tag_request_submitted_time"], started: "", finished: "", links: &["koji_tag_request_group_id"]);
layout!(SCAN, OpenscanhubScan, "scans", name: "", external_id: &["task_id"], url: "url", started: "", finished: "",
    links: &["copr_build_target_id"]);
layout!(LOG, LogDetectiveAnalysis, "log_detective_run", external_id: &["analysis_id"], url: "", started: "",
    finished: "", links: &["log_detective_run_group_id"]);

/// Reads a row. `name` is the target's where the table has no column for it; `fallback` the newest time known of what it
/// belongs to.
pub(crate) fn read(
    row: &Row,
    layout: &Layout,
    kind: JobKind,
    name: Option<&str>,
    fallback: DateTime<Utc>,
    now: DateTime<Utc>,
    notes: &mut Notes,
) -> SourceTarget {
    let mut used = vec!["id", "identifier", layout.name, layout.url, layout.logs_url];
    used.extend(layout.external_id);
    used.extend(layout.links);
    let external_id = layout.external_id.iter().find_map(|column| plain(row, column));
    let times = Times::of(row, layout, fallback, now, &mut used, notes);
    let (status, reason) = status(row, kind, external_id.is_some(), times.newest, now, notes);
    let mut details = TargetDetails::default();
    if let Some(packages) = row.columns.get("built_packages").and_then(packages) {
        details.packages = packages;
        used.push("built_packages");
    }
    if kind == JobKind::SrpmBuild {
        details.artifact_url = row.text("url").map(str::to_owned);
        used.push("url");
    }
    if status != Some(TargetStatus::Errored) && row.table != "log_detective_run" {
        // What is said the same way by our own words.
        used.extend(row.text("status").filter(|old| *old == "success").map(|_| "status"));
    }
    details.imported = Some(Box::new(ImportedRow {
        table: row.table.to_owned(),
        id: row.id(),
        columns: row.without(&used),
        unknown_times: times.unknown,
    }));
    SourceTarget {
        source: row.source(),
        name: name.or_else(|| row.text(layout.name)).map_or_else(|| nameless(row, notes), str::to_owned),
        identifier: row.text("identifier").map(str::to_owned),
        status,
        reason: reason.or_else(|| row.text("error_msg").map(str::to_owned)),
        external_id,
        url: row.text(layout.url).map(str::to_owned),
        logs_url: row.text(layout.logs_url).map(str::to_owned).or_else(|| only_log(row)),
        created_at: times.created,
        submitted_at: times.submitted,
        started_at: times.started,
        finished_at: times.finished,
        peer_started_at: times.peer_started,
        peer_finished_at: times.peer_finished,
        details,
        inputs: Vec::new(),
        parts: Vec::new(),
        by_name: true,
    }
}

fn nameless(row: &Row, notes: &mut Notes) -> String {
    notes.add(&row.source(), "it has no target; imported as `unknown`");
    "unknown".to_owned()
}

/// A text or number as text.
fn plain(row: &Row, column: &str) -> Option<String> {
    row.text(column).map(str::to_owned).or_else(|| row.int(column).map(|number| number.to_string()))
}

/// The log of a Koji build that was made for one architecture; of several, the details hold all.
fn only_log(row: &Row) -> Option<String> {
    let logs = row.columns.get("build_logs_urls")?.as_object()?;
    let mut addresses = logs.values().filter_map(Value::as_str);
    let first = addresses.next()?.to_owned();
    addresses.next().is_none().then_some(first)
}

/// The names of built packages, if nothing else is said of them.
fn packages(built: &Value) -> Option<Vec<String>> {
    let name = |package: &Value| {
        let fields: &BTreeMap<String, Value> = &serde_json::from_value(package.clone()).ok()?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let (name, version) = (text("name")?, text("version")?);
        let (release, architecture) = (text("release")?, text("arch")?);
        let epoch = match fields.get("epoch") {
            None | Some(Value::Null) => 0,
            Some(epoch) => epoch.as_i64()?,
        };
        let known = ["name", "epoch", "version", "release", "arch"];
        let epoch = if epoch == 0 { String::new() } else { format!("{epoch}:") };
        fields
            .keys()
            .all(|key| known.contains(&key.as_str()))
            .then(|| format!("{name}-{epoch}{version}-{release}.{architecture}"))
    };
    built.as_array()?.iter().map(name).collect()
}

/// How it ended; none if it has not.
fn status(
    row: &Row,
    kind: JobKind,
    was_sent: bool,
    newest: DateTime<Utc>,
    now: DateTime<Utc>,
    notes: &mut Notes,
) -> (Option<TargetStatus>, Option<String>) {
    let word = row.text("status");
    match verdict(kind, word, was_sent) {
        Verdict::Ended(status) => (Some(status), None),
        Verdict::Untold(status, why) => (Some(status), Some(why.to_owned())),
        Verdict::Open if now - newest < NEVER_ENDS => (None, None),
        Verdict::Open => {
            let word = word.unwrap_or_default();
            let why = format!("Packit Service left it as `{word}`; it was not heard of since");
            (Some(TargetStatus::Errored), Some(why))
        }
        Verdict::Unknown => {
            let why = match word {
                Some(word) => format!("its status `{word}` is none that is known"),
                None => "it has no status".to_owned(),
            };
            notes.add(&row.source(), &why);
            (Some(TargetStatus::Errored), Some(why))
        }
    }
}

/// The times of a target, in order: submitted, started, finished.
struct Times {
    created: DateTime<Utc>,
    submitted: Option<DateTime<Utc>>,
    started: Option<DateTime<Utc>>,
    finished: DateTime<Utc>,
    peer_started: Option<DateTime<Utc>>,
    peer_finished: Option<DateTime<Utc>>,
    newest: DateTime<Utc>,
    unknown: Vec<String>,
}

impl Times {
    fn of(
        row: &Row,
        layout: &Layout,
        fallback: DateTime<Utc>,
        now: DateTime<Utc>,
        used: &mut Vec<&'static str>,
        notes: &mut Notes,
    ) -> Self {
        let mut read = |column: &'static str| {
            let time = row.time(column, now);
            if time.is_some() {
                used.push(column);
            } else if row.text(column).is_some() {
                notes.add(&row.source(), &format!("{column} is a time that cannot be; kept in the details"));
            }
            time
        };
        let submitted = layout.submitted.iter().find_map(|column| read(column));
        let peer_started = read(layout.started);
        let peer_finished = read(layout.finished);
        let newest = [submitted, peer_started, peer_finished].into_iter().flatten().max().unwrap_or(fallback);
        let finished = peer_finished.unwrap_or(newest);
        let started = peer_started.map(|time| time.min(finished));
        let in_order = submitted.map(|time| time.min(started.unwrap_or(finished)));
        if started != peer_started || in_order != submitted {
            notes.add(
                &row.source(),
                "its times are not in order; put in order, the build system's own are kept",
            );
            used.retain(|column| !layout.submitted.contains(column));
        }
        Self {
            created: in_order.unwrap_or_else(|| fallback.min(finished)),
            submitted: in_order,
            started,
            finished,
            peer_started,
            peer_finished,
            newest,
            unknown: if peer_finished.is_none() { vec!["finished_at".to_owned()] } else { Vec::new() },
        }
    }
}
