//! `packflow demo`: one at a time, and begun anew where the last one was cut off.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use test_support::{TestDatabase, on_both_databases};

use crate::support::Place;

/// A demo that is killed with its test.
struct Demo(Child);

impl Demo {
    /// Starts one; its lines up to the first with this text.
    fn start(place: &Place, until: &str) -> (Self, Vec<String>) {
        Self::start_with(place, &place.database(), until)
    }

    fn start_with(place: &Place, database: &str, until: &str) -> (Self, Vec<String>) {
        let mut command = place.command(&["demo", "--listen", "127.0.0.1:0", "--database", database]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut read = BufReader::new(process.stdout.take().unwrap()).lines().map(|line| line.unwrap());
        let mut lines: Vec<String> = Vec::new();
        while !lines.last().is_some_and(|line| line.contains(until)) {
            lines.push(read.next().unwrap_or_else(|| panic!("no `{until}` in {lines:?}")));
        }
        // Nobody reads on: that is no fault either.
        (Self(process), lines)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_demo_is_refused_and_one_after_a_kill_begins_anew() {
    let place = Place::new();
    let (mut first, _) = Demo::start(&place, "event 1: ");
    for fresh in [&[][..], &["--fresh"]] {
        let arguments = ["demo", "--once", "--listen", "127.0.0.1:0", "--database", &place.database()];
        let second = place.run(&[&arguments[..], fresh].concat());
        assert_eq!(second.code, 2);
        assert!(
            second.stderr.contains("another demo runs") && second.stderr.contains("--database"),
            "{second:?}"
        );
    }
    assert!(first.0.try_wait().unwrap().is_none(), "the first one goes on");
    drop(first);
    let (_third, lines) = Demo::start(&place, "packflow demo: ");
    assert!(lines.iter().any(|line| line.contains("begins anew")), "{lines:?}");
}

on_both_databases! {
    /// A demo's events and workers have no place among what others keep, and it removes nothing of theirs.
    async fn what_no_demo_made_is_neither_played_in_nor_removed(database: TestDatabase) {
        let place = Place::new();
        let refused = |way: &str| {
            let arguments = ["demo", "--once", "--listen", "127.0.0.1:0", "--database", database.url()];
            let ways: &[&[&str]] = if database.is_postgres() { &[&[]] } else { &[&[], &["--fresh"]] };
            for fresh in ways {
                let refused = place.run(&[&arguments[..], fresh].concat());
                assert_eq!(refused.code, 2, "{way}: {refused:?}");
                assert!(refused.stderr.contains("no demo made"), "{way}: {refused:?}");
                assert!(!refused.stderr.contains("--fresh"), "{way}: {refused:?}");
            }
        };
        place.run(&["migrate", "--database", database.url()]).ok();
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        // As a server or worker begins.
        store::installation::keep(&db, "prod".parse().unwrap()).await.unwrap();
        refused("served");
        db.close().await;
        let package = place.file("package.yaml", "specfile_path: a.spec\njobs: []\n");
        let deliveries = crate::support::repository("examples/deliveries");
        place.run(&["replay", &deliveries, "--config", &package, "--database", database.url()]).ok();
        let kept = place.run(&["inbox", "list", "--database", database.url()]).ok();
        refused("all of whose work has ended");
        assert_eq!(place.run(&["inbox", "list", "--database", database.url()]).ok(), kept);
    }

    /// The mark stands in the database, so whoever is started on it by mistake is told.
    async fn what_a_demo_made_is_played_in_again_and_served_by_nobody_else(database: TestDatabase) {
        let place = Place::new();
        place.run(&["migrate", "--database", database.url()]).ok();
        let (demo, _) = Demo::start_with(&place, database.url(), "packflow demo: ");
        drop(demo);
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        let kept = store::installation::get(&db).await.unwrap().unwrap();
        assert!(kept.is_demos && kept.instance.is_none(), "{kept:?}");
        let served = place.run(&["serve", "--listen", "127.0.0.1:0", "--database", database.url()]);
        assert!(served.code == 2 && served.stderr.contains("made by `packflow demo`"), "{served:?}");
        let found = place.run(&["doctor", "--database", database.url()]).stdout;
        assert!(found.contains("note    instance: `packflow demo` made the database"), "{found}");
    }
}

#[test]
fn what_was_replayed_and_waits_is_not_of_a_demo_nor_is_a_file_that_is_no_database() {
    let place = Place::new();
    let package = place.file(
        "package.yaml",
        "specfile_path: a.spec\njobs:\n  - {job: copr_build, trigger: pull_request, targets: [fedora-42]}\n",
    );
    let deliveries = crate::support::repository("examples/deliveries");
    let database = place.database();
    place.run(&["replay", &deliveries, "--config", &package, "--database", &database]).ok();
    let text =
        format!("sqlite://{}", place.file("notes.txt", "what somebody wrote, and nothing else\n".repeat(9)));
    for (database, told) in [(&database, "no demo made"), (&text, "is not a database")] {
        for fresh in [&[][..], &["--fresh"]] {
            let arguments = ["demo", "--once", "--listen", "127.0.0.1:0", "--database", database];
            let refused = place.run(&[&arguments[..], fresh].concat());
            assert_eq!(refused.code, 2, "{refused:?}");
            assert!(refused.stderr.contains(told) && !refused.stderr.contains("--fresh"), "{refused:?}");
        }
    }
    place.run(&["show", "1", "--database", &database]).ok();
    assert!(std::fs::read_to_string(place.path("notes.txt")).unwrap().starts_with("what somebody wrote"));
}

#[test]
fn what_a_demo_made_begins_anew_where_that_is_asked_for() {
    let place = Place::new();
    drop(Demo::start(&place, "event 1: "));
    let arguments = ["demo", "--json", "--fresh", "--listen", "127.0.0.1:0", "--database", &place.database()];
    let workflows = place.run(&arguments).json();
    let ids: Vec<i64> = workflows["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event_id"].as_i64().unwrap())
        .collect();
    assert!(ids.len() > 3 && ids[0] == 1, "{ids:?}");
    // A second run continues: what was delivered is known.
    let again =
        place.run(&["demo", "--json", "--listen", "127.0.0.1:0", "--database", &place.database()]).json();
    assert_eq!(again["workflows"].as_array().unwrap().len(), ids.len());
}
