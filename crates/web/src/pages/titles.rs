//! The words of the design as people read them on a page.

use domain::words::{BuildSystem, EventKind, EventStatus, JobKind, Needs, ReferenceKind, RerunVia};

pub(super) fn event_kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::PullRequest => "Pull request",
        EventKind::Push => "Push",
        EventKind::Release => "Release",
        EventKind::IssueComment => "Comment",
        EventKind::CommitComment => "Commit comment",
        EventKind::CheckRun => "Check run",
        EventKind::CheckSuite => "Check suite",
        EventKind::KojiBuild => "Koji build",
        EventKind::KojiTag => "Koji tag",
        EventKind::UpstreamVersion => "Upstream version",
        EventKind::Unknown => "Unknown event",
    }
}

pub(super) fn event_status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Nothing => "nothing started",
        other => other.as_str(),
    }
}

/// `1 build`, `2 builds`
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What people call a job: its kind, and what tells it from others of that kind.
pub(super) fn job(kind: JobKind, identifier: Option<&str>) -> String {
    let title = job_kind(kind);
    identifier.map_or_else(|| title.to_owned(), |identifier| format!("{title} {identifier}"))
}

pub(super) fn job_kind(kind: JobKind) -> &'static str {
    match kind {
        JobKind::SrpmBuild => "SRPM build",
        JobKind::CoprBuild => "Copr build",
        JobKind::KojiBuild => "Koji build",
        JobKind::TestRun => "Tests",
        JobKind::ProposeDownstream => "Propose downstream",
        JobKind::PullFromUpstream => "Pull from upstream",
        JobKind::BodhiUpdate => "Bodhi update",
        JobKind::VmImageBuild => "VM image build",
        JobKind::KojiTagRequest => "Koji tag request",
        JobKind::OpenscanhubScan => "OpenScanHub scan",
        JobKind::LogDetectiveAnalysis => "Log Detective analysis",
    }
}

/// A kind where there is little room.
pub(super) fn job_kind_short(kind: JobKind) -> &'static str {
    match kind {
        JobKind::SrpmBuild => "SRPM",
        JobKind::CoprBuild => "Copr",
        JobKind::KojiBuild => "Koji",
        JobKind::BodhiUpdate => "Bodhi",
        other => job_kind(other),
    }
}

/// What a target does with an input of which it needs this.
pub(super) fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Success => "uses",
        Needs::Finished => "needs the end of",
        Needs::Failure => "needs the failure of",
    }
}

/// The door that a rerun was asked for through.
pub(super) fn door(via: RerunVia) -> &'static str {
    match via {
        RerunVia::Api => "the API",
        RerunVia::CommandLine => "the command line",
        RerunVia::Dashboard => "the dashboard",
        RerunVia::CheckRun => "a check run",
        RerunVia::Comment => "a comment",
        RerunVia::Import => "another service, as it was imported",
    }
}

pub(super) fn build_system(system: BuildSystem) -> &'static str {
    match system {
        BuildSystem::Copr => "Copr",
        BuildSystem::TestingFarm => "Testing Farm",
        BuildSystem::Koji => "Koji",
        BuildSystem::Bodhi => "Bodhi",
        BuildSystem::DistGit => "Dist-git",
        BuildSystem::ImageBuilder => "Image Builder",
        BuildSystem::OpenScanHub => "OpenScanHub",
        BuildSystem::LogDetective => "Log Detective",
    }
}

/// A reference as a page names it: `pull request 42`.
pub(super) fn reference(kind: ReferenceKind, name: &str) -> String {
    domain::words::Reference::new(kind, name).to_string()
}
