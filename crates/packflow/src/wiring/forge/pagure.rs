//! A Pagure as it is configured.

use std::sync::Arc;

use forges::pagure::PagureClient;
use secrecy::SecretString;

use super::{WiredForge, host_of, keys};
use crate::configuration::{Faults, Forge, secret};

pub(super) fn pagure(pagure: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let (client, _) = pagure_with_token(pagure, key)?;
    Ok(WiredForge::of(Arc::new(client)))
}

/// The client, and its token, by which its account pushes too.
pub(crate) fn pagure_with_token(pagure: &Forge, key: &str) -> Result<(PagureClient, SecretString), Faults> {
    let mut faults = Faults::default();
    keys::only(pagure, key, &keys::PAGURE, &mut faults);
    let token = keys::token(pagure, key, secret::PAGURE_TOKEN, &mut faults).unwrap_or_default();
    let host = host_of(pagure);
    let url = pagure.api_url.clone().unwrap_or_else(|| format!("https://{host}"));
    // With no token, its address can be checked all the same.
    let client = PagureClient::new(&host, &url, token.clone());
    let client = faults.take(&format!("{key}.api_url"), client);
    faults.or(client.map(|client| (client, token)))
}
