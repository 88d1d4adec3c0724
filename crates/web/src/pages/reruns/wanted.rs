//! What is to be run again, as addresses and forms carry it.

use std::collections::BTreeSet;

use domain::ids::{StepId, TargetId};
use domain::rerun::{Asked, Selection};
use url::form_urlencoded;

use crate::problem::Problem;

/// The longest idempotency key, in bytes.
const LONGEST_KEY: usize = 200;
/// The longest reason, in bytes.
const LONGEST_REASON: usize = 1000;

/// A choice, which may be none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Wanted {
    pub(super) part: Option<Part>,
    pub(super) steps: BTreeSet<i64>,
    pub(super) targets: BTreeSet<i64>,
    pub(super) follow_ups: bool,
    pub(super) cancel_running: bool,
}

/// A part that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Part {
    Failed,
    FailedBuilds,
    FailedTests,
    All,
}

impl Part {
    pub(in super::super) const ALL: [Self; 4] =
        [Self::Failed, Self::FailedBuilds, Self::FailedTests, Self::All];

    /// As the API calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::FailedBuilds => "failed_builds",
            Self::FailedTests => "failed_tests",
            Self::All => "all",
        }
    }

    pub(in super::super) fn title(self) -> &'static str {
        match self {
            Self::Failed => "All failed",
            Self::FailedBuilds => "Failed builds",
            Self::FailedTests => "Failed tests",
            Self::All => "Everything",
        }
    }
}

/// A choice that is confirmed.
#[derive(Debug)]
pub(super) struct Confirmed {
    pub(super) wanted: Wanted,
    /// Names the plan that was shown.
    pub(super) hash: String,
    /// Names this confirmation.
    pub(super) key: String,
    pub(super) reason: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            part: None,
            steps: BTreeSet::new(),
            targets: BTreeSet::new(),
            follow_ups: true,
            cancel_running: false,
        }
    }
}

impl Wanted {
    pub(in super::super) fn part(part: Part) -> Self {
        Self { part: Some(part), ..Self::default() }
    }

    pub(in super::super) fn target(target: i64) -> Self {
        Self { targets: BTreeSet::from([target]), ..Self::default() }
    }

    /// Reads an address's query.
    pub(super) fn read(query: &[u8]) -> Result<Self, Problem> {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query) {
            // What is no part of a choice was added by whoever handed the address on.
            wanted.take(&name, &value)?;
        }
        wanted.checked()
    }

    /// Takes one field; whether it is one of a choice.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        let wrong = |detail| Problem::bad_parameter(name.to_owned(), detail);
        let id = || value.parse().map_err(|_| wrong("It is the number of one of this event's."));
        match (name, value) {
            ("part", _) if self.part.is_some() => return Err(wrong("It is given twice.")),
            ("part", _) => {
                let part = Part::ALL.into_iter().find(|part| part.word() == value);
                self.part =
                    Some(part.ok_or_else(|| wrong("It is failed, failed_builds, failed_tests or all."))?);
            }
            ("step", _) => drop(self.steps.insert(id()?)),
            ("target", _) => drop(self.targets.insert(id()?)),
            ("follow_ups", "no") => self.follow_ups = false,
            ("cancel_running", "yes") => self.cancel_running = true,
            ("follow_ups" | "cancel_running", "") => {}
            ("follow_ups", _) => return Err(wrong("It is `no`, or left out.")),
            ("cancel_running", _) => return Err(wrong("It is `yes`, or left out.")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn checked(self) -> Result<Self, Problem> {
        let kinds = [self.part.is_some(), !self.steps.is_empty(), !self.targets.is_empty()];
        if kinds.into_iter().filter(|is_told| *is_told).count() > 1 {
            let detail = "Choose a part, steps, or targets: not several of these at once.";
            return Err(Problem::bad_parameter("part", detail));
        }
        Ok(self)
    }

    /// What is asked for; none if nothing was chosen yet, which is never everything.
    pub(super) fn selection(&self) -> Option<Selection> {
        let asked = match self.part {
            Some(Part::All) => Asked::Everything,
            Some(Part::Failed) => Asked::Failed,
            Some(Part::FailedBuilds) => Asked::FailedBuilds,
            Some(Part::FailedTests) => Asked::FailedTests,
            None if !self.steps.is_empty() => Asked::Steps(self.steps.iter().map(|id| StepId(*id)).collect()),
            None if !self.targets.is_empty() => {
                Asked::Targets(self.targets.iter().map(|id| TargetId(*id)).collect())
            }
            None => return None,
        };
        Some(Selection {
            follow_ups: self.follow_ups,
            cancel_running: self.cancel_running,
            ..Selection::of(asked)
        })
    }

    /// The same way of doing it, with these targets.
    pub(super) fn with_targets(&self, targets: BTreeSet<i64>) -> Self {
        Self { part: None, steps: BTreeSet::new(), targets, ..self.clone() }
    }

    /// The same way of doing it, with this part.
    pub(super) fn with_part(&self, part: Part) -> Self {
        Self { part: Some(part), steps: BTreeSet::new(), targets: BTreeSet::new(), ..self.clone() }
    }

    /// As the fields of a form.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        fields.extend(self.part.map(|part| ("part", part.word().to_owned())));
        fields.extend(self.steps.iter().map(|id| ("step", id.to_string())));
        fields.extend(self.targets.iter().map(|id| ("target", id.to_string())));
        fields.extend((!self.follow_ups).then(|| ("follow_ups", "no".to_owned())));
        fields.extend(self.cancel_running.then(|| ("cancel_running", "yes".to_owned())));
        fields
    }

    /// The address where its plan is shown.
    pub(in super::super) fn address(&self, event: i64) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.fields()).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/events/{event}/reruns/new{mark}{query}")
    }
}

