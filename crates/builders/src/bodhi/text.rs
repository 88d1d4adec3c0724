//! What Bodhi is told: which builds, and the notes for people.

use std::collections::BTreeMap;

use domain::details::BodhiUpdate;
use serde_json::{Value, json};

use crate::{BuilderError, Work, WorkTarget};

/// What the notes that we write begin with; who finds other ones there leaves them alone.
pub(super) const OUR_NOTES: &str = "Automatic update for ";

/// What an update is to hold.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The builds that are known, by package; with a sidetag there may be more.
    pub(super) nvrs: Vec<&'a str>,
    /// The sidetag that it is made from; none if it is made of the builds.
    pub(super) sidetag: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// # Errors
    /// [`BuilderError::Refused`] if there is neither a build nor a sidetag, or a sidetag is planned and not known.
    pub(super) fn of(
        target: &'a WorkTarget,
        job: &BodhiUpdate,
        tagged: &'a [String],
    ) -> Result<Self, BuilderError> {
        // Of two builds of a package the later one counts: an update holds one of each. One that it was planned with is a build
        // that nobody here asked for.
        let consumed = target.inputs.iter().filter_map(|input| input.details.nvr.as_deref());
        let nvrs = consumed.chain(target.details.nvr.as_deref());
        // What is in the sidetag is newer than what was consumed, and may be somebody else's.
        let nvrs = nvrs.chain(tagged.iter().map(String::as_str));
        let nvrs: BTreeMap<Option<&str>, &str> = nvrs.map(|nvr| (package_of(nvr), nvr)).collect();
        let nvrs: Vec<&str> = nvrs.into_values().collect();
        // Its own, or the one that its newest build went into.
        let of_inputs = target.inputs.iter().rev().find_map(|input| input.details.sidetag.as_deref());
        let sidetag = target.details.sidetag.as_deref().or(of_inputs);
        match (&job.sidetag_group, sidetag) {
            (Some(group), None) => Err(BuilderError::Refused(format!(
                "no sidetag of the group {group} is known for {}",
                target.name
            ))),
            (Some(_), Some(_)) => Ok(Self { nvrs, sidetag }),
            (None, _) if nvrs.is_empty() => {
                Err(BuilderError::Refused("no build is known that the update could hold".to_owned()))
            }
            (None, _) => Ok(Self { nvrs, sidetag: None }),
        }
    }
}

/// The package of a build.
fn package_of(nvr: &str) -> Option<&str> {
    nvr.rsplitn(3, '-').nth(2)
}

/// The body that creates an update.
pub(super) fn new_update(wanted: &Wanted<'_>, work: &Work) -> Value {
    let mut body = json!({"notes": notes(wanted, work), "type": "enhancement"});
    match wanted.sidetag {
        Some(sidetag) => body["from_tag"] = json!(sidetag),
        None => body["builds"] = json!(wanted.nvrs),
    }
    body
}

/// What stands in the update for people: the builds, and where they come from as far as is known.
pub(super) fn notes(wanted: &Wanted<'_>, work: &Work) -> String {
    let holds = match (wanted.nvrs.is_empty(), wanted.sidetag) {
        (true, Some(sidetag)) => format!("sidetag {sidetag}"),
        _ => wanted.nvrs.join(", "),
    };
    let mut notes = format!("{OUR_NOTES}{holds}.\n");
    if !work.commit.is_empty() {
        let project = &work.project;
        notes.push_str(&format!(
            "\nOf {}/{}/{}, {} {}, commit {}.\n",
            project.forge,
            project.namespace,
            project.name,
            work.reference.kind,
            work.reference.name,
            work.commit
        ));
    }
    if !work.page_url.is_empty() {
        notes.push_str(&format!("\nHow it came about: {}\n", work.page_url));
    }
    notes
}
