//! Bodhi's release list, from which release aliases are made.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{BuilderError, ReleaseSource, http};

/// Pages that are read at most: Bodhi has a handful.
const MOST_PAGES: u64 = 50;

/// A Bodhi whose releases are read. That needs no login.
#[derive(Debug, Clone)]
pub struct ReleaseList {
    /// Its address.
    pub url: String,
}

#[async_trait]
impl ReleaseSource for ReleaseList {
    async fn releases(&self) -> Result<Value, BuilderError> {
        releases(&self.url).await
    }
}

/// All releases that are current, pending or frozen, as one list: `{"releases": [...]}` (`docs/contracts.md` 6).
///
/// # Errors
/// If Bodhi cannot be reached, or answers something else.
pub async fn releases(url: &str) -> Result<Value, BuilderError> {
    let client = http::client(std::time::Duration::from_secs(30))?;
    let mut all = Vec::new();
    let mut page = 1;
    loop {
        let address = format!(
            "{}/releases/?state=current&state=pending&state=frozen&rows_per_page=100&page={page}",
            url.trim_end_matches('/')
        );
        let answer = http::send("Bodhi", client.get(&address), http::Effect::Repeatable).await?;
        let Some(releases) = answer.json.get("releases").and_then(Value::as_array) else {
            return Err(answer.trouble("Bodhi", http::Effect::Repeatable));
        };
        all.extend(releases.iter().cloned());
        let pages = answer.json.get("pages").and_then(Value::as_u64).unwrap_or(1);
        if page >= pages.min(MOST_PAGES) {
            return Ok(json!({ "releases": all }));
        }
        page += 1;
    }
}
