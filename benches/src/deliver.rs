//! Deliveries as GitHub makes them.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What deliveries are signed with; both ends are this machine.
pub(crate) const SECRET: &str = "measured";

/// Sends signed deliveries over one connection that it keeps.
#[derive(Debug)]
pub struct Sender {
    http: reqwest::Client,
    url: String,
}

impl Sender {
    /// A sender to the server at this address.
    ///
    /// # Errors
    /// If there is no cryptography; whoever started a simulator has some.
    pub fn new(server: &str) -> Result<Self> {
        let http =
            reqwest::Client::builder().pool_max_idle_per_host(1).timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, url: format!("{server}/webhooks/github") })
    }

    /// Sends a pull request's delivery and says how long the answer took.
    ///
    /// # Errors
    /// If the delivery is not accepted.
    pub async fn send(&self, id: &str, body: Vec<u8>) -> Result<Duration> {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
        mac.update(&body);
        let signature = mac.finalize().into_bytes();
        let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        let request = self
            .http
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("User-Agent", "GitHub-Hookshot/measured")
            .header("X-GitHub-Event", "pull_request")
            .header("X-GitHub-Delivery", id)
            .header("X-Hub-Signature-256", format!("sha256={signature}"))
            .body(body);
        let started = Instant::now();
        let response = request.send().await?;
        let status = response.status();
        // The connection can be used again when the answer is read.
        let text = response.text().await?;
        let took = started.elapsed();
        ensure!(status.as_u16() == 202, "delivery {id} was answered with {status}: {text}");
        Ok(took)
    }
}
