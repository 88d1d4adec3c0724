//! Sources made at random, with every kind of broken row: each imports, and no rule is broken by it.

use chrono::Utc;
use domain::ids::EventId;
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::RerunVia;
use fastrand::Rng;
use store::Db;
use store::reruns::{self, Answer, Request};
use test_support::{TestDatabase, on_both_databases};

use crate::schema;
use crate::support::{all_events, assert_clean, execute, import_all, open, source};

/// Sources per database.
const SOURCES: u64 = 6;

struct Generator {
    rng: Rng,
    text: String,
}

impl Generator {
    /// A number of a row that may be there, may be another's, may not exist, or is missing.
    fn link(&mut self, rows: i64) -> String {
        match self.rng.u8(0..20) {
            0..=1 => "NULL".to_owned(),
            2 => (rows + self.rng.i64(1..50)).to_string(),
            _ => self.rng.i64(1..=rows).to_string(),
        }
    }

    fn maybe(&mut self, rows: i64) -> String {
        if self.rng.bool() { self.link(rows) } else { "NULL".to_owned() }
    }

    fn time(&mut self) -> String {
        match self.rng.u8(0..20) {
            0..=2 => "NULL".to_owned(),
            3 => "'infinity'".to_owned(),
            4 => "'0300-01-01'".to_owned(),
            5 => "'2250-01-01'".to_owned(),
            _ => {
                let (day, hour) = (self.rng.u8(1..29), self.rng.u8(0..24));
                format!("'2025-0{}-{day:02} {hour:02}:{:02}'", self.rng.u8(1..9), self.rng.u8(0..60))
            }
        }
    }

    fn word(&mut self, words: &[&str]) -> String {
        match self.rng.u8(0..15) {
            0 => "NULL".to_owned(),
            1 => "'of another age'".to_owned(),
            _ => format!("'{}'", words[self.rng.usize(0..words.len())]),
        }
    }

    fn rows(&mut self, table: &str, rows: i64, columns: &str, mut row: impl FnMut(&mut Self) -> Vec<String>) {
        for id in 1..=rows {
            let values = row(self).join(", ");
            self.text.push_str(&format!("INSERT INTO {table} (id, {columns}) VALUES ({id}, {values});\n"));
        }
    }

    fn ties(&mut self, table: &str, ties: i64, left: i64, right: i64) {
        for _ in 0..ties {
            let (left, right) = (self.rng.i64(1..=left + 3), self.rng.i64(1..=right + 3));
            self.text.push_str(&format!(
                "INSERT INTO {table} SELECT {left}, {right} WHERE NOT EXISTS \
                 (SELECT 1 FROM {table} t WHERE t = ROW({left}, {right})::{table});\n"
            ));
        }
    }
}

const CHROOTS: &[&str] = &["fedora-43-x86_64", "fedora-42-x86_64", "f43"];
const NAMES: &[&str] = &["ogr", "specfile", "a'' name", "x"];
const BUILDS: &[&str] =
    &["success", "success", "success", "failure", "error", "pending", "retry", "canceled"];
const TESTS: &[&str] = &[
    "passed",
    "passed",
    "failed",
    "error",
    "running",
    "skipped",
    "unknown",
    "needs_inspection",
    "complete",
    "new",
];
const TYPES: &[&str] = &[
    "pull_request",
    "pull_request",
    "pull_request",
    "branch_push",
    "release",
    "issue",
    "koji_build_tag",
    "anitya_version",
    "anitya_multiple_versions",
];

