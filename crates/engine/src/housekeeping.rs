//! What is done once in a while: the release table is refreshed, old bodies and ended logins are dropped.

use chrono::TimeDelta;
use domain::releases::Releases;
use store::{Db, changes, inbox, outside, releases as stored, sessions};
use tracing::{info, warn};

use crate::Engine;

/// Bodies dropped with one statement.
const BODIES_AT_ONCE: i64 = 1000;
/// Events that are moved on in a row.
const MOVED_AT_ONCE: i64 = 100;
/// How long the feed remembers a change: a live page that was away for longer looks at everything anew.
const KEEP_CHANGES: TimeDelta = TimeDelta::days(1);

/// The release table: as it was last read from Bodhi, else the one that ships with the binary.
///
/// # Errors
/// If the database cannot be read.
pub async fn releases(db: &Db) -> store::Result<Releases> {
    let Some((fetched_at, list)) = stored::get(db).await? else { return Ok(Releases::shipped()) };
    Releases::from_bodhi([list.to_string().as_str()]).or_else(|error| {
        warn!(%fetched_at, %error, "the stored release table cannot be read; the shipped one serves");
        Ok(Releases::shipped())
    })
}

impl Engine {
    /// Reads the release table anew, if it is older than it may be. Where it cannot be read, the older one serves until the
    /// next time.
    pub(crate) async fn refresh_releases(&self) -> store::Result<()> {
        let Some(source) = &self.releases else { return Ok(()) };
        let (now, kept) = (self.clock.now(), stored::get(&self.db).await?);
        let may_be = TimeDelta::from_std(self.settings.refresh_releases).unwrap_or(TimeDelta::MAX);
        if kept.is_some_and(|(fetched_at, _)| now - fetched_at < may_be) {
            return Ok(());
        }
        let list = match source.releases().await {
            Ok(list) => list,
            Err(error) => {
                warn!(%error, "the release table cannot be read anew; the older one serves");
                return Ok(());
            }
        };
        if let Err(error) = Releases::from_bodhi([list.to_string().as_str()]) {
            warn!(%error, "the release table that was read cannot be used; the older one serves");
            return Ok(());
        }
        stored::save(&self.db, &list, now).await?;
        info!("the release table was read anew");
        Ok(())
    }

    /// Moves events on of which a target consumes one of another event that has ended. Says how many.
    pub(crate) async fn move_others_on(&self) -> store::Result<usize> {
        let now = self.clock.now();
        let events = outside::due(&self.db, now, MOVED_AT_ONCE).await?;
        for event in &events {
            outside::move_on(&self.db, *event, now).await?;
        }
        Ok(events.len())
    }

    /// Drops what changed so long ago that nobody follows the feed from there.
    pub(crate) async fn forget_old_changes(&self) -> store::Result<()> {
        let before = self.clock.now() - KEEP_CHANGES;
        let dropped = changes::forget(&self.db, before).await?;
        if dropped > 0 {
            info!(dropped, %before, "old changes dropped");
        }
        Ok(())
    }

    /// Drops logins that ended.
    pub(crate) async fn forget_ended_sessions(&self) -> store::Result<()> {
        let dropped = sessions::forget(&self.db, self.clock.now()).await?;
        if dropped > 0 {
            info!(dropped, "logins that ended dropped");
        }
        Ok(())
    }

    /// Drops the bodies of deliveries that were settled long ago; their keys, outcomes and reasons stay.
    pub(crate) async fn forget_old_bodies(&self) -> store::Result<()> {
        let keep = TimeDelta::from_std(self.settings.keep_bodies).unwrap_or(TimeDelta::MAX);
        let Some(before) = self.clock.now().checked_sub_signed(keep) else { return Ok(()) };
        let mut dropped = 0;
        loop {
            let now_dropped = inbox::forget_bodies(&self.db, before, BODIES_AT_ONCE).await?;
            dropped += now_dropped;
            if now_dropped == 0 {
                break;
            }
        }
        if dropped > 0 {
            info!(dropped, %before, "bodies of old deliveries dropped");
        }
        Ok(())
    }
}
