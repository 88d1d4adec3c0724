//! Logging in at the simulated GitHub, by our own client of GitHub.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::words::ProjectKey;
use forges::ForgeError;
use forges::github::{Credentials, GithubClient, GithubLogin};
use simulator::{Accounts, Behaviour, Repository, Simulator};

const BACK: &str = "https://packflow.example/login/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn login(simulator: &Simulator, secret: &str) -> GithubLogin {
    let accounts = Accounts::default();
    let credentials = Credentials::Token(accounts.github_token.into());
    let client = GithubClient::new("github.com", &simulator.github_url(), credentials).unwrap();
    let id = &accounts.github_client_id;
    GithubLogin::new(Arc::new(client), &simulator.github_url(), id, secret.to_owned().into()).unwrap()
}

fn good(simulator: &Simulator) -> GithubLogin {
    login(simulator, &Accounts::default().github_client_secret)
}

/// What a browser is sent back with, when somebody of this name logs in; `more` is added to the address.
async fn browse(login: &GithubLogin, more: &str) -> HashMap<String, String> {
    let url = login.authorize_url(BACK, "some state", CHALLENGE);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(format!("{url}{more}")).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let back = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(BACK));
    back.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_code_is_good_once_with_its_verifier_and_address() {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let login = good(&simulator);
    let told = browse(&login, "&login=alice").await;
    assert_eq!(told["state"], "some state");
    let account = login.account(&told["code"], VERIFIER, BACK).await.unwrap();
    assert_eq!(account.login, "alice");
    assert!(account.id.parse::<u64>().is_ok());
    assert!(
        matches!(login.account(&told["code"], VERIFIER, BACK).await, Err(ForgeError::Refused(_))),
        "twice"
    );
    for (verifier, back) in [("another verifier", BACK), (VERIFIER, "https://evil.example/")] {
        let told = browse(&login, "&login=alice").await;
        let refused = login.account(&told["code"], verifier, back).await;
        assert!(matches!(refused, Err(ForgeError::Refused(_))), "{verifier} {back}");
    }
    assert_eq!(browse(&login, "&login=alice&deny=true").await["error"], "access_denied");
}

#[tokio::test]
async fn a_users_token_is_withdrawn_once_it_told_who_they_are() {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let login = good(&simulator);
    let told = browse(&login, "&login=alice").await;
    login.account(&told["code"], VERIFIER, BACK).await.unwrap();
    let calls: Vec<(String, Option<u16>)> = simulator
        .log()
        .into_iter()
        .skip(1)
        .map(|call| (format!("{} {}", call.method, call.path), call.status))
        .collect();
    let expected = [
        ("POST /login/oauth/access_token", 200),
        ("GET /user", 200),
        ("DELETE /applications/simulated-client-id/token", 204),
    ];
    assert_eq!(calls, expected.map(|(call, status)| (call.to_owned(), Some(status))));
    let log = serde_json::to_string(&simulator.log()).unwrap();
    assert!(!log.contains("ghu_simulated") && !log.contains("simulated-client-secret"), "{log}");
}

#[tokio::test]
async fn who_may_read_a_private_repository_is_asked_and_must_be_the_same_account() {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let permissions =
        [("alice", "read"), ("mallory", "none")].map(|(who, may)| (who.to_owned(), may.to_owned()));
    let secret =
        Repository { private: true, permissions: BTreeMap::from(permissions), ..Repository::default() };
    simulator.put_repository("packit", "secret", secret);
    let login = good(&simulator);
    let project = ProjectKey::new("github.com", "packit", "secret");
    for (name, may) in [("alice", true), ("mallory", false), ("bob", false)] {
        let told = browse(&login, &format!("&login={name}")).await;
        let account = login.account(&told["code"], VERIFIER, BACK).await.unwrap();
        assert_eq!(login.may_read(&account, &project).await.unwrap(), may, "{name}");
        let gone = ProjectKey::new("github.com", "packit", "gone");
        assert!(!login.may_read(&account, &gone).await.unwrap());
        let other = forges::github::GithubAccount { id: "1".to_owned(), ..account };
        assert!(
            !login.may_read(&other, &project).await.unwrap(),
            "who has {name}'s name now is somebody else"
        );
    }
}

#[tokio::test]
async fn the_clients_secret_can_be_checked() {
    let simulator = common::simulator(Behaviour::immediate()).await;
    assert_eq!(good(&simulator).check().await.unwrap(), "it takes our client secret");
    let error = login(&simulator, "wrong").check().await.unwrap_err().to_string();
    assert!(error.contains("incorrect_client_credentials") && !error.contains("wrong"), "{error}");
}
