//! People with a browser, and the simulated GitHub at which they log in.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::words::ProjectKey;
use forges::ForgeError;
use forges::github::{Credentials, GithubAccount, GithubClient, GithubLogin};
use simulator::{Accounts, Behaviour, Repository, Simulator, SimulatorConfig};
use store::sessions::Account;
use web::{CHANGES_PER_MINUTE, Identity, LoginError, LoginForge, ReadAccess};

use crate::server::{Answer, Server};

/// GitHub, with the private repository `packit/secret` that alice may read.
pub(crate) async fn github() -> Simulator {
    let config = SimulatorConfig { behaviour: Behaviour::immediate(), ..SimulatorConfig::default() };
    let simulator = Simulator::start(config).await.unwrap();
    for name in ["secret", "unknown"] {
        let permissions = BTreeMap::from([("alice".to_owned(), "read".to_owned())]);
        let repository = Repository { private: true, permissions, ..Repository::default() };
        simulator.put_repository("packit", name, repository);
    }
    simulator
}

/// Callers of a server at which people of this GitHub log in.
pub(crate) fn with_login(simulator: &Simulator, reading: ReadAccess) -> Identity {
    with_login_and_rate(simulator, reading, CHANGES_PER_MINUTE)
}

/// The same where each may change so much in a minute.
pub(crate) fn with_login_and_rate(simulator: &Simulator, reading: ReadAccess, per_minute: u32) -> Identity {
    let accounts = Accounts::default();
    let credentials = Credentials::Token(accounts.github_token.into());
    let client = GithubClient::new("github.com", &simulator.github_url(), credentials).unwrap();
    let secret = accounts.github_client_secret.into();
    let login =
        GithubLogin::new(Arc::new(client), &simulator.github_url(), &accounts.github_client_id, secret);
    Identity::new(reading, Some(Arc::new(Github(login.unwrap()))), per_minute)
}

struct Github(GithubLogin);

#[async_trait]
impl LoginForge for Github {
    fn forge(&self) -> &str {
        "github.com"
    }

    fn authorize_url(&self, redirect_uri: &str, state: &str, challenge: &str) -> String {
        self.0.authorize_url(redirect_uri, state, challenge).into()
    }

    async fn account(&self, code: &str, verifier: &str, redirect_uri: &str) -> Result<Account, LoginError> {
        match self.0.account(code, verifier, redirect_uri).await {
            Ok(GithubAccount { id, login }) => Ok(Account { forge: "github.com".to_owned(), id, login }),
            Err(ForgeError::Refused(reason)) => Err(LoginError::Refused(reason)),
            Err(ForgeError::Unavailable { reason, .. }) => Err(LoginError::Unavailable(reason)),
        }
    }

    async fn may_read(&self, account: &Account, project: &ProjectKey) -> Result<bool, String> {
        let account = GithubAccount { id: account.id.clone(), login: account.login.clone() };
        self.0.may_read(&account, project).await.map_err(|error| error.to_string())
    }
}

/// A browser: it keeps cookies.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Somebody's, who is logged in.
    pub(crate) async fn of(server: &Server, name: &str) -> Self {
        let mut browser = Self::default();
        let answer = browser.log_in(server, name, "/").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"), "{}", answer.body);
        browser
    }

    pub(crate) fn header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub(crate) async fn get(&mut self, server: &Server, path: &str) -> Answer {
        self.send(server, Method::GET, path, &[]).await
    }

    pub(crate) async fn send(
        &mut self,
        server: &Server,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send_with(server, method, path, headers, Body::empty()).await
    }

    /// Sends a form of one of our pages.
    pub(crate) async fn submit(&mut self, server: &Server, path: &str, form: &str) -> Answer {
        let headers =
            [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")];
        self.send_with(server, Method::POST, path, &headers, Body::from(form.to_owned())).await
    }

    async fn send_with(
        &mut self,
        server: &Server,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("Cookie", self.header());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = server.send(request.body(body).unwrap()).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Logs in from a page, up to where the browser is sent in the end.
    pub(crate) async fn log_in(&mut self, server: &Server, name: &str, page: &str) -> Answer {
        let back = self.way_back(server, name, page).await;
        self.get(server, &back).await
    }

    /// The address at which GitHub sends the browser back.
    pub(crate) async fn way_back(&mut self, server: &Server, name: &str, page: &str) -> String {
        let query = url_encoded(page);
        let begun = self.get(server, &format!("/login?return={query}")).await;
        assert_eq!(begun.status.as_u16(), 303, "{}", begun.body);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let authorize = format!("{}&login={name}", begun.header("location"));
        let answer = client.get(authorize).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        back.strip_prefix("https://packflow.example").unwrap().to_owned()
    }
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
