//! `packflow demo`: one at a time, and begun anew where the last one was cut off.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::support::Place;

/// A demo that is killed with its test.
struct Demo(Child);

impl Demo {
    /// Starts one; its lines up to the first with this text.
    fn start(place: &Place, until: &str) -> (Self, Vec<String>) {
        let mut command =
            place.command(&["demo", "--listen", "127.0.0.1:0", "--database", &place.database()]);
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

#[test]
fn what_is_not_of_a_demo_is_not_removed_unasked() {
    let place = Place::new();
    let package = place.file(
        "package.yaml",
        "specfile_path: a.spec\njobs:\n  - {job: copr_build, trigger: pull_request, targets: [fedora-42]}\n",
    );
    let deliveries = crate::support::repository("examples/deliveries");
    let database = place.database();
    place.run(&["replay", &deliveries, "--config", &package, "--database", &database]).ok();
    let refused = place.run(&["demo", "--once", "--listen", "127.0.0.1:0", "--database", &database]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("not of a demo") && refused.stderr.contains("--fresh"), "{refused:?}");
    place.run(&["show", "1", "--database", &database]).ok();
}
