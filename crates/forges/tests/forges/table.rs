//! A reading in one line, for tables of what recorded deliveries are.

use forges::Reading;

pub(crate) fn line(file: &str, reading: &Reading) -> String {
    match reading {
        Reading::Event(event) => {
            let actor = event.actor.as_deref().unwrap_or("-");
            let hash = event.hash().map_or("-", |hash| &hash[..8]);
            let time =
                event.occurred_at.map_or_else(|| "-".to_owned(), |time| time.format("%F %T").to_string());
            let (project, kind) = (&event.project.key, event.kind());
            format!("{file}: {kind} {project}, {}, {actor}, {hash}, {time}\n", event.reference())
        }
        Reading::Notice(notice) => format!("{file}: {notice}\n"),
        Reading::Project(facts) => format!("{file}: {} is {}\n", facts.key, facts.visibility),
        Reading::NotHandledYet(reason) => format!("{file}: not handled yet, {reason}\n"),
        Reading::Ignored(reason) => format!("{file}: ignored, {reason}\n"),
        Reading::Refused(reason) => format!("{file}: REFUSED, {reason}\n"),
    }
}
