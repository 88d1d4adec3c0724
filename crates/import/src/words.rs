//! Packit Service's words for how something ended, in ours.

use domain::words::{JobKind, TargetStatus};

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It ended, and so.
    Ended(TargetStatus),
    /// It has not ended.
    Open,
    /// The other service does not keep how it ended; what is known, for people.
    Untold(TargetStatus, &'static str),
    /// The word is none that is known.
    Unknown,
}

/// What a status of a target of this kind says. No status is no word.
pub(crate) fn verdict(kind: JobKind, status: Option<&str>, was_sent: bool) -> Verdict {
    use TargetStatus::{Canceled, Errored, Failed, Skipped, Succeeded};
    use Verdict::{Ended, Open, Unknown, Untold};
    if kind == JobKind::KojiTagRequest {
        return if was_sent {
            Untold(Succeeded, "Koji took the request; Packit Service does not keep what came of it")
        } else {
            Untold(Errored, "the request has no Koji task")
        };
    }
    let Some(status) = status else { return Unknown };
    match (kind, status) {
        (JobKind::ProposeDownstream | JobKind::PullFromUpstream, "submitted") => Ended(Succeeded),
        (JobKind::TestRun, "complete") => {
            Untold(Errored, "Testing Farm said that it completed, and not with which result")
        }
        (JobKind::TestRun, "needs_inspection") => Ended(Failed),
        (JobKind::LogDetectiveAnalysis, "complete") => Ended(Succeeded),
        (JobKind::TestRun | JobKind::LogDetectiveAnalysis, "unknown") => {
            Untold(Errored, "the result is not known to Packit Service")
        }
        (_, "success" | "succeeded" | "passed") => Ended(Succeeded),
        (_, "failure" | "failed") => Ended(Failed),
        (_, "error") => Ended(Errored),
        (_, "canceled" | "cancelled") => Ended(Canceled),
        (_, "skipped") => Ended(Skipped),
        (
            _,
            "pending" | "waiting_for_srpm" | "retry" | "new" | "queued" | "running" | "building"
            | "uploading" | "registering" | "submitted" | "open" | "free" | "cancel-requested"
            | "cancel_requested",
        ) => Open,
        _ => Unknown,
    }
}

#[cfg(test)]
mod tests {
    use domain::words::{JobKind, TargetStatus};

    use super::{Verdict, verdict};

    #[test]
    fn a_word_is_read_by_kind() {
        let ended = |kind, status| verdict(kind, Some(status), true);
        assert_eq!(ended(JobKind::ProposeDownstream, "submitted"), Verdict::Ended(TargetStatus::Succeeded));
        assert_eq!(ended(JobKind::BodhiUpdate, "submitted"), Verdict::Open);
        assert_eq!(ended(JobKind::TestRun, "needs_inspection"), Verdict::Ended(TargetStatus::Failed));
        assert!(matches!(ended(JobKind::TestRun, "complete"), Verdict::Untold(TargetStatus::Errored, _)));
        assert_eq!(ended(JobKind::LogDetectiveAnalysis, "complete"), Verdict::Ended(TargetStatus::Succeeded));
        assert_eq!(ended(JobKind::CoprBuild, "waiting_for_srpm"), Verdict::Open);
        assert_eq!(ended(JobKind::CoprBuild, "of another age"), Verdict::Unknown);
        assert_eq!(verdict(JobKind::CoprBuild, None, true), Verdict::Unknown);
    }
}
