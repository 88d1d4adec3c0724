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
    let mut nobody = place.command(&["aliases", "--database", &place.database(), "--json"]);
    let output = nobody.stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut full_disk = place.command(&["aliases", "--database", &place.database(), "--json"]);
    assert_eq!(full_disk.stdout(full).output().unwrap().status.code(), Some(2));
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
