//! Flags at commits: what Pagure has in the place of statuses (`docs/contracts.md` 2.3).

use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::PagureClient;
use crate::text::cut;
use crate::{CommitAt, ForgeError, Status, StatusState};

/// The most characters of a comment that are of use where flags are shown.
const LONGEST_COMMENT: usize = 140;

/// Sets a flag, at the pull request if there is one, else at the commit. The same `uid` changes the flag that there is; another
/// commit of a pull request has flags of its own, as with Packit.
pub(super) async fn set(client: &PagureClient, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
    let url = status.target_url.as_deref().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| ForgeError::Refused("a flag has to have an address".to_owned()))?;
    let flag = json!({
        "username": status.context,
        "comment": cut(&status.description, LONGEST_COMMENT),
        "url": url,
        "status": word(status.state),
        "uid": uid(&status.context, &at.hash),
    });
    let number = status.pull_request.map(|number| number.to_string());
    let path = match &number {
        Some(number) => ["pull-request", number, "flag"],
        None => ["c", &at.hash, "flag"],
    };
    client.call(Method::POST, &at.project, &path, &[], Some(flag)).await?.success()?;
    Ok(())
}

/// Pagure knows no running.
fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending | StatusState::Running => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Error => "error",
        StatusState::Canceled => "canceled",
    }
}

/// At most 32 characters are taken: those of a sum over name and commit.
fn uid(name: &str, hash: &str) -> String {
    let sum = Sha256::digest(format!("{name} - {hash}").as_bytes());
    sum.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
