//! The words of checks.

use std::fmt::Write;

use chrono::TimeDelta;
use domain::words::{BuildSystem, JobKind, Needs};

/// What a target of this kind is, as people call it.
pub(super) fn kind(kind: JobKind) -> &'static str {
    match kind {
        JobKind::SrpmBuild => "SRPM build",
        JobKind::CoprBuild => "Copr build",
        JobKind::KojiBuild => "Koji build",
        JobKind::TestRun => "test run",
        JobKind::ProposeDownstream => "dist-git pull request",
        JobKind::PullFromUpstream => "pull from upstream",
        JobKind::BodhiUpdate => "Bodhi update",
        JobKind::VmImageBuild => "image build",
        JobKind::KojiTagRequest => "Koji tag request",
        JobKind::OpenscanhubScan => "OpenScanHub scan",
        JobKind::LogDetectiveAnalysis => "log analysis",
    }
}

/// Who carries it out, as people call it.
pub(super) fn system(kind: JobKind) -> &'static str {
    match BuildSystem::of(kind) {
        BuildSystem::Copr => "Copr",
        BuildSystem::TestingFarm => "Testing Farm",
        BuildSystem::Koji => "Koji",
        BuildSystem::Bodhi => "Bodhi",
        other => other.as_str(),
    }
}

/// What an input must have done.
pub(super) fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Success => "has succeeded",
        Needs::Finished => "has ended",
        Needs::Failure => "has failed",
    }
}

/// `1 h 5 min`, `4 min 10 s`, `7 s`: the two largest parts.
pub(super) fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(2);
    let mut text = String::new();
    for (count, unit) in parts.iter().skip(first).take(2).filter(|(count, _)| *count > 0) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{count} {unit}", if text.is_empty() { "" } else { " " });
    }
    if text.is_empty() { "less than a second".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_by_its_two_largest_parts() {
        for (seconds, expected) in [
            (-5, "less than a second"),
            (0, "less than a second"),
            (7, "7 s"),
            (60, "1 min"),
            (250, "4 min 10 s"),
            (3600, "1 h"),
            (3605, "1 h"),
            (7500, "2 h 5 min"),
        ] {
            assert_eq!(span(TimeDelta::seconds(seconds)), expected, "{seconds}");
        }
    }
}
