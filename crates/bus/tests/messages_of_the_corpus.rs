//! Every recorded message is read, refused or left alone, each with its reason.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use bus::{Message, SOURCE, reader};
use domain::notice::Notice;
use forges::Reading;
use forges::bus::BusHosts;
use test_support::corpus;

/// What a file comes to, in a word.
fn outcome(file: &Path) -> (&'static str, String) {
    let message =
        Message::recorded(&std::fs::read(file).unwrap()).unwrap_or_else(|| panic!("{}", file.display()));
    let address = message.address();
    assert_eq!(address.source, SOURCE);
    match reader(BusHosts::new()).read(&address.kind, &address.body) {
        Reading::Notice(notice) => match *notice {
            Notice::CoprBuild(_) => ("copr", notice.to_string()),
            Notice::KojiTask(_) | Notice::KojiBuild(_) | Notice::KojiTag(_) => ("koji", notice.to_string()),
            Notice::BodhiUpdate(_) => ("bodhi", notice.to_string()),
            Notice::UpstreamVersion(_) => ("version", notice.to_string()),
        },
        Reading::NotHandledYet(reason) => ("later", reason),
        Reading::Ignored(reason) => ("ignored", reason),
        Reading::Refused(reason) => ("refused", reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_recorded_message_comes_to_something() {
    let Some(corpus) = corpus("every_recorded_message_comes_to_something") else { return };
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for folder in std::fs::read_dir(corpus.join("messages")).unwrap() {
        let folder = folder.unwrap().path();
        for file in std::fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let (outcome, told) = outcome(&file);
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let is_of_a_forge = folder.ends_with("distgit");
            // A message that does not tell its host is refused by the forge's own reader.
            assert!(outcome == "refused" || !name.starts_with("invalid-"), "{name}: {outcome}, {told}");
            assert!(outcome != "refused" || name.starts_with("invalid-") || is_of_a_forge, "{name}: {told}");
            assert!(!told.is_empty() && !told.contains('\n'), "{name}: {told:?}");
            let sender = folder.file_name().unwrap().to_string_lossy().into_owned();
            *counts.entry((sender, outcome)).or_default() += 1;
        }
    }
    let count = |sender: &str, outcome: &str| counts.get(&(sender.to_owned(), outcome)).copied().unwrap_or(0);
    assert_eq!(
        (count("copr", "copr"), count("copr", "ignored"), count("copr", "refused")),
        (9, 3, 12),
        "{counts:?}"
    );
    assert!(count("distgit", "refused") >= 6, "{counts:?}");
    assert_eq!(count("koji", "koji"), 15, "{counts:?}");
    assert_eq!(count("bodhi", "bodhi"), 11, "{counts:?}");
    assert_eq!((count("hotness", "version"), count("anitya", "version")), (5, 3), "{counts:?}");
    assert_eq!((count("logdetective", "later"), count("openscanhub", "later")), (1, 1), "{counts:?}");
}
