//! GitHub: its deliveries, their signature, and its HTTP API as an App (`docs/contracts.md` section 1).

mod app_token;
mod checks;
mod client;
mod comments;
pub mod delivery;
mod files;
mod installations;
mod login;
mod redelivery;

pub use crate::webhook::{InvalidWebhookSecrets, SignatureError, WebhookSecrets};
pub use app_token::{AppKey, InvalidAppKey};
pub use client::{Credentials, GithubClient};
pub use login::{GithubAccount, GithubLogin};
