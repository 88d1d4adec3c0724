//! One sidetag's turn: it is made, looked at for what was tagged, or removed (`docs/adr/0010-sidetags.md`).

use builders::{BuilderError, Sidetags};
use chrono::{DateTime, Utc};
use domain::words::BuildSystem;
use store::sidetags::{self, Sidetag};
use tracing::{info, warn};

use crate::Engine;
use crate::intake::tags::NotStarted;

/// Why a turn ends early.
enum Ended {
    /// Koji will not.
    Refused(String),
    /// Koji or a forge could not just now; whether a call had begun.
    Later(String, bool),
    /// The database could not.
    Store(store::Error),
    /// Somebody else has it.
    LeaseLost,
}

impl From<store::Error> for Ended {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<BuilderError> for Ended {
    fn from(error: BuilderError) -> Self {
        match error {
            BuilderError::Refused(reason) => Self::Refused(reason),
            BuilderError::Unavailable { reason, .. } => Self::Later(reason, false),
            BuilderError::Unknown(reason) => Self::Later(reason, true),
        }
    }
}

impl From<NotStarted> for Ended {
    fn from(error: NotStarted) -> Self {
        match error {
            NotStarted::Forge(error) => Self::Later(error.to_string(), false),
            NotStarted::Store(error) => Self::Store(error),
        }
    }
}

impl Engine {
    /// Does what a claimed sidetag needs now.
    ///
    /// # Errors
    /// If the database cannot be asked; the sidetag comes back when its lease ends.
    pub(crate) async fn look_after(&self, claimed: &Sidetag) -> store::Result<()> {
        let now = self.clock.now();
        let mut sidetag = claimed.clone();
        let koji = self.builders.get(&BuildSystem::Koji).and_then(|builder| builder.sidetags());
        let done = match (koji, &claimed.name) {
            (None, _) => Err(Ended::Refused("no Koji is configured here that has sidetags".to_owned())),
            (Some(koji), None) => self.make(koji, claimed, &mut sidetag, now).await,
            (Some(koji), Some(name)) => self.look_into(koji, name, &mut sidetag, now).await,
        };
        let limit = i64::from(self.settings.outages.pauses);
        match done {
            Ok(()) => (sidetag.tries, sidetag.problem) = (0, None),
            Err(Ended::LeaseLost) => return Ok(()),
            Err(Ended::Store(error)) => return Err(error),
            Err(Ended::Refused(reason)) => {
                warn!(group = sidetag.group_name, branch = sidetag.branch, reason, "sidetag refused");
                // Who waits for it need not wait longer.
                sidetag.tries = limit + 1;
                sidetag.problem = Some(reason);
                sidetag.due_at = Some(now + self.settings.outages.pause_for_ever(limit, None));
            }
            Err(Ended::Later(reason, has_begun)) => {
                warn!(group = sidetag.group_name, branch = sidetag.branch, reason, "sidetag put off");
                sidetag.tries += 1;
                sidetag.asked_at = sidetag.asked_at.filter(|_| has_begun || sidetag.name.is_some());
                sidetag.problem = Some(reason);
                sidetag.due_at = Some(now + self.settings.outages.pause_for_ever(sidetag.tries, None));
            }
        }
        sidetags::save(&self.db, claimed, &sidetag).await?;
        self.wake.workflow();
        Ok(())
    }

    /// Has Koji make it. What may have been asked for before is looked for first: an empty one of ours that nobody here knows.
    async fn make(
        &self,
        koji: &dyn Sidetags,
        claimed: &Sidetag,
        sidetag: &mut Sidetag,
        now: DateTime<Utc>,
    ) -> Result<(), Ended> {
        let mut name = match sidetag.asked_at {
            Some(_) => self.find_lost(koji, &sidetag.branch).await.map_err(asked_before)?,
            None => {
                sidetag.asked_at = Some(now);
                if !sidetags::note(&self.db, claimed, sidetag_in_turn(claimed, sidetag)).await? {
                    return Err(Ended::LeaseLost);
                }
                None
            }
        };
        if name.is_none() {
            name = Some(koji.create(&sidetag.branch).await?);
        }
        info!(group = sidetag.group_name, branch = sidetag.branch, name, "sidetag made");
        sidetag.name = name;
        sidetag.due_at = Some(now);
        Ok(())
    }

    async fn find_lost(&self, koji: &dyn Sidetags, branch: &str) -> Result<Option<String>, Ended> {
        let known = sidetags::names(&self.db).await?;
        for name in koji.ours(branch).await? {
            let is_unknown = !known.contains(&name);
            if is_unknown && koji.tagged(&name).await?.is_some_and(|builds| builds.is_empty()) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Starts what the builds start that were tagged since the last look. One that is done with is removed.
    async fn look_into(
        &self,
        koji: &dyn Sidetags,
        name: &str,
        sidetag: &mut Sidetag,
        now: DateTime<Utc>,
    ) -> Result<(), Ended> {
        let Some(builds) = koji.tagged(name).await? else {
            info!(name, "sidetag is gone from Koji");
            sidetag.removed_at = Some(now);
            sidetag.due_at = None;
            return Ok(());
        };
        let seen = sidetags::builds(&self.db, sidetag).await?;
        let present = builds.iter().map(|build| build.package.clone()).collect();
        for build in builds.iter().filter(|build| !seen.contains(&build.nvr)) {
            self.start_after_tag(sidetag, name, build, &present).await?;
        }
        let usage = sidetags::usage(&self.db, sidetag).await?;
        let age = (now - sidetag.created_at).to_std().unwrap_or_default();
        let is_done = usage.stable > 0 || (builds.is_empty() && age >= self.settings.keep_unused_sidetags);
        if usage.unfinished == 0 && is_done {
            koji.remove(name).await?;
            info!(name, "sidetag removed");
            sidetag.removed_at = Some(now);
            sidetag.due_at = None;
            return Ok(());
        }
        // Messages have it looked at sooner. Without them this is what finds what was tagged.
        let settings = &self.settings;
        let pause = if usage.unfinished > 0 { age / 10 } else { settings.poll_at_most };
        sidetag.due_at = Some(now + pause.min(settings.poll_at_most).max(settings.poll_at_least));
        Ok(())
    }
}

/// The row as it stands in the middle of a turn: the lease's end is its schedule still.
fn sidetag_in_turn<'a>(claimed: &Sidetag, sidetag: &'a mut Sidetag) -> &'a Sidetag {
    sidetag.due_at = claimed.due_at;
    sidetag
}

/// While it is not known whether an earlier call was carried out, none is made.
fn asked_before(ended: Ended) -> Ended {
    match ended {
        Ended::Later(reason, _) => Ended::Later(reason, true),
        other => other,
    }
}
