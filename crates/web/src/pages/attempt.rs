//! One attempt at a target as the page shows it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::words::TargetStatus;
use store::reads::{InputView, SubmissionView, TargetView};

use super::state::{State, Unknown};
use super::text::{Href, Moment, Text};
use super::{duration, titles};

pub(super) struct Attempt {
    pub(super) id: i64,
    /// The first attempt of its chain.
    pub(super) chain_id: i64,
    pub(super) number: i64,
    pub(super) name: Text,
    pub(super) status: State,
    /// Why it ended so, and what it waits for.
    pub(super) notes: Vec<Text>,
    pub(super) submitted_at: Option<Moment>,
    pub(super) started_at: Option<Moment>,
    pub(super) finished_at: Option<Moment>,
    /// How long it ran.
    pub(super) duration: Option<String>,
    pub(super) uses: Vec<Use>,
    pub(super) packages: Vec<Text>,
    pub(super) links: Vec<Link>,
}

/// An input.
pub(super) struct Use {
    pub(super) verb: &'static str,
    pub(super) id: i64,
    pub(super) what: Text,
    pub(super) status: State,
    /// Its event, if that is another one.
    pub(super) event_id: Option<i64>,
}

pub(super) struct Link {
    pub(super) text: &'static str,
    pub(super) href: Href,
}

impl Attempt {
    pub(super) fn new(target: &TargetView, submission: Option<&SubmissionView>, unknown: &Unknown) -> Self {
        let details = &target.details;
        let link = |text, url: &Option<String>| Some(Link { text, href: Href::new(url.as_ref()?)? });
        Self {
            id: target.id,
            chain_id: target.chain_id,
            number: target.attempt,
            name: Text::new(&target.name),
            status: State::of(target.id, target.status, unknown),
            notes: notes(target, submission),
            submitted_at: target.submitted_at.map(Moment),
            started_at: target.started_at.map(Moment),
            finished_at: target.finished_at.map(Moment),
            duration: ran(target).map(duration::in_words),
            uses: target.inputs.iter().map(|input| Use::new(input, unknown)).collect(),
            packages: details.packages.iter().map(Text::new).collect(),
            links: [
                link("page", &target.url),
                link("log", &target.logs_url),
                link("SRPM", &details.artifact_url),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

/// How long a target ran: by the build system's clock if that is known, else by ours.
pub(super) fn ran(target: &TargetView) -> Option<TimeDelta> {
    duration::between(target.peer_started_at, target.peer_finished_at)
        .or_else(|| duration::between(target.started_at, target.finished_at))
}

impl Use {
    fn new(input: &InputView, unknown: &Unknown) -> Self {
        Self {
            verb: titles::needs(input.needs),
            id: input.target_id,
            what: Text::new(named(input)),
            status: State::of(input.target_id, input.status, unknown),
            event_id: input.event_id,
        }
    }
}

/// `Copr build full fedora-43-x86_64`
fn named(input: &InputView) -> String {
    format!("{} {}", titles::job(input.kind, input.identifier.as_deref()), input.name)
}

fn notes(target: &TargetView, submission: Option<&SubmissionView>) -> Vec<Text> {
    let mut notes: Vec<String> = target.reason.iter().cloned().collect();
    if target.status.is_finished() {
        return notes.iter().map(Text::new).collect();
    }
    if target.status == TargetStatus::Waiting {
        let open = target.inputs.iter().filter(|input| !input.status.is_finished());
        notes.extend(open.map(|input| format!("waits for {}, {}", named(input), input.status)));
    }
    if let Some(submission) = submission {
        let is_sent = target.status.progress() >= TargetStatus::Submitting.progress();
        notes.extend(of_submission(submission, is_sent, Utc::now()));
    }
    notes.iter().map(Text::new).collect()
}

/// What keeps a submission, and what is about to happen to it.
fn of_submission(submission: &SubmissionView, is_sent: bool, now: DateTime<Utc>) -> Vec<String> {
    let mut notes = Vec::new();
    let system = titles::build_system(submission.system);
    if let Some(since) = submission.paused_since {
        let by = submission.paused_by.as_deref().map_or_else(String::new, |by| format!(", by {by}"));
        notes.push(format!("{system} is paused since {}{by}", Moment(since)));
    }
    if let Some(problem) = &submission.problem {
        let next = submission.due_at.map_or_else(String::new, |at| format!("; next try at {}", Moment(at)));
        let tries =
            if submission.tries == 1 { "1 try".to_owned() } else { format!("{} tries", submission.tries) };
        notes.push(format!("{problem} ({tries}{next})"));
    } else if !is_sent && let Some(at) = submission.due_at {
        notes.push(if at > now {
            format!("goes to {system} at {}", Moment(at))
        } else {
            format!("is due since {}", Moment(at))
        });
    }
    if let (Some(at), Some(by)) = (submission.cancel_requested_at, &submission.cancel_requested_by) {
        notes.push(format!("{by} asked to cancel it at {}", Moment(at)));
    }
    notes
}
