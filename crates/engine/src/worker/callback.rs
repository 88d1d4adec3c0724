use domain::words::BuildSystem;
use store::submissions;

use super::context::token_hash;
use crate::Engine;

impl Engine {
    /// Where a build system calls back; none if it does not, or if nobody could reach us.
    pub(super) fn callback_url(&self, system: BuildSystem) -> Option<String> {
        (system == BuildSystem::TestingFarm)
            .then(|| format!("{}/webhooks/testing-farm", self.settings.public_url))
    }
}

/// A build system called: something may have changed with this submission. That is a hint: the build system is asked, now
/// instead of later. Says whether the caller showed the right token for it.
///
/// # Errors
/// If the database cannot be asked.
pub async fn callback(
    engine: &Engine,
    system: BuildSystem,
    external_id: &str,
    token: &str,
) -> store::Result<bool> {
    let (hash, now) = (token_hash(token), engine.clock.now());
    match submissions::find(&engine.db, system, external_id).await? {
        // Comparing hashes tells an attacker nothing about the token, however long it takes.
        Some(submission) if submission.callback_hash.as_ref() != Some(&hash) => return Ok(false),
        Some(submission) => submissions::hurry(&engine.db, submission.id, now).await?,
        // It may have overtaken the answer that tells us its id (`docs/acceptance.md` A24).
        None if submissions::called(&engine.db, system, &hash, external_id, now).await? => {}
        None => return Ok(false),
    }
    engine.wake.workflow();
    Ok(true)
}
