//! A Forgejo as it is configured.

use std::sync::Arc;

use forges::forgejo::ForgejoClient;

use super::{WiredForge, host_of, keys};
use crate::configuration::{Faults, Forge, secret};

pub(super) fn forgejo(forgejo: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    let host = host_of(forgejo);
    if host.is_empty() {
        faults.add(
            &format!("{key}.host"),
            "is missing: the host in the names of its projects, such as codeberg.org",
        );
        return Err(faults);
    }
    keys::only(forgejo, key, &keys::WITH_WEBHOOK, &mut faults);
    let token = keys::token(forgejo, key, secret::FORGEJO_TOKEN, &mut faults);
    // Without a secret no webhooks are taken; the bus may tell of it.
    let secrets = keys::own_webhook_secrets(forgejo, key, &mut faults);
    let url = forgejo.api_url.clone().unwrap_or_else(|| format!("https://{host}/api/v1"));
    // With no token, its address can be checked all the same.
    let client = ForgejoClient::new(&host, &url, token.unwrap_or_default());
    let client = faults.take(&format!("{key}.api_url"), client);
    faults.or(client.map(|client| WiredForge { secrets, ..WiredForge::of(Arc::new(client)) }))
}