/// Rows of today's schema.
fn today(seed: u64) -> String {
    let mut g = Generator { rng: Rng::with_seed(seed), text: String::new() };
    let few = |g: &mut Generator| g.rng.i64(2..5);
    let projects = few(&mut g);
    g.rows("git_projects", projects, "namespace, repo_name, instance_url", |g| {
        vec![g.word(NAMES), g.word(NAMES), "'github.com'".to_owned()]
    });
    g.rows("anitya_projects", 2, "project_id, project_name", |g| vec![g.link(2), g.word(NAMES)]);
    for (table, name) in [("pull_requests", "pr_id"), ("project_issues", "issue_id")] {
        g.rows(table, 4, &format!("{name}, project_id"), |g| vec![g.link(3), g.link(projects)]);
    }
    for (table, name) in [
        ("git_branches", "name"),
        ("project_releases", "tag_name"),
        ("koji_build_tags", "koji_tag_name"),
        ("anitya_versions", "version"),
    ] {
        g.rows(table, 3, &format!("{name}, project_id"), |g| vec![g.word(NAMES), g.link(projects)]);
    }
    g.rows("anitya_multiple_versions", 2, "versions, project_id", |g| {
        vec!["ARRAY['1', '2']".to_owned(), g.link(2)]
    });
    g.rows("project_events", 12, "type, event_id, commit_sha", |g| {
        vec![g.word(TYPES), g.link(4), g.word(&["aa", "bb", "cc"])]
    });
    let (builds, groups) = (8, 6);
    g.rows("srpm_builds", builds, "status, submitted_time, build_start_time, build_finished_time", |g| {
        vec![g.word(BUILDS), g.time(), g.time(), g.time()]
    });
    for table in [
        "copr_build_groups",
        "koji_build_groups",
        "tft_test_run_groups",
        "bodhi_update_groups",
        "koji_tag_request_groups",
        "log_detective_run_groups",
    ] {
        g.rows(table, groups, "submitted_time", |g| vec![g.time()]);
    }
    g.rows("sync_release_runs", 3, "submitted_time, job_type", |g| {
        vec![g.time(), g.word(&["propose_downstream", "pull_from_upstream"])]
    });
    g.rows(
        "copr_build_targets",
        25,
        "status, target, submitted_time, build_start_time, build_finished_time, copr_build_group_id, identifier",
        |g| {
            vec![
                g.word(BUILDS), g.word(CHROOTS), g.time(), g.time(), g.time(), g.link(groups), g.word(&["a", "b"]),
            ]
        },
    );
    g.rows(
        "koji_build_targets",
        12,
        "status, target, submitted_time, build_finished_time, koji_build_group_id, nvr, scratch",
        |g| {
            vec![
                g.word(BUILDS),
                g.word(CHROOTS),
                g.time(),
                g.time(),
                g.link(groups),
                g.word(&["n-1", "n-2", "n-3"]),
                g.rng.bool().to_string(),
            ]
        },
    );
    g.rows(
        "tft_test_run_targets",
        25,
        "status, target, submitted_time, tft_test_run_group_id, identifier",
        |g| vec![g.word(TESTS), g.word(CHROOTS), g.time(), g.link(groups), g.word(&["a", "b"])],
    );
    g.rows(
        "bodhi_update_targets",
        6,
        "status, target, koji_nvrs, bodhi_update_group_id, submitted_time",
        |g| {
            vec![
                g.word(&["success", "error", "queued"]),
                g.word(CHROOTS),
                g.word(&["n-1", "n-1 n-2"]),
                g.link(groups),
                g.time(),
            ]
        },
    );
    g.rows("koji_tag_request_targets", 4, "task_id, target, koji_tag_request_group_id", |g| {
        vec![g.word(&["1", "2"]), g.word(CHROOTS), g.link(groups)]
    });
    g.rows("sync_release_run_targets", 6, "branch, status, submitted_time, sync_release_id", |g| {
        vec![g.word(CHROOTS), g.word(&["submitted", "error", "queued", "skipped"]), g.time(), g.link(3)]
    });
    g.rows("sync_release_pull_request", 4, "pr_id, project_id", |g| vec![g.link(9), g.link(projects)]);
    g.rows("vm_image_build_targets", 3, "status, target, submitted_time", |g| {
        vec![g.word(BUILDS), g.word(CHROOTS), g.time()]
    });
    g.rows("scans", 5, "status, copr_build_target_id, submitted_time", |g| {
        vec![g.word(&["succeeded", "failed", "running"]), g.link(25), g.time()]
    });
    g.rows(
        "log_detective_run",
        8,
        "status, target, copr_build_target_id, koji_build_target_id, log_detective_run_group_id, submitted_time",
        |g| {
            vec![
                g.word(&["complete", "error", "unknown"]), g.word(CHROOTS), g.maybe(25), g.maybe(12), g.maybe(groups),
                g.time(),
            ]
        },
    );
    g.rows(
        "pipelines",
        20,
        "datetime, project_event_id, srpm_build_id, copr_build_group_id, koji_build_group_id, test_run_group_id, \
         bodhi_update_group_id, koji_tag_request_group_id, log_detective_run_group_id, sync_release_run_id, \
         vm_image_build_id, package_name",
        |g| {
            vec![
                g.time(), g.link(12), g.maybe(builds), g.maybe(groups), g.maybe(groups), g.maybe(groups),
                g.maybe(groups), g.maybe(groups), g.maybe(groups), g.maybe(3), g.maybe(3), g.word(&["p", "q"]),
            ]
        },
    );
    g.ties("tf_copr_build_association_table", 25, 25, 25);
    g.ties("tf_koji_build_association_table", 10, 12, 25);
    g.ties("sync_release_pr_association", 6, 6, 4);
    g.text
}

