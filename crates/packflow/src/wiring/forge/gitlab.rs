//! A GitLab as it is configured.

use std::sync::Arc;

use forges::gitlab::GitlabClient;

use super::{WiredForge, host_of, keys};
use crate::configuration::{Faults, Forge, secret};

pub(super) fn gitlab(gitlab: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    let host = host_of(gitlab);
    keys::only(gitlab, key, &keys::WITH_WEBHOOK, &mut faults);
    let token = keys::token(gitlab, key, secret::GITLAB_TOKEN, &mut faults);
    let secrets = keys::own_webhook_secrets(gitlab, key, &mut faults);
    let url = gitlab.api_url.clone().unwrap_or_else(|| format!("https://{host}/api/v4"));
    // With no token, its address can be checked all the same.
    let client = GitlabClient::new(&host, &url, token.unwrap_or_default());
    let client = faults.take(&format!("{key}.api_url"), client);
    faults.or(client.map(|client| WiredForge { secrets, ..WiredForge::of(Arc::new(client)) }))
}
