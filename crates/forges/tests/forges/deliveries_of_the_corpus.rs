//! Every recorded delivery of GitHub, and what it is understood to be.

use crate::support;

use std::fmt::Write;

use forges::github::Reading;
use forges::github::delivery::read;

#[test]
fn each_recorded_delivery_is_understood() {
    let Some(folder) = support::corpus("webhooks/github") else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut table = String::new();
    for line in index.lines().skip(1) {
        let mut columns = line.split('\t');
        let (file, kind) = (columns.next().unwrap(), columns.next().unwrap());
        let body = std::fs::read(folder.join(file)).unwrap();
        let reading = read(kind, &body, "github.com");
        assert_eq!(reading, read(kind, &body, "github.com"), "{file} read twice");
        let file = file.trim_end_matches(".json");
        match reading {
            Reading::Event(event) => {
                let actor = event.actor.as_deref().unwrap_or("-");
                let hash = event.hash().map_or("-", |hash| &hash[..8]);
                let time =
                    event.occurred_at.map_or_else(|| "-".to_owned(), |time| time.format("%F %T").to_string());
                let (project, kind) = (&event.project.key, event.kind());
                writeln!(table, "{file}: {kind} {project}, {}, {actor}, {hash}, {time}", event.reference())
                    .unwrap();
            }
            Reading::Ignored(reason) => writeln!(table, "{file}: ignored, {reason}").unwrap(),
            Reading::Refused(reason) => writeln!(table, "{file}: REFUSED, {reason}").unwrap(),
        }
    }
    insta::assert_snapshot!(table, @"");
}
