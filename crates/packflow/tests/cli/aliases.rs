//! `packflow aliases`

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::{Map, Value};
use test_support::{TestDatabase, corpus, on_both_databases};

use crate::support::Place;

/// The tables that tell what a name stands for.
const TABLES: [&str; 5] = [
    "build_targets",
    "branches_default_main",
    "branches_default_rawhide",
    "branches_with_aliases",
    "koji_targets",
];

/// Two Fedoras and an EPEL, as Bodhi lists them.
const RELEASES: &str = r#"{"releases": [
  {"name": "F42", "long_name": "Fedora 42", "version": "42", "id_prefix": "FEDORA", "branch": "f42", "dist_tag": "f42", "state": "current", "eol": null, "composed_by_bodhi": true},
  {"name": "F43", "long_name": "Fedora 43", "version": "43", "id_prefix": "FEDORA", "branch": "rawhide", "dist_tag": "f43", "state": "pending", "eol": null, "composed_by_bodhi": false},
  {"name": "EPEL-9", "long_name": "Fedora EPEL 9", "version": "9", "id_prefix": "FEDORA-EPEL", "branch": "epel9", "dist_tag": "epel9", "state": "current", "eol": null, "composed_by_bodhi": true}
], "page": 1, "pages": 1, "rows_per_page": 20, "total": 3}"#;

#[test]
fn a_release_list_tells_what_names_stand_for() {
    let place = Place::new();
    let file = place.file("releases.json", RELEASES);
    let answer = place.run(&["aliases", "--releases", &file, "--targets", "fedora-stable,epel-9", "--json"]);
    let told = serde_json::from_str::<Value>(&answer.ok()).unwrap();
    let names = |alias: &str| -> Vec<String> {
        let releases = told["aliases"][alias].as_array().unwrap();
        releases.iter().map(|release| release["namever"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("fedora-stable"), ["fedora-42"]);
    assert_eq!(names("epel-all"), ["epel-9"]);
    for table in TABLES {
        let keys: BTreeSet<_> = told[table].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["epel-9", "fedora-stable"]), "{table}");
    }
    assert_eq!(told["build_targets"]["fedora-stable"], serde_json::json!(["fedora-42-x86_64"]));
}

#[test]
fn a_table_ships_with_the_program() {
    let place = Place::new();
    let told = place.run(&["aliases", "--targets", "fedora-all"]).ok();
    assert!(told.lines().any(|line| line.starts_with("fedora-all: fedora-")), "{told}");
    assert!(told.contains("chroots: fedora-"), "{told}");
    assert!(!place.path(".local").exists(), "it needs no database");
    let named = place.run(&["aliases", "--database", &place.database()]);
    assert!(named.code == 2 && named.stderr.contains("there is no database"), "{named:?}");
}

#[test]
fn a_target_has_a_name() {
    let place = Place::new();
    for targets in ["", ",", "epel-9,", " "] {
        let answer = place.run(&["aliases", "--targets", targets]);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{targets}");
        assert!(answer.stderr.contains("a name is empty"), "{}", answer.stderr);
    }
}

#[test]
fn what_is_no_release_list_is_refused() {
    let place = Place::new();
    for content in ["", "[]", "{\"releases\": 3}", "\u{0}"] {
        let file = place.file("releases.json", content);
        let answer = place.run(&["aliases", "--releases", &file, "--json"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{content}");
    }
}

#[test]
fn the_recorded_list_gives_what_packit_gives() {
    let Some(corpus) = corpus("the_recorded_list_gives_what_packit_gives") else { return };
    let place = Place::new();
    let folder = corpus.join("aliases");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("aliases-expected.json")).unwrap()).unwrap();
    let mut names = BTreeSet::new();
    for table in TABLES {
        names.extend(expected[table].as_object().unwrap().keys().cloned());
    }
    let names = names.into_iter().collect::<Vec<_>>().join(",");
    let list = folder.join("bodhi-releases-combined-page1.json").display().to_string();
    let answer = place.run(&["aliases", "--releases", &list, "--targets", &names, "--json"]);
    let told: Value = serde_json::from_str(&answer.ok()).unwrap();
    let compared = |tables: &Value| -> Map<String, Value> {
        let aliases = tables["aliases"].as_object().unwrap().clone();
        aliases
            .into_iter()
            .filter(|(name, _)| name.starts_with("fedora-") || name.starts_with("epel-"))
            .collect()
    };
    assert_eq!(compared(&told), compared(&expected));
    for table in TABLES {
        for (name, entries) in expected[table].as_object().unwrap() {
            if !name.starts_with("opensuse-") {
                assert_eq!(told[table][name], *entries, "{table} of {name}");
            }
        }
    }
}

/// Answers one call with this JSON; tells the path that was asked for.
fn bodhi(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while reader.read_line(&mut head).unwrap() > 2 {}
        let length = answer.len();
        let told = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        );
        stream.write_all(told.as_bytes()).unwrap();
        head.split_whitespace().nth(1).unwrap().to_owned()
    });
    (url, server)
}

on_both_databases! {
    /// What Bodhi tells is kept; what is no list of releases changes nothing.
    async fn the_stored_table_is_refreshed(database: TestDatabase) {
        let place = Place::new();
        let aliases = |url: &str, refresh: &[&str]| {
            let arguments = [&["aliases", "--json", "--database", database.url()], refresh].concat();
            place.run_with(&arguments, &[("PACKFLOW_BODHI__URL", url)])
        };
        place.run(&["migrate", "--database", database.url()]).ok();
        let shipped = aliases("", &[]).ok();
        let (url, server) = bodhi(RELEASES);
        let refreshed = aliases(&url, &["--refresh"]).ok();
        assert!(server.join().unwrap().starts_with("/releases/?"));
        assert_ne!(refreshed, shipped);
        let told: Value = serde_json::from_str(&refreshed).unwrap();
        assert_eq!(told["aliases"]["epel-all"].as_array().unwrap().len(), 1);
        assert_eq!(aliases("", &[]).ok(), refreshed);

        let (url, server) = bodhi("{\"releases\": []}");
        assert_eq!(aliases(&url, &["--refresh"]).code, 2);
        server.join().unwrap();
        assert_eq!(aliases("http://127.0.0.1:1", &["--refresh"]).code, 2);
        assert_eq!(aliases("", &[]).ok(), refreshed);
    }
}
