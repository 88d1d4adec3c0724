//! The known answers of the corpus' dumps, found by old number: `show --origin TABLE:ID --json`, `?origin=`, old links.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use test_support::{PostgresDatabase, TestDatabase, on_both_databases};

use crate::served::Served;
use crate::support::Place;

/// A dump of the corpus in a database of its own, and its answers; none if the corpus or PostgreSQL is not there.
fn dump(dump: &str, answers: &str) -> Option<(PostgresDatabase, Value)> {
    let folder = test_support::corpus(module_path!())?.join("packit-service-db");
    let source = test_support::Postgres::shared(module_path!())?.create_database();
    source.load(&folder.join(dump));
    let answers = serde_json::from_str(&std::fs::read_to_string(folder.join(answers)).unwrap()).unwrap();
    Some((source, answers))
}

/// The targets' table, the groups' table and the old address, by the kind that the answers name.
fn tables(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "srpm_build" => ("srpm_builds", "srpm_builds", "srpm"),
        "copr_build" => ("copr_build_targets", "copr_build_groups", "copr"),
        "koji_build" => ("koji_build_targets", "koji_build_groups", "koji"),
        "test_run" => ("tft_test_run_targets", "tft_test_run_groups", "testing-farm"),
        "sync_release" => ("sync_release_run_targets", "sync_release_runs", "propose-downstream"),
        "bodhi_update" => ("bodhi_update_targets", "bodhi_update_groups", "bodhi"),
        "vm_image_build" => ("vm_image_build_targets", "vm_image_build_targets", "vm-image"),
        "koji_tag_request" => ("koji_tag_request_targets", "koji_tag_request_groups", "koji-tag-request"),
        "log_detective" => ("log_detective_run", "log_detective_run_groups", "log-detective"),
        other => panic!("{other}"),
    }
}

/// A database into which the source was imported.
struct Imported {
    place: Place,
    database: String,
    served: Served,
}

impl Imported {
    fn new(source: &PostgresDatabase, database: &TestDatabase) -> Self {
        let place = Place::new();
        place.run(&["migrate", "--database", database.url()]).ok();
        place.run(&["import", source.url(), "--database", database.url()]).ok();
        let served = Served::start(&place, database.url());
        Self { place, database: database.url().to_owned(), served }
    }

    /// The one workflow that an old row is in.
    fn show(&self, row: &str) -> Value {
        self.place.run(&["show", "--origin", row, "--json", "--database", &self.database]).json()
    }

    /// An old row is found in this event, by the list too.
    fn is_in(&self, row: &str, workflow: &Value) {
        assert_eq!(self.served.of_origin(row), [workflow["event"]["id"].as_i64().unwrap()], "{row}");
    }
}

/// The targets of a workflow by the old row that each was.
fn by_old_row(workflow: &Value) -> BTreeMap<(String, i64), &Value> {
    let targets = workflow["targets"].as_array().unwrap().iter();
    let named = targets.map(|target| {
        let imported = &target["details"]["imported"];
        ((imported["table"].as_str().unwrap().to_owned(), imported["id"].as_i64().unwrap()), target)
    });
    named.collect()
}

fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Use case 1 of one pipeline, word for word as the command prints it; and each of its rows by all the ways that lead to it.
fn todays_workflow(here: &Imported, answer: &Value) {
    let expected = &answer["uc1_workflow"];
    let id = &expected["pipeline_id"];
    let workflow = here.show(&format!("pipelines:{id}"));
    here.is_in(&format!("project_events:{}", expected["event"]["id"]), &workflow);
    let link = here.served.leads_to(&format!("/pipeline/{id}"));
    assert!(link.starts_with(&format!("/events/{}#pipeline-", workflow["event"]["id"])), "{link}");
    assert_eq!(workflow["commit"], expected["event"]["commit_sha"]);
    let pipeline: i64 = link.rsplit_once('-').unwrap().1.parse().unwrap();
    let ours = by_old_row(&workflow);
    let steps: BTreeSet<i64> = listed(&workflow["steps"])
        .filter(|step| step["pipeline_id"] == pipeline)
        .map(|step| step["job_id"].as_i64().unwrap())
        .collect();
    for step in listed(&expected["steps"]) {
        let (table, groups, kind) = tables(step["kind"].as_str().unwrap());
        here.is_in(&format!("{groups}:{}", step["id"]), &workflow);
        assert_eq!(here.show(&format!("{groups}:{}", step["id"])), workflow, "{groups}:{}", step["id"]);
        for target in listed(&step["targets"]) {
            let old = target["id"].as_i64().unwrap();
            let found = ours[&(table.to_owned(), old)];
            assert!(steps.contains(&found["job_id"].as_i64().unwrap()), "{table}:{old}");
            assert_eq!(
                (&found["name"], status(target)),
                (&target["target"], found["status"].as_str().unwrap())
            );
            let job = listed(&workflow["jobs"]).find(|job| job["id"] == found["job_id"]).unwrap();
            assert_eq!(job["identifier"], target["identifier"], "{table}:{old}");
            here.is_in(&format!("{table}:{old}"), &workflow);
            let link = here.served.leads_to(&format!("/jobs/{kind}/{old}"));
            assert_eq!(link, format!("/events/{}#target-{}", workflow["event"]["id"], found["id"]));
        }
    }
    for (used, table) in [("test_to_copr", "copr_build_targets"), ("test_to_koji", "koji_build_targets")] {
        for pair in listed(&expected[used]) {
            let old = |table: &str, id: &Value| ours[&(table.to_owned(), id.as_i64().unwrap())];
            let test = old("tft_test_run_targets", &pair["test"]);
            let inputs: Vec<&Value> = listed(&test["inputs"]).map(|input| &input["target_id"]).collect();
            assert_eq!(inputs, [&old(table, &pair["build"])["id"]], "{pair}");
        }
    }
}

/// How an old status reads here; what never ended is an error.
fn status(target: &Value) -> &'static str {
    match target["status"].as_str().unwrap() {
        "success" | "passed" | "submitted" | "complete" => "succeeded",
        "failure" | "failed" => "failed",
        "canceled" => "canceled",
        "skipped" => "skipped",
        _ => "errored",
    }
}

/// A workflow of the old schema: its rows by all the ways, and which of them stand together.
fn old_workflow(here: &Imported, answer: &Value) {
    let first = &answer["pipelines_rows"][0];
    let workflow = here.show(&format!("pipelines:{first}"));
    assert_eq!(workflow["commit"], answer["commit_sha"]);
    let (namespace, name) = (&answer["project"]["namespace"], &answer["project"]["repo_name"]);
    let project = format!("/{}/{}", namespace.as_str().unwrap(), name.as_str().unwrap());
    assert!(workflow["project"].as_str().unwrap().ends_with(&project));
    for row in listed(&answer["pipelines_rows"]) {
        here.is_in(&format!("pipelines:{row}"), &workflow);
    }
    let ours = by_old_row(&workflow);
    for (groups, table, kind) in [
        ("copr_groups", "copr_build_targets", "copr"),
        ("koji_groups", "koji_build_targets", "koji"),
        ("tf_groups", "tft_test_run_targets", "testing-farm"),
    ] {
        let mut jobs: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        for ((_, id), target) in ours.iter().filter(|((of, _), _)| of == table) {
            jobs.entry(target["job_id"].as_i64().unwrap()).or_default().insert(*id);
        }
        let ids = |group: &Value| listed(group).map(|id| id.as_i64().unwrap()).collect::<BTreeSet<_>>();
        let expected: BTreeSet<BTreeSet<i64>> = listed(&answer[groups]).map(ids).collect();
        assert_eq!(jobs.into_values().collect::<BTreeSet<_>>(), expected, "{groups}");
        for id in expected.iter().flatten() {
            here.is_in(&format!("{table}:{id}"), &workflow);
            let link = here.served.leads_to(&format!("/jobs/{kind}/{id}"));
            assert!(link.starts_with(&format!("/events/{}#target-", workflow["event"]["id"])), "{link}");
        }
    }
}

on_both_databases! {
    async fn a37_what_is_known_of_todays_dump_is_found_by_its_old_numbers(database: TestDatabase) {
        let Some((source, answers)) = dump("packit_small.sql.gz", "answers.json") else { return };
        let here = Imported::new(&source, &database);
        for (name, answer) in answers["pipelines"].as_object().unwrap() {
            eprintln!("{name}");
            todays_workflow(&here, answer);
        }
    }

    async fn a37_what_is_known_of_the_old_dump_is_found_by_its_old_numbers(database: TestDatabase) {
        let Some((source, answers)) = dump("packit_legacy_small.sql.gz", "legacy_answers.json") else { return };
        let here = Imported::new(&source, &database);
        for (name, answer) in answers["named"].as_object().unwrap() {
            eprintln!("{name}");
            old_workflow(&here, answer);
        }
    }
}
