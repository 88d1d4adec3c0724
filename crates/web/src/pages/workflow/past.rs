//! The workflow of a moment in the past as a workflow that can be drawn.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::words::EventStatus;
use store::reads::{InputView, PastTarget, TargetView, WorkflowView};

use super::super::state::Unknown;
use super::super::text::Moment;

/// A workflow as it was.
pub(super) struct Past {
    /// What was known of it then. Where a target stood of which that is not recorded is told by `unknown`, not here.
    pub(super) view: WorkflowView,
    /// The targets, inputs from other events included, of which it is not known where they stood.
    pub(super) unknown: Unknown,
    /// None if that is not known.
    pub(super) status: Option<EventStatus>,
}

impl Past {
    /// None if nobody had told of the event by then.
    pub(super) fn of(view: &WorkflowView, at: DateTime<Utc>) -> Option<Self> {
        let past = view.at(at)?;
        let today: BTreeMap<i64, &TargetView> =
            view.targets.iter().map(|target| (target.id, target)).collect();
        let mut unknown = Unknown::new();
        let mut targets = Vec::new();
        for was in &past.targets {
            let Some(is) = today.get(&was.id) else { continue };
            let inputs = was.inputs.iter().zip(&is.inputs);
            // Those of this event are told of by themselves.
            let outside = inputs.clone().filter(|(was, is)| was.status.is_none() && is.event_id.is_some());
            unknown.extend(outside.map(|(was, _)| was.target_id));
            unknown.extend(was.status.is_none().then_some(was.id));
            let inputs = inputs
                .map(|(was, is)| InputView { status: was.status.unwrap_or(is.status), ..is.clone() })
                .collect();
            targets.push(TargetView { inputs, status: was.status.unwrap_or(is.status), ..target(was, is) });
        }
        let shown = WorkflowView {
            event: past.event,
            project: past.project,
            reference: past.reference,
            commit: past.commit,
            status: view.status,
            omissions: past.omissions,
            pipelines: past.pipelines,
            steps: past.steps,
            jobs: past.jobs,
            targets,
            // What a submission waited for is not recorded.
            submissions: Vec::new(),
        };
        Some(Self { view: shown, unknown, status: past.status })
    }
}

/// What was known of a target: links and what was made came with the states.
fn target(was: &PastTarget, is: &TargetView) -> TargetView {
    let had = |known: bool, text: &Option<String>| text.clone().filter(|_| known);
    let (submitted, started, finished) =
        (was.submitted_at.is_some(), was.started_at.is_some(), was.finished_at.is_some());
    TargetView {
        reason: was.reason.clone(),
        submission_id: None,
        external_id: had(submitted, &is.external_id),
        url: had(submitted, &is.url),
        logs_url: had(started || finished, &is.logs_url),
        submitted_at: was.submitted_at,
        started_at: was.started_at,
        finished_at: was.finished_at,
        peer_started_at: is.peer_started_at.filter(|_| finished),
        peer_finished_at: is.peer_finished_at.filter(|_| finished),
        details: if finished { is.details.clone() } else { TargetDetails::default() },
        ..is.clone()
    }
}

/// The changes before and behind what is shown: without `at` that is now, behind which there is none.
pub(super) fn around(view: &WorkflowView, at: Option<DateTime<Utc>>) -> (Option<Moment>, Option<Moment>) {
    let mut moments: Vec<DateTime<Utc>> = view
        .targets
        .iter()
        .flat_map(|target| {
            [Some(target.created_at), target.submitted_at, target.started_at, target.finished_at]
        })
        .flatten()
        .chain(view.pipelines.iter().map(|pipeline| pipeline.created_at))
        .filter(|moment| *moment >= view.event.received_at)
        .collect();
    moments.sort_unstable();
    moments.dedup();
    let shown = at.map_or(moments.len(), |at| moments.partition_point(|moment| *moment <= at));
    let earlier = shown.checked_sub(2).and_then(|place| moments.get(place));
    // The last change leads to what is now.
    let later = at.and(moments.get(shown)).filter(|_| shown + 1 < moments.len());
    (earlier.copied().map(Moment), later.copied().map(Moment))
}

#[cfg(test)]
mod tests {
    use domain::words::TargetStatus;

    use super::super::story::{self, at};
    use super::*;

    #[test]
    fn what_came_later_is_left_out_and_what_was_not_recorded_is_unknown() {
        let mut story = story::rerun();
        // An import without its times. What runs now began at a time that nobody told either.
        let imported = &mut story.0.targets[2];
        (imported.submitted_at, imported.started_at) = (None, None);
        let past = Past::of(&story.0, at(30)).unwrap();
        let status = |id: i64| past.view.targets.iter().find(|target| target.id == id).unwrap().status;
        assert_eq!(status(1), TargetStatus::Running);
        assert_eq!(past.unknown.iter().copied().collect::<Vec<_>>(), [3, 6]);
        assert!(past.view.targets.iter().all(|target| target.finished_at.is_none()));
        assert!(Past::of(&story.0, at(-1)).is_none());
    }

    #[test]
    fn one_can_go_from_change_to_change() {
        let story = story::rerun();
        let moments = |shown| {
            let (earlier, later) = around(&story.0, shown);
            [earlier, later].map(|moment| moment.map(|Moment(at)| at))
        };
        // Planned at 0, pipelines at 1 and 2, started at 5, finished at 65.
        assert_eq!(moments(None), [Some(at(5)), None]);
        assert_eq!(moments(Some(at(5))), [Some(at(2)), None]);
        assert_eq!(moments(Some(at(1))), [Some(at(0)), Some(at(2))]);
        assert_eq!(moments(Some(at(0))), [None, Some(at(1))]);
    }
}
