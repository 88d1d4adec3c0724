//! Which private projects somebody may read, as their forge says.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::ids::ProjectId;
use domain::words::ProjectKey;
use futures_util::StreamExt;
use futures_util::stream::iter;
use store::Db;
use store::sessions::Account;

use super::LoginForge;

/// How long the forge's answer holds.
const HOLDS: Duration = Duration::from_secs(5 * 60);
/// How long it holds that the forge did not answer: nobody may read then.
const HOLDS_UNANSWERED: Duration = Duration::from_secs(30);
/// How long the forge may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls to the forge at once, for one person.
const AT_ONCE: usize = 8;
/// The most private projects that are asked about: those with the newest events.
const MOST_PROJECTS: i64 = 500;
/// Answers that are remembered before those that do not hold any more are dropped.
const REMEMBERED: usize = 50_000;

/// What the forge said, for each account and project.
#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<HashMap<(String, ProjectId), Answer>>);

#[derive(Debug, Clone, Copy)]
struct Answer {
    may_read: bool,
    until: Instant,
}

impl Readers {
    /// The private projects that the store knows and `account` may read.
    pub(super) async fn readable(
        &self,
        db: &Db,
        forge: &dyn LoginForge,
        account: &Account,
    ) -> store::Result<Vec<ProjectId>> {
        let projects = store::projects::private(db, forge.forge(), MOST_PROJECTS).await?;
        let answers = iter(projects).map(|(id, key)| async move {
            let may_read = match self.known(account, id, Instant::now()) {
                Some(may_read) => may_read,
                None => self.ask(forge, account, id, &key).await,
            };
            may_read.then_some(id)
        });
        Ok(answers.buffered(AT_ONCE).filter_map(std::future::ready).collect().await)
    }

    async fn ask(&self, forge: &dyn LoginForge, account: &Account, id: ProjectId, key: &ProjectKey) -> bool {
        let answer = match tokio::time::timeout(PATIENCE, forge.may_read(account, key)).await {
            Ok(Ok(may_read)) => Ok(may_read),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        };
        let (may_read, holds) = answer.map_or_else(
            |reason| {
                tracing::warn!(project = id.0, reason, "who may read a project cannot be asked; nobody may");
                (false, HOLDS_UNANSWERED)
            },
            |may_read| (may_read, HOLDS),
        );
        self.remember(account, id, Answer { may_read, until: Instant::now() + holds });
        may_read
    }

    fn known(&self, account: &Account, project: ProjectId, now: Instant) -> Option<bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = known.get(&(account.id.clone(), project))?;
        (answer.until > now).then_some(answer.may_read)
    }

    fn remember(&self, account: &Account, project: ProjectId, answer: Answer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            let now = Instant::now();
            known.retain(|_, answer| answer.until > now);
        }
        known.insert((account.id.clone(), project), answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_for_five_minutes_and_for_one_account_and_project() {
        let account = |id: &str| Account { forge: "github.com".into(), id: id.into(), login: "alice".into() };
        let readers = Readers::default();
        let now = Instant::now();
        readers.remember(&account("1"), ProjectId(7), Answer { may_read: true, until: now + HOLDS });
        assert_eq!(readers.known(&account("1"), ProjectId(7), now), Some(true));
        let before_end = now + Duration::from_secs(299);
        assert_eq!(readers.known(&account("1"), ProjectId(7), before_end), Some(true));
        assert_eq!(readers.known(&account("1"), ProjectId(7), now + Duration::from_secs(300)), None);
        assert_eq!(readers.known(&account("2"), ProjectId(7), now), None, "of the same login");
        assert_eq!(readers.known(&account("1"), ProjectId(8), now), None);
    }
}
