use builders::{Callback, Work, WorkInput, WorkTarget};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use store::submissions;
use tracing::warn;

use super::Turn;

/// Random bytes of a callback's token.
const TOKEN_BYTES: usize = 32;

impl Turn<'_> {
    /// What the build system is told: the submission's targets that have not ended, and what they consume.
    pub(super) async fn work(&self, callback: Option<Callback>) -> store::Result<Work> {
        let submission = self.submission;
        let stored = submissions::work(&self.engine.db, submission.id, submission.event_id).await?;
        let configuration = stored.configuration.and_then(|config| {
            let read = serde_json::from_value(config);
            // What was imported kept it in another form.
            read.inspect_err(|error| {
                warn!(submission = %submission.id, %error, "the configuration that it was planned by cannot be read; that of its branch counts");
            })
            .ok()
        });
        let targets = stored.targets.into_iter().filter(|target| !target.status.is_finished());
        Ok(Work {
            installation: stored.installation,
            submission: submission.id,
            event: submission.event_id,
            project: stored.project,
            reference: stored.reference,
            commit: stored.hash.unwrap_or_default(),
            configuration,
            page_url: self.engine.event_url(submission.event_id),
            external_id: submission.external_id.clone(),
            earlier_external_ids: stored.earlier_external_ids,
            canceled: submission.canceled_at.is_some(),
            created_at: submission.created_at,
            callback,
            tagged: Vec::new(),
            targets: targets.map(work_target).collect(),
        })
    }

    /// A callback with a token of its own, and the token's hash.
    pub(super) fn new_callback(&self) -> Option<(Callback, String)> {
        let url = self.engine.callback_url(self.submission.system)?;
        let mut bytes = [0_u8; TOKEN_BYTES];
        if let Err(error) = getrandom::fill(&mut bytes) {
            warn!(%error, "no randomness for a callback's token; polling does without");
            return None;
        }
        let token = hexadecimal(&bytes);
        let hash = token_hash(&token);
        Some((Callback { url, token: SecretString::from(token) }, hash))
    }
}

/// How a callback's token is kept: SHA-256 in hexadecimal. It is random and long, so it needs no salt.
pub(super) fn token_hash(token: &str) -> String {
    hexadecimal(&Sha256::digest(token.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn work_target(target: submissions::WorkTarget) -> WorkTarget {
    let inputs = target.inputs.into_iter().map(|input| WorkInput {
        id: input.id,
        kind: input.kind,
        name: input.name,
        external_id: input.external_id,
        details: input.details,
    });
    WorkTarget {
        id: target.id,
        kind: target.kind,
        name: target.name,
        identifier: target.identifier,
        status: target.status,
        job: target.job,
        details: target.details,
        inputs: inputs.collect(),
    }
}
