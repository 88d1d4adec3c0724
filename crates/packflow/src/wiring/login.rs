use std::sync::Arc;

use async_trait::async_trait;
use domain::words::ProjectKey;
use forges::ForgeError;
use forges::github::{GithubAccount, GithubLogin};
use store::sessions::Account;
use web::{LoginError, LoginForge};

/// GitHub as a place to log in at.
#[derive(Debug)]
pub(crate) struct GithubDoorkeeper {
    /// The forge's host.
    pub(crate) host: String,
    /// What asks GitHub.
    pub(crate) login: Arc<GithubLogin>,
}

#[async_trait]
impl LoginForge for GithubDoorkeeper {
    fn forge(&self) -> &str {
        &self.host
    }

    fn authorize_url(&self, redirect_uri: &str, state: &str, challenge: &str) -> String {
        self.login.authorize_url(redirect_uri, state, challenge).into()
    }

    async fn account(&self, code: &str, verifier: &str, redirect_uri: &str) -> Result<Account, LoginError> {
        match self.login.account(code, verifier, redirect_uri).await {
            Ok(GithubAccount { id, login }) => Ok(Account { forge: self.host.clone(), id, login }),
            Err(ForgeError::Refused(reason)) => Err(LoginError::Refused(reason)),
            Err(ForgeError::Unavailable { reason, .. }) => Err(LoginError::Unavailable(reason)),
        }
    }

    async fn may_read(&self, account: &Account, project: &ProjectKey) -> Result<bool, String> {
        let account = GithubAccount { id: account.id.clone(), login: account.login.clone() };
        self.login.may_read(&account, project).await.map_err(|error| error.to_string())
    }
}