/// Rows of the schema before groups.
fn before_groups(seed: u64) -> String {
    let mut g = Generator { rng: Rng::with_seed(seed), text: String::new() };
    g.rows("git_projects", 3, "namespace, repo_name, instance_url", |g| {
        vec![g.word(NAMES), g.word(NAMES), "'github.com'".to_owned()]
    });
    g.rows("pull_requests", 4, "pr_id, project_id", |g| vec![g.link(3), g.link(3)]);
    g.rows("git_branches", 3, "name, project_id", |g| vec![g.word(NAMES), g.link(3)]);
    g.rows("job_triggers", 6, "type, trigger_id", |g| {
        vec![g.word(&["pull_request", "branch_push"]), g.link(4)]
    });
    g.rows("srpm_builds", 6, "commit_sha, status, build_submitted_time", |g| {
        vec![g.word(&["aa", "bb"]), g.word(BUILDS), g.time()]
    });
    for table in ["copr_build_targets", "koji_build_targets"] {
        g.rows(table, 15, "build_id, commit_sha, status, target, build_submitted_time", |g| {
            vec![
                g.word(&["1", "2", "3", ""]),
                g.word(&["aa", "bb"]),
                g.word(BUILDS),
                g.word(CHROOTS),
                g.time(),
            ]
        });
    }
    g.rows("tft_test_run_targets", 20, "commit_sha, status, target, submitted_time, identifier", |g| {
        vec![g.word(&["aa", "bb"]), g.word(TESTS), g.word(CHROOTS), g.time(), g.word(&["a", "b"])]
    });
    g.rows("sync_release_runs", 2, "submitted_time, job_type", |g| {
        vec![g.time(), g.word(&["propose_downstream"])]
    });
    g.rows("sync_release_run_targets", 4, "branch, status, sync_release_id", |g| {
        vec![g.word(CHROOTS), g.word(&["submitted", "error"]), g.link(2)]
    });
    g.rows("vm_image_build_targets", 2, "status, target", |g| vec![g.word(BUILDS), g.word(CHROOTS)]);
    g.rows(
        "pipelines",
        40,
        "datetime, job_trigger_id, srpm_build_id, copr_build_id, koji_build_id, test_run_id, sync_release_run_id, \
         vm_image_build_id",
        |g| {
            vec![g.time(), g.link(6), g.maybe(6), g.maybe(15), g.maybe(15), g.maybe(20), g.maybe(2), g.maybe(2)]
        },
    );
    g.ties("tf_copr_build_association_table", 25, 15, 20);
    g.text
}

async fn holds(database: &TestDatabase, schema: &str, rows: &str, seed: u64) {
    let Some(source) = source(module_path!()) else { return };
    execute(&source, schema).await;
    execute(&source, rows).await;
    let db = open(database).await;
    let report = import_all(&source, &db).await;
    eprintln!("seed {seed}: {} imported, {} set aside", report.imported_total, report.set_aside_total);
    assert!(report.imported_total > 0);
    assert_clean(&db).await;
    assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    let again = import_all(&source, &db).await;
    assert_eq!(again.imported_total, 0, "{:?}", again.tables);
    assert_eq!(again.set_aside, report.set_aside);
    for event in all_events(&db).await {
        redo(&db, event).await;
    }
    assert_clean(&db).await;
}

/// Whatever the history looks like, all that failed in it, and then everything, can be planned and carried out.
async fn redo(db: &Db, event: i64) {
    let asked = [Asked::Failed, Asked::Everything].map(Selection::of);
    for mut selection in asked {
        selection.cancel_running = true;
        let request = Request {
            event: EventId(event),
            selection: &selection,
            requested_by: "somebody",
            via: RerunVia::CommandLine,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        let answer = reruns::carry_out(db, &request, &ArtifactLife::default(), Utc::now()).await.unwrap();
        assert!(!matches!(answer, Answer::Conflict(_)), "{answer:?}");
    }
}

fn another(database: &TestDatabase) -> Option<TestDatabase> {
    if database.is_postgres() { TestDatabase::postgres(module_path!()) } else { Some(TestDatabase::sqlite()) }
}

on_both_databases! {
    async fn any_source_of_today_imports(database: TestDatabase) {
        for seed in 0..SOURCES {
            let Some(database) = another(&database) else { return };
            holds(&database, schema::TODAY, &today(seed), seed).await;
        }
    }

    async fn any_source_from_before_groups_imports(database: TestDatabase) {
        for seed in 0..SOURCES {
            let Some(database) = another(&database) else { return };
            holds(&database, schema::BEFORE_GROUPS, &before_groups(seed), seed).await;
        }
    }
}
