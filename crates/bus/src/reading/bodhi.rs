//! Bodhi's messages (`docs/contracts.md` 6).

use domain::notice::{BodhiUpdate, Notice};
use forges::Reading;
use serde::Deserialize;
use serde_json::Value;

use super::{ignored, parse};

#[derive(Deserialize)]
struct Body {
    update: Update,
}

#[derive(Deserialize)]
struct Update {
    alias: String,
    user: Option<User>,
    builds: Vec<Build>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct User {
    name: String,
}

#[derive(Deserialize)]
struct Build {
    nvr: String,
}

pub(super) fn update(kind: &str, body: Value) -> Result<Reading, String> {
    // Comments name no update in a way that could be followed, and change none.
    if kind == "bodhi.update.comment" {
        return Ok(ignored(kind));
    }
    let Body { update } = parse(body)?;
    let update = BodhiUpdate {
        alias: update.alias,
        user: update.user.map(|user| user.name),
        builds: update.builds.into_iter().map(|build| build.nvr).collect(),
        status: update.status,
        what: kind.trim_start_matches("bodhi.").to_owned(),
    };
    Ok(Reading::Notice(Box::new(Notice::BodhiUpdate(update))))
}
