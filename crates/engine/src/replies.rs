//! What is said in comments, to commands and of workflows: told to the forge once, as far as the forge lets.

use chrono::TimeDelta;
use forges::{ForgeError, Thread};
use store::replies::{self, Reply, Says};
use tracing::{debug, warn};

use crate::Engine;

/// Stands, unseen, in every reply of ours. A comment that holds it is no command, so no reply is ever answered.
pub(crate) const MARKER: &str = "<!-- packflow-reply";

/// How much a forge's clock may differ from ours.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(10);

impl Engine {
    /// Says what a claimed reply holds.
    pub(crate) async fn say(&self, reply: &Reply, worker: &str) -> store::Result<()> {
        let answer = self.try_to_say(reply).await?;
        let now = self.clock.now();
        match answer {
            Ok(()) => {
                debug!(inbox = %reply.inbox_id, "it is said");
                replies::said(&self.db, reply, worker, now).await
            }
            Err(ForgeError::Refused(reason)) => {
                warn!(inbox = %reply.inbox_id, reason, "the forge takes no reply");
                replies::postpone(&self.db, reply, worker, None, &reason).await
            }
            Err(ForgeError::Unavailable { reason, retry_after }) => {
                let until = self.settings.outages.pause(reply.tries, retry_after).map(|pause| now + pause);
                warn!(inbox = %reply.inbox_id, reason, given_up = until.is_none(), "it could not be said");
                replies::postpone(&self.db, reply, worker, until, &reason).await
            }
        }
    }

    async fn try_to_say(&self, reply: &Reply) -> store::Result<Result<(), ForgeError>> {
        let project = replies::project(&self.db, reply).await?;
        let Some(forge) = self.forges.get(&project.forge) else {
            return Ok(Err(ForgeError::Refused(format!("no forge is configured for {}", project.forge))));
        };
        let Ok(thread) = reply.thread.parse::<Thread>() else {
            return Ok(Err(ForgeError::Refused(format!("`{}` is no thread", reply.thread))));
        };
        // What is said anew to the same delivery is another reply.
        let planned = reply.created_at.timestamp_millis();
        let (text, of) = match reply.says()? {
            Says::Reaction => return Ok(forge.react(&project, &thread, reply.comment()).await),
            Says::Text(text) => (text.to_owned(), String::new()),
            // Of one delivery several jobs may be told of at once.
            Says::News(kind, target) => match self.news(kind, target).await? {
                Ok(text) => (text, format!(" {kind} {target}")),
                Err(reason) => return Ok(Err(ForgeError::Refused(reason))),
            },
        };
        let marker = format!("{MARKER} {} {} {planned}{of} -->", self.settings.public_url, reply.inbox_id);
        // It may have been said by somebody who could not write that down.
        if reply.tries > 1 {
            let since = reply.created_at - CLOCKS_DIFFER_BY;
            match forge.find_comment(&project, &thread, &marker, since).await {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(forge.comment(&project, &thread, &format!("{text}\n\n{marker}")).await)
    }
}
