//! What is said to a command that is not carried out: why, and what to do instead. In Markdown, where text from outside is shown
//! as it is and does nothing.

use std::collections::BTreeSet;
use std::fmt::Write;

use domain::ids::TargetId;
use domain::markdown::{code, escape};
use domain::package_config::{JobType, PackageConfig};
use domain::plan::Omission;
use domain::rerun::{Conflict, Entry, NothingToDo};
use domain::words::{JobKind, TargetStatus};
use store::reads::{TargetView, WorkflowView};

use super::Answer;

/// The most targets or reasons that a reply names.
const NAMED: usize = 10;

fn said(reason: &str, markdown: String) -> Answer {
    Answer::Said { reason: reason.to_owned(), markdown }
}

/// The person may not.
pub(super) fn refused(reason: &str) -> Answer {
    said(reason, format!("Not done: {}.", escape(reason)))
}

/// It cannot be done as it was written.
pub(super) fn sorry(reason: &str) -> Answer {
    said(reason, format!("Nothing was started: {}.", escape(reason)))
}

/// It is no command.
pub(super) fn not_understood(prefix: &str, reason: &str) -> Answer {
    let markdown = format!(
        "Not understood: {}. {} lists the commands.",
        escape(reason),
        code(&format!("{prefix} help"))
    );
    said(reason, markdown)
}

/// The commit has no workflow of which something could have failed.
pub(super) fn not_started(prefix: &str) -> Answer {
    let reason = "nothing was started for this commit yet";
    let markdown = format!(
        "Nothing was started for this commit yet. {} builds it, and what follows its builds follows them.",
        code(&format!("{prefix} build"))
    );
    said(reason, markdown)
}

/// The configuration has nothing that was asked for; what could have been asked for instead, if that is known.
pub(super) fn nothing_planned(prefix: &str, omissions: &[Omission], instead: &str) -> Answer {
    let reason = omissions.first().map_or("nothing is configured for it", |omission| &omission.reason);
    let mut markdown = "Nothing was started:\n\n".to_owned();
    for omission in omissions.iter().take(NAMED) {
        let name = omission.name.as_ref().map(|name| format!(" {}", code(name))).unwrap_or_default();
        let _ = writeln!(markdown, "- {}{name}: {}", code(&omission.kind), escape(&omission.reason));
    }
    let _ = write!(markdown, "\n{instead}{} lists the commands.", code(&format!("{prefix} help")));
    said(reason, markdown)
}

/// The identifiers and labels by which the tests of a configuration can be asked for.
pub(super) fn names_of_tests(configuration: &PackageConfig) -> String {
    let tests = || configuration.jobs.iter().filter(|job| job.job == JobType::Tests);
    let identifiers: BTreeSet<&String> = tests().filter_map(|job| job.identifier.as_ref()).collect();
    let labels: BTreeSet<&String> = tests().flat_map(|job| job.labels.iter().flatten()).collect();
    let mut names = String::new();
    for (what, words) in [("identifiers", identifiers), ("labels", labels)] {
        let words: Vec<String> = words.into_iter().take(NAMED).map(|word| code(word)).collect();
        if !words.is_empty() {
            let _ = write!(names, "The {what} of its tests: {}. ", words.join(", "));
        }
    }
    names
}

/// Nothing of what was asked for is there: what is red, and the command for it.
pub(super) fn nothing(prefix: &str, found: &NothingToDo, view: Option<&WorkflowView>, page: &str) -> Answer {
    // The reason names targets by ids; the person sees them by name, with the command that redoes them.
    let short = found.reason.split(';').next().unwrap_or(&found.reason);
    let mut markdown = format!("Nothing to do: {}.", escape(short));
    for line in cannot(&found.plan.cannot) {
        let _ = write!(markdown, "\n\n{line}");
    }
    let newest: Vec<&TargetView> = view.into_iter().flat_map(WorkflowView::newest).collect();
    let names = |targets: &[&&TargetView]| names(targets, view);
    let mut is_green = true;
    for (what, command, of_kind) in [
        ("build", "rebuild-failed", JobKind::is_build as fn(JobKind) -> bool),
        ("test", "retest-failed", JobKind::is_test),
    ] {
        let red: Vec<&&TargetView> =
            newest.iter().filter(|target| of_kind(target.kind) && is_red(target.status)).collect();
        if !red.is_empty() {
            is_green = false;
            let _ = write!(
                markdown,
                "\n\nRed {what}s: {}. {} redoes them.",
                names(&red),
                code(&format!("{prefix} {command}"))
            );
        }
    }
    let open: Vec<&&TargetView> = newest.iter().filter(|target| target.finished_at.is_none()).collect();
    if !open.is_empty() {
        let _ = write!(markdown, "\n\nNot ended yet: {}.", names(&open));
    } else if is_green && found.plan.cannot.is_empty() {
        let _ = write!(
            markdown,
            "\n\nNothing is red. {} builds all of it again.",
            code(&format!("{prefix} build"))
        );
    }
    let _ = write!(markdown, "\n\n[The workflow]({page})");
    said(&found.reason, markdown)
}

