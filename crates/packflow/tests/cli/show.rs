//! `packflow show`: the documented JSON, and the tree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::{Map, Value};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Place, repository};

/// What `docs/workflow.md` says of an object's keys: the type, and whether the key may be absent.
type Keys = BTreeMap<String, (String, bool)>;

/// The tables of the page by their headings.
fn documented() -> BTreeMap<String, Keys> {
    let page = std::fs::read_to_string(repository("docs/workflow.md")).unwrap();
    let mut tables: BTreeMap<String, Keys> = BTreeMap::new();
    let mut heading = String::new();
    for line in page.lines() {
        if line.starts_with('#') {
            line.trim_start_matches('#').trim().clone_into(&mut heading);
        } else if let Some(row) = line.strip_prefix("| `") {
            let (key, rest) = row.split_once("` | ").unwrap();
            let (kind, meaning) = rest.split_once(" | ").unwrap();
            let absent = meaning.contains("may be absent");
            tables.entry(heading.clone()).or_default().insert(key.to_owned(), (kind.to_owned(), absent));
        }
    }
    tables
}

fn is_of(kind: &str, value: &Value) -> bool {
    kind.split(" or ").any(|kind| match kind {
        "integer" => value.is_i64(),
        "text" => value.is_string(),
        "boolean" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        "time" => value
            .as_str()
            .is_some_and(|time| time.ends_with('Z') && DateTime::parse_from_rfc3339(time).is_ok()),
        other => panic!("docs/workflow.md: `{other}` is no type"),
    })
}

/// Checks an object against tables of the page.
#[track_caller]
fn check(what: &str, object: &Map<String, Value>, keys: &Keys) {
    for (key, value) in object {
        let (kind, _) = keys.get(key).unwrap_or_else(|| panic!("{what}.{key} is not documented"));
        assert!(is_of(kind, value), "{what}.{key} is no {kind}: {value}");
    }
    for (key, (_, absent)) in keys {
        assert!(*absent || object.contains_key(key), "{what}.{key} is documented and not there");
    }
}

/// Checks a whole workflow, and tells which tables were used.
fn check_workflow(workflow: &Value) -> BTreeSet<String> {
    let tables = documented();
    let mut used = BTreeSet::new();
    let mut one = |table: &str, value: &Value| {
        used.insert(table.to_owned());
        check(table, value.as_object().unwrap(), &tables[table]);
    };
    one("workflow", workflow);
    one("event", &workflow["event"]);
    one("reference", &workflow["reference"]);
    let lists = [
        ("omissions", "omission"),
        ("pipelines", "pipeline"),
        ("steps", "step"),
        ("jobs", "job"),
        ("targets", "target"),
        ("submissions", "submission"),
    ];
    for (list, table) in lists {
        for value in workflow[list].as_array().unwrap() {
            one(table, value);
        }
    }
    for target in workflow["targets"].as_array().unwrap() {
        one("details of a target", &target["details"]);
        for input in target["inputs"].as_array().unwrap() {
            one("input", input);
        }
    }
    for job in workflow["jobs"].as_array().unwrap() {
        let details = job["details"].as_object().unwrap();
        let table = format!("details of {}", details["of"].as_str().unwrap());
        let mut keys = tables["details of a job"].clone();
        keys.extend(tables[&table].clone());
        check(&table, details, &keys);
        used.insert(table);
        if let Some(source) = details.get("source") {
            check("source", source.as_object().unwrap(), &tables["source"]);
            if let Some(pull_request) = source.get("pull_request") {
                check("pull request", pull_request.as_object().unwrap(), &tables["pull request"]);
            }
        }
    }
    used
}

fn replayed(place: &Place, database: &str, package: &str) {
    let package = place.file("package.yaml", package);
    let deliveries = repository("examples/deliveries");
    place.run(&["replay", &deliveries, "--config", &package, "--database", database]).ok();
}

const PACKAGE: &str = "
specfile_path: hello.spec
jobs:
  - {job: copr_build, trigger: pull_request, targets: [fedora-42]}
  - {job: tests, trigger: pull_request, targets: [fedora-42], identifier: \"smoke\\e[31m\"}
  - {job: copr_build, trigger: pull_request, targets: [no-such-chroot], identifier: lost, packages: [hello]}
  - {job: vm_image_build, trigger: pull_request, image_customizations: {}, image_distribution: fedora-42, copr_chroot: fedora-42-x86_64}
";

on_both_databases! {
    /// The shape that programs rely on is the one that the page documents.
    async fn the_workflow_has_the_documented_shape(database: TestDatabase) {
        let place = Place::new();
        replayed(&place, database.url(), PACKAGE);
        let workflow = place.run(&["show", "1", "--database", database.url(), "--json"]).json();
        let used = check_workflow(&workflow);
        for table in ["details of srpm_build", "details of copr_build", "details of test_run", "input", "submission", "step"] {
            assert!(used.contains(table), "{table} is not checked: {used:?}");
        }
        let (targets, steps) = (workflow["targets"].as_array().unwrap(), workflow["steps"].as_array().unwrap());
        assert!(steps.iter().any(|step| step["previous"].is_i64()));
        let test = targets.iter().find(|target| target["kind"] == "test_run").unwrap();
        let input = test["inputs"][0]["target_id"].as_i64().unwrap();
        let build = targets.iter().find(|target| target["id"] == input).unwrap();
        assert_eq!((&build["kind"], &build["name"]), (&"copr_build".into(), &test["name"]));
        let by_pipeline = place.run(&["show", "pipeline/1", "--database", database.url(), "--json"]).json();
        assert_eq!(by_pipeline, workflow);
        for address in [format!("http://127.0.0.1:8080/events/1?x=1#target-{input}"), format!("http://127.0.0.1:8080/targets/{input}")] {
            let by_address = place.run(&["show", &address, "--database", database.url(), "--json"]).json();
            assert_eq!(by_address, workflow, "{address}");
        }
    }
}

#[test]
fn an_event_that_started_nothing_has_the_same_shape() {
    let place = Place::new();
    replayed(&place, &place.database(), "specfile_path: a.spec\njobs: []\n");
    let workflow = place.run(&["show", "1", "--database", &place.database(), "--json"]).json();
    assert!(check_workflow(&workflow).contains("omission"), "{workflow}");
}

#[test]
fn the_tree_has_steps_targets_and_no_escape() {
    let place = Place::new();
    replayed(&place, &place.database(), PACKAGE);
    let tree = place.run(&["show", "1", "--database", &place.database()]).ok();
    assert!(!tree.contains('\u{1b}'), "{tree:?}");
    let order: Vec<_> = [
        "event 1: pull_request",
        "status waiting",
        "pipeline 1",
        "srpm_build",
        "srpm ready",
        "copr_build",
        "fedora-42-x86_64 waiting",
        "test_run smoke",
    ]
    .iter()
    .map(|part| tree.find(part).unwrap_or_else(|| panic!("no `{part}` in {tree}")))
    .collect();
    assert!(order.is_sorted(), "{tree}");
}

#[test]
fn what_is_not_there_is_said() {
    let place = Place::new();
    place.run(&["migrate", "--database", &place.database()]).ok();
    for what in ["1", "pipeline/1", "event/1", "target/1", "http://127.0.0.1:8080/events/1"] {
        let answer = place.run(&["show", what, "--database", &place.database(), "--json"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{what}");
        assert!(answer.stderr.contains("there is no "), "{}", answer.stderr);
    }
    let answer = place.run(&["show", "nonsense", "--database", &place.database()]);
    assert!(answer.stderr.contains("names no event, pipeline or target"), "{}", answer.stderr);
}
