//! Copr, by its API v3 (`docs/contracts.md` section 3).
//!
//! A submission with an SRPM's target is one build by the custom source method: the SRPM is made inside it and Copr starts
//! the chroots by itself; an SRPM that no chroot waits for is made beside one that nobody asked for. One without is a build from the address of an SRPM that was made before. Either way it is one
//! Copr build, found again by a line in its script or by its SRPM and chroots.

mod alone;
mod api;
mod gone;
mod look_up;
mod poll;
mod project;
mod script;
mod submit;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use domain::details::JobDetails;
use domain::ids::TargetId;
use domain::words::BuildSystem;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

use crate::{Builder, BuilderError, Made, Observation, Submitted, Work};
use api::Api;
use project::KnownChroots;

/// How Copr is reached.
#[derive(Debug, Clone)]
pub struct CoprConfig {
    /// The front end's web address, without a slash at the end: `https://copr.fedorainfracloud.org`.
    pub url: String,
    /// The API login.
    pub login: SecretString,
    /// The API token.
    pub token: SecretString,
    /// The account that these belong to; it owns the projects that a repository does not name itself.
    pub owner: String,
    /// Repositories that Packit's command line is installed from when an SRPM is made.
    pub srpm_repos: Vec<String>,
    /// After how many days Copr deletes a project that is not to be preserved.
    pub delete_after_days: u32,
    /// How long one call may take.
    pub timeout: Duration,
}

impl CoprConfig {
    /// Fedora's Copr with an account of it and the figures of `docs/contracts.md`.
    pub fn new(owner: impl Into<String>, login: SecretString, token: SecretString) -> Self {
        Self {
            url: "https://copr.fedorainfracloud.org".to_owned(),
            login,
            token,
            owner: owner.into(),
            srpm_repos: vec!["copr://packit/packit-stable".to_owned()],
            delete_after_days: 60,
            timeout: Duration::from_secs(60),
        }
    }
}

/// Copr.
#[derive(Debug)]
pub struct Copr {
    config: CoprConfig,
    api: Api,
    known_chroots: KnownChroots,
}

impl Copr {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// [`BuilderError::Refused`] if no HTTP client can be made.
    pub fn new(mut config: CoprConfig) -> Result<Self, BuilderError> {
        config.url.truncate(config.url.trim_end_matches('/').len());
        let api = Api::new(&config)?;
        Ok(Self { config, api, known_chroots: KnownChroots::default() })
    }
}

#[async_trait]
impl Builder for Copr {
    fn system(&self) -> BuildSystem {
        BuildSystem::Copr
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        submit::submit(self, &alone::with_a_build(work)).await
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        look_up::look_up(self, &alone::with_a_build(work)).await
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        poll::poll(self, work).await
    }

    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        let id = build_id(work)?;
        let Err(error) = self.api.call(Method::PUT, &format!("build/cancel/{id}"), &Value::Null).await else {
            return Ok(());
        };
        // Copr refuses to cancel what has ended, and says so in words only.
        if !matches!(error, BuilderError::Refused(_)) || !poll::has_ended(self, id).await? {
            return Err(error);
        }
        Ok(())
    }

    async fn gone(&self, made: &[Made]) -> Result<BTreeSet<TargetId>, BuilderError> {
        gone::gone(self, made).await
    }

    fn repository(&self, job: &JobDetails) -> Option<String> {
        let JobDetails::CoprBuild(job) = job else { return None };
        Some(format!("{}/{}", job.owner.as_deref().unwrap_or(&self.config.owner), job.project))
    }

    async fn check(&self) -> Result<String, BuilderError> {
        let answer = self.api.get_authenticated("auth-check").await?;
        let account = answer["name"].as_str().or(answer["username"].as_str()).unwrap_or(&self.config.owner);
        Ok(format!("Copr at {} answers {account}", self.config.url))
    }
}

/// The Copr build that a submission became.
fn build_id(work: &Work) -> Result<u64, BuilderError> {
    let id = work.external_id.as_deref().unwrap_or_default();
    id.parse().map_err(|_| BuilderError::Refused(format!("`{id}` is no Copr build")))
}
