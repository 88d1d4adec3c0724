//! How a request stands, in the words of the design.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use domain::words::TargetStatus;
use serde_json::Value;

use crate::{Observation, WorkTarget};

/// What a request says of its target; none if it says nothing new (a cancel that was asked for and is not done, or a
/// state of tomorrow).
pub(super) fn observation(target: &WorkTarget, request: &Value, page: &str) -> Option<Observation> {
    let (status, word) = stand(request)?;
    let artifacts = request["run"]["artifacts"].as_str().filter(|url| !url.is_empty());
    let reason = match status {
        TargetStatus::Failed | TargetStatus::Errored => Some(reason(request, word)),
        TargetStatus::Canceled => Some("canceled in Testing Farm".to_owned()),
        _ => None,
    };
    let started = plus(time(&request["created"]), &request["queued_time"]);
    let finished = plus(started, &request["run_time"]).or_else(|| time(&request["updated"]));
    Some(Observation {
        target: target.id,
        status,
        reason,
        url: Some(artifacts.unwrap_or(page).to_owned()),
        logs_url: artifacts.map(str::to_owned),
        peer_started_at: started,
        peer_finished_at: finished.filter(|_| status.is_finished()),
        details: None,
    })
}

/// The result rule: until a request is complete or in error its state counts, then the overall result, if there is one.
fn stand(request: &Value) -> Option<(TargetStatus, &str)> {
    let state = request["state"].as_str()?;
    if !matches!(state, "complete" | "error") {
        return match state {
            "new" | "queued" => Some((TargetStatus::Submitted, state)),
            "running" => Some((TargetStatus::Running, state)),
            "canceled" => Some((TargetStatus::Canceled, state)),
            _ => None,
        };
    }
    let result = request["result"]["overall"].as_str().unwrap_or(state);
    let status = match result {
        "passed" => TargetStatus::Succeeded,
        "failed" => TargetStatus::Failed,
        "canceled" => TargetStatus::Canceled,
        _ => TargetStatus::Errored,
    };
    Some((status, result))
}

fn reason(request: &Value, word: &str) -> String {
    let summary = request["result"]["summary"].as_str().filter(|text| !text.is_empty());
    let notes = request["notes"].as_array().into_iter().flatten();
    // Notes of the level `info` name machinery and say nothing of the end.
    let notes: Vec<&str> =
        notes.filter(|note| note["level"] != "info").filter_map(|note| note["message"].as_str()).collect();
    match (summary, notes.is_empty()) {
        (Some(summary), _) => summary.to_owned(),
        (None, false) => notes.join("; "),
        (None, true) if word == "failed" => "tests failed".to_owned(),
        (None, true) => format!("Testing Farm says `{word}`"),
    }
}

/// A time without a zone is UTC.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .map(|time| time.and_utc())
        .or_else(|_| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()))
        .ok()
}

fn plus(time: Option<DateTime<Utc>>, seconds: &Value) -> Option<DateTime<Utc>> {
    let span = std::time::Duration::try_from_secs_f64(seconds.as_f64()?).ok()?;
    time?.checked_add_signed(TimeDelta::from_std(span).ok()?)
}

#[cfg(test)]
mod tests {
    use domain::words::TargetStatus;
    use serde_json::json;

    use super::{reason, stand, time};

    #[test]
    fn every_state_and_result_is_told_in_the_words_of_the_design() {
        let status = |state: &str, overall: Option<&str>| {
            stand(&json!({"state": state, "result": {"overall": overall}})).map(|(status, _)| status)
        };
        for (state, overall, expected) in [
            ("new", None, Some(TargetStatus::Submitted)),
            ("queued", None, Some(TargetStatus::Submitted)),
            ("running", Some("pending"), Some(TargetStatus::Running)),
            ("cancel-requested", None, None),
            ("canceled", Some("unknown"), Some(TargetStatus::Canceled)),
            ("complete", Some("passed"), Some(TargetStatus::Succeeded)),
            ("complete", Some("failed"), Some(TargetStatus::Failed)),
            ("complete", Some("error"), Some(TargetStatus::Errored)),
            ("complete", Some("skipped"), Some(TargetStatus::Errored)),
            ("complete", Some("needs_inspection"), Some(TargetStatus::Errored)),
            ("complete", None, Some(TargetStatus::Errored)),
            ("error", None, Some(TargetStatus::Errored)),
            ("error", Some("failed"), Some(TargetStatus::Failed)),
        ] {
            assert_eq!(status(state, overall), expected, "{state} {overall:?}");
        }
    }

    #[test]
    fn the_reason_is_the_summary_or_what_the_notes_say() {
        let notes =
            json!([{"level": "info", "message": "worker-1"}, {"level": "error", "message": "no plan found"}]);
        let request = json!({"result": {"summary": "too late"}, "notes": notes});
        assert_eq!(reason(&request, "error"), "too late");
        assert_eq!(reason(&json!({"result": null, "notes": notes}), "error"), "no plan found");
        assert_eq!(reason(&json!({}), "failed"), "tests failed");
    }

    #[test]
    fn times_without_a_zone_are_utc() {
        let expected = time(&json!("2022-10-04T11:26:25.239829Z"));
        assert!(expected.is_some());
        assert_eq!(time(&json!("2022-10-04T11:26:25.239829")), expected);
        assert_eq!(time(&json!(null)), None);
    }
}
