//! Bodhi, by its HTTP API (`docs/contracts.md` section 6).
//!
//! A submission is one update of one branch: the builds that its target consumes, or all that is in a sidetag. Its id is
//! the update's alias. An edit keeps the alias, so several submissions may have the same one. A build is in one update at
//! most, and a sidetag too: that is how a submission whose answer was lost is found again.
//!
//! The update is `submitted` while Bodhi calls it pending, `running` while it is in testing, and has succeeded when it is
//! stable. One that somebody unpushed, or that a newer one made obsolete, has failed.

mod api;
mod login;
mod releases;
mod text;
mod update;

use std::time::Duration;

use async_trait::async_trait;
use domain::details::{BodhiUpdate, JobDetails};
use domain::words::BuildSystem;
use serde_json::json;

use crate::{Builder, BuilderError, Observation, Submitted, Work, WorkTarget};
use api::Api;
use text::Wanted;
use update::{Status, Update};

pub use login::{Login, OidcLogin};
pub use releases::{ReleaseList, releases};

/// Where Fedora's Bodhi is.
pub const FEDORA_URL: &str = "https://bodhi.fedoraproject.org";

/// How Bodhi is reached.
#[derive(Debug, Clone)]
pub struct BodhiConfig {
    /// Its address, without a slash at the end: [`FEDORA_URL`].
    pub url: String,
    /// How we log in for what changes something.
    pub login: Login,
    /// How long one call may take. Bodhi asks Koji while it makes an update, which takes its time.
    pub timeout: Duration,
}

impl BodhiConfig {
    /// Fedora's Bodhi.
    pub fn new(login: Login) -> Self {
        Self { url: FEDORA_URL.to_owned(), login, timeout: Duration::from_secs(90) }
    }
}

/// Bodhi.
#[derive(Debug)]
pub struct Bodhi {
    api: Api,
}

impl Bodhi {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// [`BuilderError::Refused`] if no HTTP client can be made.
    pub fn new(config: BodhiConfig) -> Result<Self, BuilderError> {
        Ok(Self { api: Api::new(config)? })
    }

    /// The update that holds what is wanted, or that was made from the same sidetag; none if there is none.
    async fn existing(&self, wanted: &Wanted<'_>) -> Result<Option<Update>, BuilderError> {
        if let Some(sidetag) = wanted.sidetag {
            return Ok(self.api.updates(&[("from_side_tag_name", sidetag)]).await?.into_iter().next());
        }
        let builds = wanted.nvrs.join(",");
        let found = self.api.updates(&[("builds", &builds)]).await?;
        // One that was taken back may stand beside the one that holds the same builds now.
        Ok(found.into_iter().min_by_key(|update| update.status.is_taken_back()))
    }

    /// Edits an update of the sidetag whose builds are other ones now. All else stays as it is, also what people wrote.
    async fn edit(&self, wanted: &Wanted<'_>, update: &Update, work: &Work) -> Result<Update, BuilderError> {
        let mut body = update.as_it_is();
        body["edited"] = json!(update.alias);
        body["from_tag"] = json!(wanted.sidetag);
        if update.notes_are_ours() {
            body["notes"] = json!(text::notes(wanted, work));
        }
        self.api.save(body).await
    }
}

/// The one target of a submission, and what its job was planned with.
fn update_of(work: &Work) -> Result<(&WorkTarget, &BodhiUpdate), BuilderError> {
    match work.targets.as_slice() {
        [target] => match &target.job {
            JobDetails::BodhiUpdate(update) => Ok((target, update)),
            _ => Err(BuilderError::Refused("this is nothing that Bodhi does".to_owned())),
        },
        targets => Err(BuilderError::Refused(format!(
            "an update is of one branch, not of {} targets",
            targets.len()
        ))),
    }
}

/// The update that a submission became.
fn alias(work: &Work) -> Result<&str, BuilderError> {
    let alias = work.external_id.as_deref().unwrap_or_default();
    let is_alias =
        !alias.is_empty() && alias.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if is_alias { Ok(alias) } else { Err(BuilderError::Refused(format!("`{alias}` is no update"))) }
}

#[async_trait]
impl Builder for Bodhi {
    fn system(&self) -> BuildSystem {
        BuildSystem::Bodhi
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        let (target, job) = update_of(work)?;
        let wanted = Wanted::of(target, job, &work.tagged)?;
        let is_again = |update: &Update| work.earlier_external_ids.contains(&update.alias);
        let update = match self.existing(&wanted).await? {
            Some(found) if !found.holds(&wanted.nvrs) && wanted.sidetag.is_some() => {
                self.edit(&wanted, &found, work).await?
            }
            // It was taken back, and is to be done again.
            Some(found) if found.status.is_taken_back() && is_again(&found) => {
                self.api.request(&found.alias, "testing").await?
            }
            // Unless it comes from a sidetag, Bodhi lets builds of an update that was unpushed into a new one.
            Some(found) if found.status == Status::Unpushed && wanted.sidetag.is_none() => {
                self.api.save(text::new_update(&wanted, work)).await?
            }
            // Nothing is to be done.
            Some(found) => found,
            None => self.api.save(text::new_update(&wanted, work)).await?,
        };
        Ok(update.submitted(target, work.canceled))
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        let (target, job) = update_of(work)?;
        let wanted = Wanted::of(target, job, &work.tagged)?;
        let found = self.existing(&wanted).await?;
        // What was taken back before is not what was asked for; submitting again finds it and knows what to do.
        let done = found.filter(|update| update.holds(&wanted.nvrs) && !update.status.is_taken_back());
        Ok(done.map(|update| update.submitted(target, work.canceled)))
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        let ((target, _), alias) = (update_of(work)?, alias(work)?);
        let update = self.api.update(alias).await?;
        Ok(update.observation(target, work.canceled).into_iter().collect())
    }

    /// Takes the update back: one in testing is unpushed, for one that is on its way there the request is revoked. Both leave
    /// it as `unpushed`; one of a sidetag whose builds are not signed yet has no request and is made obsolete. From either
    /// people can still bring it back in Bodhi. What is stable stays.
    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        let alias = alias(work)?;
        let update = self.api.update(alias).await?;
        let request = match update.status {
            Status::Pending if update.request.is_none() => "obsolete",
            Status::Pending => "revoke",
            Status::Testing => "unpush",
            Status::Stable | Status::Unpushed | Status::Obsolete | Status::Other => return Ok(()),
        };
        self.api.request(alias, request).await.map(|_| ())
    }

    async fn check(&self) -> Result<String, BuilderError> {
        let releases = self.api.releases().await?;
        self.api.log_in().await?;
        let login = self.api.login_state();
        Ok(format!("Bodhi at {} has {releases} current releases and lets us in; {login}", self.api.base))
    }
}
