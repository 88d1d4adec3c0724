//! Testing Farm, by its API v0.1 (`docs/contracts.md` section 4).
//!
//! A submission is one request with one environment: the one target that it tests. It is found again by a variable of
//! that environment.

mod api;
mod composes;
mod extra;
mod poll;
mod request;

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::details::{JobDetails, TestRun};
use domain::words::BuildSystem;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::Value;

use crate::{Builder, BuilderError, Observation, Submitted, Work, WorkTarget, http};
use api::Api;
use composes::Composes;

/// By how much Testing Farm's clock may be behind ours.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(10);

/// How Testing Farm is reached.
#[derive(Debug, Clone)]
pub struct TestingFarmConfig {
    /// The API with its version, without a slash at the end: `https://api.testing-farm.io/v0.1`.
    pub url: String,
    /// The key of the public ranch.
    pub api_key: SecretString,
    /// The key of the internal ranch, for jobs with `use_internal_tf`; without one they are refused.
    pub internal_api_key: Option<SecretString>,
    /// What tests are told as `deployment` in their tmt context.
    pub deployment: String,
    /// How long one call may take.
    pub timeout: Duration,
}

impl TestingFarmConfig {
    /// The public service with a key of its public ranch.
    pub fn new(api_key: SecretString) -> Self {
        Self {
            url: "https://api.testing-farm.io/v0.1".to_owned(),
            api_key,
            internal_api_key: None,
            deployment: "prod".to_owned(),
            timeout: Duration::from_secs(60),
        }
    }
}

/// Where tests run. The key decides it; the composes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ranch {
    Public,
    RedHat,
}

impl Ranch {
    const fn of(run: &TestRun) -> Self {
        if run.internal { Self::RedHat } else { Self::Public }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::RedHat => "redhat",
        }
    }
}

/// Testing Farm.
#[derive(Debug)]
pub struct TestingFarm {
    config: TestingFarmConfig,
    api: Api,
    composes: Composes,
}

impl TestingFarm {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// [`BuilderError::Refused`] if no HTTP client can be made.
    pub fn new(mut config: TestingFarmConfig) -> Result<Self, BuilderError> {
        config.url.truncate(config.url.trim_end_matches('/').len());
        let api = Api::new(&config)?;
        Ok(Self { config, api, composes: Composes::default() })
    }
}

/// The one target of a submission, and what its job was planned with.
fn test_of(work: &Work) -> Result<(&WorkTarget, &TestRun), BuilderError> {
    match work.targets.as_slice() {
        [target] => match &target.job {
            JobDetails::TestRun(run) => Ok((target, run)),
            _ => Err(BuilderError::Refused("this is nothing that Testing Farm tests".to_owned())),
        },
        targets => Err(BuilderError::Refused(format!(
            "a Testing Farm request tests one target, not {}",
            targets.len()
        ))),
    }
}

/// The request that a submission became.
fn request_id(work: &Work) -> Result<&str, BuilderError> {
    let id = work.external_id.as_deref().unwrap_or_default();
    let is_uuid = id.len() == 36 && id.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    if is_uuid { Ok(id) } else { Err(BuilderError::Refused(format!("`{id}` is no Testing Farm request"))) }
}

#[async_trait]
impl Builder for TestingFarm {
    fn system(&self) -> BuildSystem {
        BuildSystem::TestingFarm
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        let (target, run) = test_of(work)?;
        let ranch = Ranch::of(run);
        let compose = self.composes.of(&self.api, ranch, &target.name).await?;
        let body = request::body(work, target, run, &compose, &self.config.deployment);
        let answer = self.api.begin(ranch, "requests", &body).await?;
        match answer["id"].as_str() {
            Some(id) => Ok(Submitted { external_id: id.to_owned(), observations: Vec::new() }),
            None => Err(BuilderError::Unknown(format!(
                "Testing Farm did not say which request it began: {answer}"
            ))),
        }
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        let (_, run) = test_of(work)?;
        let oldest = (work.created_at - CLOCKS_DIFFER_BY).format("%Y-%m-%dT%H:%M:%S").to_string();
        let answer = self.api.get(Ranch::of(run), "requests", &[("created_after", &oldest)]).await?;
        let Value::Array(requests) = answer else {
            return Err(http::unavailable("Testing Farm listed no requests".to_owned(), None));
        };
        let mark = work.mark();
        let found = requests
            .iter()
            .find(|request| request["environments_requested"][0]["variables"][request::SUBMISSION] == *mark);
        let id = found.and_then(|request| request["id"].as_str()).map(str::to_owned);
        Ok(id.map(|external_id| Submitted { external_id, observations: Vec::new() }))
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        let ((target, run), id) = (test_of(work)?, request_id(work)?);
        let path = format!("requests/{id}");
        let request = self.api.get(Ranch::of(run), &path, &[]).await?;
        let page = format!("{}/{path}", self.config.url);
        Ok(poll::observation(target, &request, &page).into_iter().collect())
    }

    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        let ((_, run), id) = (test_of(work)?, request_id(work)?);
        let answer = self.api.delete(Ranch::of(run), &format!("requests/{id}")).await?;
        match answer.status {
            // Canceled, canceled before, or ended.
            StatusCode::OK | StatusCode::NO_CONTENT | StatusCode::CONFLICT => Ok(()),
            _ => api::read(answer, crate::http::Effect::Repeatable).map(|_| ()),
        }
    }

    async fn check(&self) -> Result<String, BuilderError> {
        let answer = self.api.get(Ranch::Public, "whoami", &[]).await?;
        let ranch = answer["token"]["ranch"].as_str().unwrap_or("unknown");
        Ok(format!("Testing Farm at {} knows our key, of the ranch {ranch}", self.config.url))
    }
}
