//! Commit statuses (`docs/contracts.md` 2.1).

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::GitlabClient;
use crate::text::cut;
use crate::{CommitAt, ForgeError, Status, StatusState};

/// The most characters of a description that are of use where statuses are shown; GitLab takes 255.
const LONGEST_DESCRIPTION: usize = 140;
/// The most characters that a name may have.
const LONGEST_NAME: usize = 255;

/// Sets a status where the commit comes from: GitLab shows a merge request what its source project has.
pub(super) async fn set(client: &GitlabClient, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
    let project = match status.pull_request {
        None => at.project.clone(),
        Some(number) => match client.merge_request(&at.project, number).await? {
            None => at.project.clone(),
            Some(merge_request) => client.source(&at.project, &merge_request).await?.ok_or_else(|| {
                ForgeError::Refused(format!("the project that merge request {number} comes from is gone"))
            })?,
        },
    };
    let body = json!({
        "state": word(status.state),
        "name": cut(&status.context, LONGEST_NAME),
        "description": cut(&status.description, LONGEST_DESCRIPTION),
        "target_url": status.target_url,
    });
    let answer = client.call(Method::POST, &project, &["statuses", &at.hash], &[], Some(body)).await?;
    match answer.status {
        StatusCode::CREATED => Ok(()),
        // It is in this state already.
        StatusCode::BAD_REQUEST if answer.message().contains("Cannot transition status") => Ok(()),
        _ => Err(answer.refused()),
    }
}

/// GitLab knows no error.
fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => "pending",
        StatusState::Running => "running",
        StatusState::Success => "success",
        StatusState::Failure | StatusState::Error => "failed",
        StatusState::Canceled => "canceled",
    }
}
