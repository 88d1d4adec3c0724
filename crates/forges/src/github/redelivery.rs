//! The App's own list of deliveries: what was missed is asked for again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;

use super::client::{Access, GithubClient};
use crate::http::Answer;
use crate::{FailedDelivery, ForgeError, Redelivery};

/// How many pages of a hundred deliveries are read at most.
const MOST_PAGES: usize = 500;

/// One attempt of a delivery, in GitHub's words.
#[derive(Debug, Deserialize)]
struct Attempt {
    id: u64,
    guid: String,
    delivered_at: DateTime<Utc>,
    event: String,
    status_code: u16,
}

/// What became of a delivery's attempts.
enum Fate {
    /// One of them was answered, with a yes or with a no that another attempt would not change.
    Answered,
    /// None was.
    Failed(FailedDelivery),
}

impl Attempt {
    /// 0 is GitHub's number for no answer at all; a server's errors are often those of what stands before us.
    fn was_answered(&self) -> bool {
        matches!(self.status_code, 200..=499) && !matches!(self.status_code, 408 | 429)
    }
}

impl GithubClient {
    /// Makes a call as the App.
    async fn as_app(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, ForgeError> {
        match &self.access {
            Access::App(installations) => installations.send(&self.http, method, path, query).await,
            Access::Token(_) => {
                Err(ForgeError::Refused("only a GitHub App can list and repeat its deliveries".to_owned()))
            }
        }
    }
}

#[async_trait]
impl Redelivery for GithubClient {
    async fn failed_deliveries(&self, since: DateTime<Utc>) -> Result<Vec<FailedDelivery>, ForgeError> {
        let mut fates = BTreeMap::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![("per_page", "100")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let answer = self.as_app(Method::GET, &["app", "hook", "deliveries"], &query).await?;
            let next = answer.next_cursor();
            let attempts: Vec<Attempt> = answer.json()?;
            // GitHub lists the newest first.
            let reached = attempts.iter().any(|attempt| attempt.delivered_at < since);
            let wanted = attempts.into_iter().filter(|attempt| attempt.delivered_at >= since);
            wanted.for_each(|attempt| note(&mut fates, attempt));
            if reached || next.is_none() {
                return Ok(failed(fates));
            }
            cursor = next;
        }
        tracing::warn!(pages = MOST_PAGES, %since, "the list of deliveries is too long; older failed ones are left out");
        Ok(failed(fates))
    }

    async fn redeliver(&self, id: u64) -> Result<(), ForgeError> {
        let path = ["app", "hook", "deliveries", &id.to_string(), "attempts"];
        self.as_app(Method::POST, &path, &[]).await?.success().map(|_| ())
    }
}

/// Adds an attempt to what is known of its delivery; attempts come newest first.
fn note(fates: &mut BTreeMap<String, Fate>, attempt: Attempt) {
    if attempt.was_answered() {
        fates.insert(attempt.guid, Fate::Answered);
        return;
    }
    let Attempt { id, guid, delivered_at, event, .. } = attempt;
    let delivery_id = guid.clone();
    fates.entry(guid).or_insert(Fate::Failed(FailedDelivery { id, delivery_id, kind: event, delivered_at }));
}

/// The failed ones, oldest first.
fn failed(fates: BTreeMap<String, Fate>) -> Vec<FailedDelivery> {
    let mut failed: Vec<FailedDelivery> = fates
        .into_values()
        .filter_map(|fate| match fate {
            Fate::Failed(delivery) => Some(delivery),
            Fate::Answered => None,
        })
        .collect();
    failed.sort_by_key(|delivery| (delivery.delivered_at, delivery.id));
    failed
}
