//! How the client comes to the right to ask: as an App, where it is installed.

use std::sync::Mutex;

use chrono::{TimeDelta, Utc};
use forges::{Forge, Permission, Redelivery};
use serde_json::json;

use crate::support::{Seen, Server, Told, at, not_found, outage, project, refusal, told};

/// Answers what the App asks for first: its installation is 17, its tokens are good for this long.
fn installed(seen: &Seen, token: &str, lasts: TimeDelta) -> Option<Told> {
    match seen.call.as_str() {
        "GET /repos/packit/hello-world/installation" => {
            Some(told(200, json!({"id": 17, "app_slug": "packflow"})))
        }
        "POST /app/installations/17/access_tokens" => {
            Some(told(201, json!({"token": token, "expires_at": Utc::now() + lasts})))
        }
        _ => None,
    }
}

#[tokio::test]
async fn the_app_acts_with_the_token_of_its_installation_and_keeps_it() {
    let server = Server::start(|seen| {
        let answer = installed(seen, "installation-token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "write", "role_name": "maintain"})))
    })
    .await;
    let client = server.app();
    for _ in 0..3 {
        assert_eq!(client.permission(&project(), "lbarcziova").await.unwrap(), Permission::Write);
    }
    let seen = server.seen();
    let permission = "GET /repos/packit/hello-world/collaborators/lbarcziova/permission";
    assert_eq!(
        server.calls(),
        [
            "GET /repos/packit/hello-world/installation",
            "POST /app/installations/17/access_tokens",
            permission,
            permission,
            permission,
        ]
    );
    // A signed token has three parts; the installation's is used as it was given.
    assert_eq!(seen[0].token.split('.').count(), 3);
    assert_eq!(seen[1].token.split('.').count(), 3);
    assert!(seen[2..].iter().all(|seen| seen.token == "installation-token"));
}

#[tokio::test]
async fn a_token_that_ends_soon_is_replaced() {
    let fetched = Mutex::new(0);
    let server = Server::start(move |seen| {
        let mut fetched = fetched.lock().unwrap();
        if seen.call.ends_with("access_tokens") {
            *fetched += 1;
        }
        let lasts = if *fetched == 1 { TimeDelta::minutes(4) } else { TimeDelta::hours(1) };
        installed(seen, &format!("token-{fetched}"), lasts)
            .unwrap_or_else(|| told(200, json!({"permission": "read"})))
    })
    .await;
    let client = server.app();
    for _ in 0..3 {
        client.permission(&project(), "somebody").await.unwrap();
    }
    let used: Vec<String> = server
        .seen()
        .into_iter()
        .filter(|seen| seen.call.contains("collaborators"))
        .map(|seen| seen.token)
        .collect();
    assert_eq!(used, ["token-1", "token-2", "token-2"]);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let server = Server::start(|seen| {
        let answer = installed(seen, "installation-token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "read"})))
    })
    .await;
    let (client, project) = (server.app(), project());
    let (one, two, three) = tokio::join!(
        client.permission(&project, "one"),
        client.permission(&project, "two"),
        client.permission(&project, "three"),
    );
    assert!([one, two, three].into_iter().all(|permission| permission.is_ok()));
    assert_eq!(server.calls().iter().filter(|call| call.ends_with("access_tokens")).count(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let fetched = Mutex::new(0);
    let server = Server::start(move |seen| {
        let mut fetched = fetched.lock().unwrap();
        if seen.call.ends_with("access_tokens") {
            *fetched += 1;
        }
        if seen.token == "token-1" {
            return told(401, json!({"message": "Bad credentials"}));
        }
        let answer = installed(seen, &format!("token-{fetched}"), TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "admin"})))
    })
    .await;
    assert_eq!(server.app().permission(&project(), "owner").await.unwrap(), Permission::Admin);

    let server = Server::start(|seen| {
        let answer = installed(seen, "token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(401, json!({"message": "Bad credentials"})))
    })
    .await;
    let (reason, _) = outage(server.app().permission(&project(), "owner").await);
    assert!(reason.contains("401: Bad credentials: our credentials are not taken"), "{reason}");
    assert_eq!(server.calls().len(), 6);
}

#[tokio::test]
async fn where_the_app_is_not_installed_it_says_so() {
    let server = Server::start(|_| not_found()).await;
    let reason = refusal(server.app().configuration(&at()).await);
    assert!(reason.starts_with("the app is not installed on github.com/packit/hello-world"), "{reason}");
    assert_eq!(server.calls(), ["GET /repos/packit/hello-world/installation"]);
}

/// A key that was removed, a wrong clock and a wrong id say nothing about where the App is installed.
#[tokio::test]
async fn where_our_key_is_not_taken_what_is_asked_waits_for_an_operator() {
    let answers = [
        (401, "A JSON web token could not be decoded"),
        (401, "'Expiration time' claim ('exp') is too far in the future"),
        (404, "Integration not found"),
    ];
    for (status, message) in answers {
        let server = Server::start(move |_| told(status, json!({"message": message}))).await;
        let app = server.app();
        let waits = [
            outage(app.configuration(&at()).await),
            outage(app.permission(&project(), "somebody").await),
            outage(app.failed_deliveries(Utc::now()).await),
            outage(app.check().await),
        ];
        for (reason, _) in waits {
            assert!(reason.contains(&format!("{status}: {message}")), "{reason}");
            for seen_to in ["private_key_file", "app_id", "clock"] {
                assert!(reason.contains(seen_to), "{reason}");
            }
        }
    }
    // Nor does it where the installation is known and its token is fetched.
    let server = Server::start(|seen| match seen.call.as_str() {
        "GET /repos/packit/hello-world/installation" => told(200, json!({"id": 17})),
        _ => told(401, json!({"message": "A JSON web token could not be decoded"})),
    })
    .await;
    assert!(outage(server.app().configuration(&at()).await).0.contains("private_key_file"));
}

#[tokio::test]
async fn an_app_that_was_installed_anew_is_found_again() {
    let removed = Mutex::new(true);
    let server = Server::start(move |seen| {
        let mut removed = removed.lock().unwrap();
        match seen.call.as_str() {
            "GET /repos/packit/hello-world/installation" => {
                told(200, json!({"id": if *removed { 16 } else { 17 }}))
            }
            "POST /app/installations/16/access_tokens" => {
                *removed = false;
                not_found()
            }
            _ => installed(seen, "token", TimeDelta::hours(1))
                .unwrap_or_else(|| told(200, json!({"permission": "read"}))),
        }
    })
    .await;
    let client = server.app();
    refusal(client.permission(&project(), "somebody").await);
    assert_eq!(client.permission(&project(), "somebody").await.unwrap(), Permission::Read);
}

#[tokio::test]
async fn a_check_asks_who_the_app_is_and_tells_what_it_lacks() {
    let granted = |permissions: serde_json::Value| async move {
        let app = json!({"id": 1, "name": "Packflow\u{7}", "permissions": permissions});
        let server = Server::start(move |_| told(200, &app)).await;
        let found = server.app().check().await.map_err(|error| error.to_string());
        assert_eq!(server.calls(), ["GET /app"]);
        found
    };
    let found = granted(json!({
        "metadata": "read", "contents": "write", "checks": "write", "issues": "write", "pull_requests": "write",
    }))
    .await
    .unwrap();
    assert!(found.contains("`Packflow") && !found.contains('\u{7}'), "{found}");
    let lacking = granted(json!({"metadata": "read", "checks": "read"})).await.unwrap_err();
    assert!(
        lacking.ends_with("contents: read, checks: write, issues: write, pull_requests: write"),
        "{lacking}"
    );
}

#[tokio::test]
async fn a_check_with_refused_credentials_fails() {
    let server = Server::start(|_| told(401, json!({"message": "Bad credentials"}))).await;
    for client in [server.app(), server.with_token()] {
        let error = client.check().await.unwrap_err().to_string();
        assert!(error.contains("401: Bad credentials"), "{error}");
    }
    assert_eq!(server.calls(), ["GET /app", "GET /rate_limit"]);
}