impl Confirmed {
    /// Reads a form.
    pub(super) fn read(form: &[u8]) -> Result<Self, Problem> {
        let mut wanted = Wanted::default();
        let (mut hash, mut key, mut reason) = (None, None, None);
        for (name, value) in form_urlencoded::parse(form) {
            match &*name {
                "hash" => hash = Some(value.into_owned()),
                "key" => key = Some(value.into_owned()),
                "reason" => reason = Some(value.trim().to_owned()).filter(|reason| !reason.is_empty()),
                _ if wanted.take(&name, &value)? => {}
                _ => {
                    let detail = "There is no such field in this form.";
                    return Err(Problem::bad_parameter(name.into_owned(), detail));
                }
            }
        }
        if reason.as_ref().is_some_and(|reason| reason.len() > LONGEST_REASON) {
            let detail = format!("The reason is text of up to {LONGEST_REASON} bytes.");
            return Err(Problem::bad_parameter("reason", detail));
        }
        let shown =
            || Problem::bad_parameter("hash", "The form lacks the plan that was shown: plan it anew.");
        let key = key.filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
        Ok(Self {
            wanted: wanted.checked()?,
            hash: hash.filter(|hash| !hash.is_empty()).ok_or_else(shown)?,
            key: key.ok_or_else(|| {
                Problem::bad_parameter("key", "The form lacks its own name: plan the rerun anew.")
            })?,
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_was_written() {
        let one = Wanted { follow_ups: false, cancel_running: true, ..Wanted::target(7) };
        let two = one.with_targets(BTreeSet::from([3, 5]));
        let steps = Wanted { steps: BTreeSet::from([2]), ..Wanted::default() };
        for wanted in [Wanted::default(), one.clone(), two.clone(), steps, one.with_part(Part::FailedTests)] {
            let address = wanted.address(1);
            let query = address.split_once('?').map_or("", |(_, query)| query);
            assert_eq!(Wanted::read(query.as_bytes()).unwrap(), wanted, "{address}");
        }
        assert_eq!(two.address(1), "/events/1/reruns/new?target=3&target=5&follow_ups=no&cancel_running=yes");
    }

    #[test]
    fn nothing_chosen_is_never_everything() {
        assert_eq!(Wanted::read(b"").unwrap().selection(), None);
        assert_eq!(Wanted::read(b"follow_ups=no").unwrap().selection(), None);
        assert_eq!(Wanted::read(b"utm_source=x").unwrap().selection(), None);
        let all = Wanted::read(b"part=all").unwrap().selection().unwrap();
        assert_eq!(all, Selection::of(Asked::Everything));
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        for wrong in
            ["part=some", "target=x", "step=", "part=all&target=1", "follow_ups=yes", "cancel_running=no"]
        {
            Wanted::read(wrong.as_bytes()).unwrap_err();
        }
        for wrong in
            ["part=all", "part=all&hash=a", "part=all&key=k", "part=all&hash=&key=k", "hash=a&key=k&x=1"]
        {
            Confirmed::read(wrong.as_bytes()).unwrap_err();
        }
        let confirmed = Confirmed::read(b"target=1&hash=a&key=k&reason=+mirror+").unwrap();
        assert_eq!((confirmed.reason.as_deref(), confirmed.wanted), (Some("mirror"), Wanted::target(1)));
    }
}
