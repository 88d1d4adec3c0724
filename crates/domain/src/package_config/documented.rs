//! Whether `docs/package-configuration.md` shows the key set as it is.

use std::collections::BTreeMap;

use super::keys::{
    BOOTSTRAPS, DEPLOYMENTS, JOB_KEYS, JOB_TYPES, Kind, Level, PACKAGE_KEYS, Presence, TRIGGERS, known_on,
};
use super::{Bootstrap, Deployment, JobType, Source, Trigger, load};

const DOCUMENT: &str = include_str!("../../../../docs/package-configuration.md");

/// The words of the document for what a key takes.
fn takes(kind: Kind) -> &'static str {
    use Kind::*;
    match kind {
        Text => "text",
        RepositoryName => "file name",
        VersionSpecifiers => "version specifiers",
        BranchPattern => "regular expression",
        Flag => "flag",
        Integer => "whole number",
        TextList => "list of text",
        TextOrList => "text or list of text",
        Mapping => "mapping",
        TextMapping => "mapping with text keys",
        Word(_) => "word",
        Words(_) => "list of words",
        Trigger => "triggers",
        Actions => "actions",
        Targets | Branches => "names with options",
        Group(_) | Metadata => "mapping of keys",
        GroupList(_) => "list of mappings of keys",
        TextOrGroupList(_) => "list of text or mappings of keys",
        SourceId => "text or number",
        Packages => "packages",
        Removed => "nothing",
    }
}

/// The words of the document for where a key may stand.
fn stands_on(name: &str) -> String {
    let levels = [
        (Level::Top, "top"),
        (Level::Package, "package"),
        (Level::Job, "job"),
        (Level::Metadata, "metadata"),
    ];
    let known = levels.iter().filter(|(level, _)| known_on(*level).any(|known| known == name));
    known.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

/// The rows of the document's table of keys by key.
fn documented() -> BTreeMap<String, Vec<String>> {
    let section = DOCUMENT.split("\n## Keys\n").nth(1).unwrap().split("\n## ").next().unwrap();
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
        .map(|cells: Vec<String>| (cells[1].clone(), cells[2..].to_vec()))
        .collect()
}

#[test]
fn the_document_shows_every_key_with_what_it_takes_and_where_it_stands() {
    let mut known = BTreeMap::from([("jobs".to_owned(), ("list of mappings of keys", "no"))]);
    for key in PACKAGE_KEYS.iter().chain(JOB_KEYS) {
        let empty = if key.presence == Presence::Nullable { "yes" } else { "no" };
        known.insert(key.name.to_owned(), (takes(key.kind), empty));
    }
    let documented = documented();
    assert_eq!(documented.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
    for (name, (takes, empty)) in known {
        let row = &documented[&name];
        assert_eq!(row[..2], [takes, empty], "{name}");
        assert_eq!(row[3], stands_on(&name), "{name}");
    }
}

#[test]
fn the_document_says_which_keys_a_loaded_job_has() {
    let text = "specfile_path: a.spec\njobs: [{job: tests, trigger: commit}]";
    let source = Source { repository: "a".to_owned(), ..Source::default() };
    let job = serde_json::to_value(&load(text, &source).unwrap().jobs[0]).unwrap();
    let mut shown: Vec<String> = documented()
        .into_iter()
        .filter_map(|(key, row)| match row[4].as_str() {
            "yes" => Some(key),
            "no" => None,
            other_name => Some(other_name.to_owned()),
        })
        .collect();
    shown.sort();
    let mut loaded: Vec<_> = job.as_object().unwrap().keys().cloned().collect();
    loaded.sort();
    assert_eq!(shown, loaded);
    assert_eq!(loaded.len(), 65);
}

#[test]
fn the_words_that_are_checked_are_those_that_are_read() {
    assert!(JobType::ALL.iter().map(|word| word.as_str()).eq(JOB_TYPES.iter().copied()));
    assert!(Trigger::ALL.iter().map(|word| word.as_str()).eq(TRIGGERS.iter().copied()));
    assert!(Bootstrap::ALL.iter().map(|word| word.as_str()).eq(BOOTSTRAPS.iter().copied()));
    assert!(Deployment::ALL.iter().map(|word| word.as_str()).eq(DEPLOYMENTS.iter().copied()));
}
