//! `--help`, which is how most people learn the command line.

use crate::support::{Place, repository};

/// The names of commands below this one.
fn commands(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn visit(place: &Place, path: &[String], seen: &mut Vec<String>) {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let help = place.run(&arguments).ok();
    seen.push(path.join(" "));
    let mut previous = String::new();
    for line in help.lines() {
        // An option or argument that is explained neither beside its name nor below it.
        let unexplained =
            previous.trim_start().starts_with(['-', '<']) && previous.trim().split("  ").count() == 1;
        assert!(!(unexplained && line.trim().is_empty()), "{path:?}: nothing explains `{previous}`");
        line.clone_into(&mut previous);
    }
    let inner = commands(&help);
    // What works with a database says how to name it.
    let names_it = ["--database", "sqlite://PATH"].iter().all(|text| help.contains(text));
    let without = ["comment", "config", "simulator", "help", "demo", "replay"]
        .iter()
        .any(|name| path.first().is_some_and(|first| first == name));
    assert!(path.is_empty() || without || names_it, "{path:?}: {help}");
    for name in inner {
        visit(place, &[path, &[name]].concat(), seen);
    }
}

#[test]
fn every_command_explains_itself() {
    let mut seen = Vec::new();
    visit(&Place::new(), &[], &mut seen);
    for command in [
        "serve",
        "worker",
        "consume",
        "migrate",
        "replay",
        "config check",
        "aliases",
        "show",
        "inbox list",
        "inbox show",
        "inbox retry",
        "doctor",
        "cancel",
        "rerun",
        "comment parse",
        "pause",
        "resume",
        "token create",
        "token list",
        "token revoke",
    ] {
        assert!(seen.iter().any(|name| name == command), "{command} is not among {seen:?}");
    }
}

#[test]
fn every_command_takes_the_database() {
    let place = Place::new();
    let database = place.database();
    let file = place.file("a.yaml", "specfile_path: a.spec\njobs: []\n");
    let delivery = place.file("ping.json", "{}");
    let taking: [&[&str]; 9] = [
        &["migrate"],
        &["replay", &delivery],
        &["config", "check", &file],
        &["aliases"],
        &["inbox", "list"],
        &["inbox", "show", "1"],
        &["doctor"],
        &["pause", "copr"],
        &["resume", "copr"],
    ];
    for command in taking {
        place.run(&[command, &["--database", &database]].concat()).ok();
    }
    // Before the inner command too.
    place.run(&["inbox", "--database", &database, "list"]).ok();
}

#[test]
fn output_that_nobody_reads_is_no_fault_and_a_full_disk_is() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let package = place.file(
        "package.yaml",
        "specfile_path: a.spec\njobs:\n  - {job: copr_build, trigger: pull_request, targets: [fedora-42]}\n",
    );
    let (database, deliveries) = (place.database(), repository("examples/deliveries"));
    place.run(&["replay", &deliveries, "--config", &package, "--database", &database]).ok();
    let commands: [&[&str]; 5] = [
        &["aliases", "--json"],
        &["comment", "parse", "/packit build"],
        &["cancel", "1", "--dry-run", "--database", &database],
        &["rerun", "1", "--all", "--cancel-running", "--dry-run", "--database", &database],
        &["rerun", "1", "--all", "--cancel-running", "--dry-run", "--json", "--database", &database],
    ];
    for command in commands {
        let mut nobody = place.command(command);
        let writer = writer.try_clone().unwrap();
        let output = nobody.stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), told.as_ref()), (Some(0), ""), "{command:?}");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut full_disk = place.command(command);
        assert_eq!(full_disk.stdout(full).output().unwrap().status.code(), Some(2), "{command:?}");
    }
}

#[test]
fn a_level_of_logs_that_is_none_is_told_and_warnings_are_logged_all_the_same() {
    let place = Place::new();
    let comment = ["comment", "parse", "nothing"];
    let answer = place.run(&[&comment[..], &["--log", "wran"]].concat());
    assert!(
        answer.stderr.contains("`wran` is no level") && answer.stderr.contains("using `warn`"),
        "{answer:?}"
    );
    let answer = place.run_with(&comment, &[("PACKFLOW_LOG", "blah")]);
    assert!(answer.stderr.contains("`blah` is no level"), "{answer:?}");
    assert_eq!(place.run_with(&comment, &[("PACKFLOW_LOG", "info,sqlx=warn")]).stderr, "");
    answer.ok();
}

#[test]
fn values_that_cannot_be_meant_are_refused_before_anything_is_opened() {
    let place = Place::new();
    let (long_key, long_reason) = ("k".repeat(201), "r".repeat(1001));
    let cases: [(&[&str], &str); 9] = [
        (&["rerun", "1", "--all", "--idempotency-key", ""], "1 to 200 visible ASCII characters"),
        (&["rerun", "1", "--all", "--idempotency-key", &long_key], "1 to 200 visible ASCII characters"),
        (&["rerun", "1", "--all", "--idempotency-key", "klíč"], "1 to 200 visible ASCII characters"),
        (&["rerun", "1", "--all", "--reason", ""], "1 to 1000 characters"),
        (&["rerun", "1", "--all", "--reason", &long_reason], "1 to 1000 characters"),
        (&["pause", "copr", "--reason", &long_reason], "1 to 1000 characters"),
        (&["rerun", "1", "--target", "event/2"], "target/25"),
        (&["cancel", "target/x"], "target/25"),
        (&["inbox", "list", "--limit", "0"], "--limit"),
    ];
    place.run(&["migrate"]).ok();
    for (arguments, told) in cases {
        let answer = place.run(arguments);
        assert_eq!(answer.code, 2, "{arguments:?}");
        assert!(answer.stderr.contains(told), "{arguments:?}: {}", answer.stderr);
    }
    // Both ways to name a target are understood: it is the event that is not there.
    for target in ["25", "target/25"] {
        let answer = place.run(&["rerun", "1", "--target", target]);
        assert!(answer.code == 2 && !answer.stderr.contains("names no target"), "{answer:?}");
    }
}

#[test]
fn what_is_not_understood_ends_with_2_and_says_what_is() {
    let place = Place::new();
    for arguments in [&["shwo"][..], &["show"], &["inbox", "list", "--limit", "many"], &[]] {
        let answer = place.run(arguments);
        assert_eq!(answer.code, 2, "{arguments:?}");
        assert!(answer.stderr.contains("--help"), "{}", answer.stderr);
    }
}

#[test]
fn the_readme_names_commands_and_options_that_exist() {
    let place = Place::new();
    let mut checked = 0;
    for page in ["README.md", "docs/operating.md"] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        for line in text.lines().filter(|line| line.starts_with("packflow ")) {
            let line = line.split(" #").next().unwrap();
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            let inner =
                words.iter().take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())).take(2);
            let inner: Vec<&str> = inner.copied().collect();
            let depth = if matches!(inner.first(), Some(&("config" | "inbox" | "token"))) { 2 } else { 1 };
            let help = place.run(&[&inner[..depth], &["--help"]].concat()).ok();
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{page}: `{line}`: no {option}");
            }
            checked += 1;
        }
    }
    assert!(checked > 5, "{checked}");
}
