use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{EventId, TargetId};
use domain::words::{JobKind, Needs, ProjectKey, TargetStatus};
use forges::{CheckStage, Conclusion};
use store::reports::{InputFacts, TargetFacts};

use super::of_target;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn input(needs: Needs, status: TargetStatus) -> InputFacts {
    InputFacts { needs, kind: JobKind::CoprBuild, name: "fedora-43-x86_64".to_owned(), status }
}

fn test_run(status: TargetStatus) -> TargetFacts {
    TargetFacts {
        id: TargetId(12),
        event: EventId(5),
        project: ProjectKey::new("github.com", "packit", "ogr"),
        pull_request: Some(7),
        kind: JobKind::TestRun,
        identifier: Some("full".to_owned()),
        name: "fedora-43-x86_64".to_owned(),
        attempt: 2,
        status,
        reason: None,
        url: Some("https://farm/7".to_owned()),
        logs_url: Some("https://logs/7".to_owned()),
        started_at: Some(at(1)),
        finished_at: status.is_finished().then(|| at(5)),
        targets_of_step: 3,
        inputs: vec![input(Needs::Success, TargetStatus::Succeeded)],
    }
}

fn conclusion(target: &TargetFacts) -> Option<Conclusion> {
    match of_target(target, "name", "https://packflow", at(9)).stage {
        CheckStage::Completed { conclusion, .. } => Some(conclusion),
        CheckStage::Queued | CheckStage::InProgress => None,
    }
}

#[test]
fn a_failed_target_says_what_when_why_and_what_next() {
    let target =
        TargetFacts { reason: Some("2 of 3 plans failed".to_owned()), ..test_run(TargetStatus::Failed) };
    let check = of_target(&target, "testing-farm:fedora-43-x86_64:full", "https://packflow", at(9));
    assert_eq!(check.name, "testing-farm:fedora-43-x86_64:full");
    assert_eq!((check.external_id.as_str(), check.title.as_str()), ("12", "Failed after 4 min"));
    assert_eq!(check.details_url, "https://packflow/targets/12");
    assert_eq!(check.stage, CheckStage::Completed { conclusion: Conclusion::Failure, at: at(5) });
    assert_eq!(check.started_at, Some(at(1)));
    assert_eq!(
        check.summary,
        "Test run of `fedora-43-x86_64`, `full`, attempt 2.\n\nIt failed.\n\n2 of 3 plans failed\n\n\
        [Log](<https://logs/7>) · [Testing Farm](<https://farm/7>) · [The whole workflow](<https://packflow/events/5>)"
    );
    assert_eq!(
        check.text,
        "The log tells why it failed; a new commit is checked anew.\n\n\
        - **Re-run** (of this check): this target, and what follows from it.\n\
        - **Redo this step**: All targets of this step, and follow-ups.\n\
        - **Redo all failed**: All that failed, and its follow-ups.\n\
        - **Redo everything**: The whole workflow from its beginning."
    );
    assert_eq!(check.actions.len(), 3);
}

#[test]
fn all_that_waits_is_queued_in_the_same_words() {
    let told = |status| of_target(&test_run(status), "name", "https://packflow", at(9));
    let waiting = told(TargetStatus::Waiting);
    assert_eq!((waiting.stage, waiting.started_at, waiting.text.as_str()), (CheckStage::Queued, None, ""));
    assert!(waiting.summary.contains("It begins when the Copr build of `fedora-43-x86_64` has succeeded."));
    for status in [TargetStatus::Ready, TargetStatus::Submitting, TargetStatus::Submitted] {
        assert_eq!(told(status), waiting, "{status}");
    }
    let first = TargetFacts { inputs: Vec::new(), ..test_run(TargetStatus::Ready) };
    let first = of_target(&first, "name", "https://packflow", at(9));
    assert!(first.summary.contains("It begins as soon as Testing Farm takes it."), "{}", first.summary);
}

#[test]
fn each_end_has_its_conclusion() {
    for (status, expected) in [
        (TargetStatus::Running, None),
        (TargetStatus::Succeeded, Some(Conclusion::Success)),
        (TargetStatus::Failed, Some(Conclusion::Failure)),
        (TargetStatus::Errored, Some(Conclusion::Failure)),
        (TargetStatus::Canceled, Some(Conclusion::Cancelled)),
    ] {
        assert_eq!(conclusion(&test_run(status)), expected, "{status}");
    }
}

#[test]
fn what_was_skipped_has_passed_only_if_there_was_no_need_for_it() {
    for (needs, input_status, expected) in [
        (Needs::Success, TargetStatus::Failed, Conclusion::Failure),
        (Needs::Success, TargetStatus::Skipped, Conclusion::Failure),
        (Needs::Success, TargetStatus::Canceled, Conclusion::Cancelled),
        (Needs::Failure, TargetStatus::Succeeded, Conclusion::Skipped),
    ] {
        let inputs = vec![input(needs, input_status)];
        let target = TargetFacts { inputs, ..test_run(TargetStatus::Skipped) };
        assert_eq!(conclusion(&target), Some(expected), "{needs} {input_status}");
    }
}

#[test]
fn what_others_say_does_nothing_but_be_shown() {
    let target = TargetFacts {
        reason: Some("/packit build\n@everyone <b>[x](https://evil)".to_owned()),
        name: "a`b".to_owned(),
        url: Some("javascript:alert(1)".to_owned()),
        logs_url: Some("https://a> [x](y".to_owned()),
        ..test_run(TargetStatus::Errored)
    };
    let summary = of_target(&target, "name", "https://packflow", at(9)).summary;
    assert!(
        summary.contains("\n\n\\/packit build @\u{200b}everyone \\<b\\>\\[x\\]\\(https\\://evil\\)\n\n"),
        "{summary}"
    );
    assert!(summary.contains("`a'b`") && summary.contains("Log · Testing Farm · [The whole"), "{summary}");
    assert!(!summary.lines().any(|line| line.starts_with("/packit")), "{summary}");
}

#[test]
fn two_clocks_never_make_an_end_before_its_beginning() {
    let target = TargetFacts { started_at: Some(at(7)), ..test_run(TargetStatus::Succeeded) };
    let check = of_target(&target, "name", "https://packflow", at(9));
    assert_eq!((check.started_at, check.title.as_str()), (None, "Succeeded"));
}
