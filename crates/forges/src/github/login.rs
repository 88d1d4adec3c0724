//! Logging in at GitHub: the authorization code of an App or OAuth App with PKCE, and what an account may read
//! (`docs/contracts.md` 1.7).
//!
//! A user's token is used for one question, who they are, and is withdrawn at once: nobody holds it longer than that takes.
//! What they may read is asked by the App, which is installed wherever there is something to show.

use std::sync::Arc;

use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::client::{DIALECT, GithubClient};
use crate::http::{Call, Http, InvalidSettings};
use crate::text::one_line;
use crate::{ForgeError, Permission};

/// GitHub as a place to log in at.
#[derive(Debug)]
pub struct GithubLogin {
    github: Arc<GithubClient>,
    /// GitHub for people, where codes are exchanged.
    web: Http,
    /// Where browsers are sent.
    authorize: Url,
    client_id: String,
    client_secret: SecretString,
}

/// An account of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubAccount {
    /// Its number, which stays when it is renamed.
    pub id: String,
    /// Its name.
    pub login: String,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
}

/// What a code was exchanged for. GitHub tells that it was not by 200, too.
#[derive(Deserialize)]
struct Exchanged {
    access_token: Option<String>,
    error: Option<String>,
}

impl GithubLogin {
    /// `web_url` is GitHub for people (`https://github.com`); the client id and secret are those that the App's page shows.
    pub fn new(
        github: Arc<GithubClient>,
        web_url: &str,
        client_id: &str,
        client_secret: SecretString,
    ) -> Result<Self, InvalidSettings> {
        let web = Http::new(web_url, &DIALECT)?;
        let authorize = web.url(&["login", "oauth", "authorize"]);
        let authorize = authorize.map_err(|error| InvalidSettings(error.to_string()))?;
        Ok(Self { github, web, authorize, client_id: client_id.to_owned(), client_secret })
    }

    /// Where a browser is sent to log in; it comes back to `redirect_uri` with `state` and a code.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, challenge: &str) -> Url {
        let mut url = self.authorize.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Whose code it is.
    pub async fn account(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<GithubAccount, ForgeError> {
        let token = self.exchange(code, verifier, redirect_uri).await?.map_err(|error| {
            ForgeError::Refused(format!("the code is not taken: {}", one_line(&error, 100)))
        })?;
        let user = self.user(&token).await;
        if let Err(error) = self.withdraw(&token).await {
            // It ends by itself in some hours, and is kept nowhere.
            tracing::warn!(error = &error as &dyn std::error::Error, "a user's token could not be withdrawn");
        }
        let User { id, login } = user?;
        Ok(GithubAccount { id: id.to_string(), login })
    }

    /// Whether an account may read a project: GitHub knows it by its name, and it must still be the one with this id.
    pub async fn may_read(&self, account: &GithubAccount, project: &ProjectKey) -> Result<bool, ForgeError> {
        #[derive(Deserialize)]
        struct Granted {
            permission: String,
            user: Option<User>,
        }
        let asked = self.github.get(project, &["collaborators", &account.login, "permission"], &[]).await;
        let answer = match asked {
            // The App is not there any more, so nothing tells that they may.
            Err(ForgeError::Refused(_)) => return Ok(false),
            asked => asked?,
        };
        if !answer.status.is_success() {
            return Ok(false);
        }
        let Granted { permission, user } = answer.json()?;
        let is_same = user.is_some_and(|user| user.id.to_string() == account.id);
        Ok(is_same && Permission::from_word(&permission).is_some_and(|granted| granted >= Permission::Read))
    }

    /// Checks that GitHub takes the client id and secret; says what it found, in one line.
    pub async fn check(&self) -> Result<String, ForgeError> {
        // No code is taken; with the right secret that is the only thing wrong.
        match self.exchange("none", "none", "").await? {
            Err(error) if error == "bad_verification_code" => Ok("it takes our client secret".to_owned()),
            Err(error) => Err(ForgeError::Refused(format!(
                "the client id or secret is not taken: {}",
                one_line(&error, 100)
            ))),
            Ok(_) => Err(ForgeError::Refused("it takes any code, so it is no GitHub".to_owned())),
        }
    }

    /// The user's token, or GitHub's word for why there is none.
    async fn exchange(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<Result<SecretString, String>, ForgeError> {
        let form = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect_uri),
        ];
        let answer = self.web.send_form(&["login", "oauth", "access_token"], &form).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(Err("there is no such client".to_owned()));
        }
        let Exchanged { access_token, error } = answer.json()?;
        Ok(access_token
            .map(SecretString::from)
            .ok_or_else(|| error.unwrap_or_else(|| "no reason given".to_owned())))
    }

    async fn user(&self, token: &SecretString) -> Result<User, ForgeError> {
        let call = Call { method: Method::GET, path: &["user"], query: &[], body: None, token };
        self.github.http.send(call).await?.json()
    }

    async fn withdraw(&self, token: &SecretString) -> Result<(), ForgeError> {
        let path = ["applications", &self.client_id, "token"];
        let body = serde_json::json!({ "access_token": token.expose_secret() });
        let client = (self.client_id.as_str(), &self.client_secret);
        self.github.http.send_as_client(Method::DELETE, &path, client, &body).await?.success()?;
        Ok(())
    }
}