/// It cannot be done now; the rest of what was asked for may have been done.
pub(super) fn conflict(
    conflict: &Conflict,
    view: Option<&WorkflowView>,
    page: &str,
    is_rest_done: bool,
) -> Answer {
    let reason = conflict.to_string();
    let lead = if is_rest_done { "Not all of it was started" } else { "Nothing was started" };
    let markdown = match (conflict, view) {
        (Conflict::Unfinished(targets), Some(workflow)) => {
            let open: Vec<&TargetView> = workflow.targets.iter().collect();
            let open: Vec<&&TargetView> =
                open.iter().filter(|target| targets.contains_key(&TargetId(target.id))).collect();
            format!(
                "{lead}: this has not ended yet: {}. Ask again when it has, or cancel it at [the workflow]({page}).",
                names(&open, view)
            )
        }
        _ => format!("{lead}: {}. See [the workflow]({page}).", escape(&reason)),
    };
    said(&reason, markdown)
}

fn is_red(status: TargetStatus) -> bool {
    matches!(status, TargetStatus::Failed | TargetStatus::Errored | TargetStatus::Canceled)
}

/// What cannot be redone, a line each; the rest of what was asked for may have been.
pub(super) fn cannot(entries: &[Entry]) -> impl Iterator<Item = String> {
    entries.iter().take(NAMED).map(|entry| {
        let name = name(entry.kind, entry.identifier.as_deref(), &entry.name);
        format!("{name} cannot be redone: {}.", escape(&entry.why))
    })
}

/// `test_run full fedora-42-x86_64`: a chroot alone may be several targets.
fn name(kind: JobKind, identifier: Option<&str>, name: &str) -> String {
    let identifier = identifier.map(|identifier| format!("{identifier} ")).unwrap_or_default();
    code(&format!("{kind} {identifier}{name}"))
}

fn names(targets: &[&&TargetView], view: Option<&WorkflowView>) -> String {
    let name_of = |target: &&&TargetView| {
        let mut jobs = view.into_iter().flat_map(|view| &view.jobs);
        let job = jobs.find(|job| job.id == target.job_id);
        name(target.kind, job.and_then(|job| job.identifier.as_deref()), &target.name)
    };
    let first: Vec<String> = targets.iter().take(NAMED).map(name_of).collect();
    match targets.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The commands that are carried out.
pub(super) fn help(prefix: &str) -> String {
    let lines = [
        ("build", "builds again, and what follows the builds"),
        ("test", "tests again; a test whose build failed brings that build"),
        (
            "test --identifier ID --labels A,B",
            "of the tests, those of this identifier, or with one of these labels",
        ),
        ("test --env NAME=VALUE", "with this variable, for this run"),
        ("test NAMESPACE/REPOSITORY#NUMBER", "together with the builds of another pull request"),
        ("rebuild-failed", "the builds that failed, and what follows them"),
        ("retest-failed", "the tests that failed, and nothing else"),
        ("upstream-koji-build", "scratch builds in Koji"),
        (
            "koji-build",
            "in a package's pull request: the Koji build of the branch it goes into, and its update",
        ),
        ("create-update", "in a package's pull request: the Bodhi update of that branch's newest build"),
        (
            "koji-tag",
            "in a package's pull request: that build into the sidetag of its group; `--all-branches`: of all branches",
        ),
        (
            "propose-downstream",
            "in an issue, or at the commit of the newest release: that release into dist-git; of what was proposed, the branches that failed",
        ),
        (
            "pull-from-upstream --version VERSION",
            "in a package's pull request: the newest version, or this one, from upstream; `--resolve-bug rhbz#NUMBER` names a bug",
        ),
        ("--package NAME build", "of one package; before any command"),
        (
            "build --commit BRANCH",
            "at a commit: as a commit of this branch; `--release TAG`: as this release",
        ),
        ("help", "this list"),
    ];
    let mut markdown = "These commands stand at the beginning of a line of a comment:\n\n".to_owned();
    for (command, what) in lines {
        let _ = writeln!(markdown, "- {}: {what}", code(&format!("{prefix} {command}")));
    }
    markdown.push_str("\nWhat is carried out gets an 👀; everything else is answered.");
    markdown
}

#[cfg(test)]
mod tests {
    use domain::comments::{Parsed, parse};

    use super::{Answer, help, not_started, not_understood, refused, sorry};

    #[test]
    fn no_reply_is_a_command_or_calls_somebody() {
        let hostile = "x\n/packit build\n@packit **bold**";
        for answer in
            [refused(hostile), sorry(hostile), not_understood("/packit", hostile), not_started("/packit")]
        {
            let Answer::Said { markdown, .. } = answer else { panic!() };
            assert_eq!(parse("/packit", &markdown), Parsed::NoCommand, "{markdown}");
            assert!(!markdown.contains("@packit") && !markdown.contains("**"), "{markdown}");
        }
        assert_eq!(parse("/packit", &help("/packit")), Parsed::NoCommand);
    }
}
