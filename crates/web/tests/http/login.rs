//! Logging in at GitHub and out again, with a browser.

use axum::http::{Method, StatusCode};
use simulator::{Outage, OutageKind, System, Trouble};
use test_support::{TestDatabase, on_both_databases};
use web::ReadAccess;

use crate::people::{Browser, github, with_login};
use crate::server::Server;

const SESSION: &str = "__Host-packflow-session";

on_both_databases! {
    async fn somebody_logs_in_and_out_again(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        let mut browser = Browser::default();
        let page = browser.get(&server, "/?cursor=").await;
        assert!(!page.body.contains("Log out"));
        let page = browser.get(&server, "/").await;
        assert!(page.body.contains(r#"href="/login?return=%2F""#), "{}", page.body);
        assert!(page.header("vary").contains("cookie") || page.headers.get_all("vary").iter().any(|vary| vary == "cookie"));

        let back = browser.log_in(&server, "alice", "/events/12").await;
        assert_eq!((back.status, back.header("location")), (StatusCode::SEE_OTHER, "/events/12"));
        let set: Vec<&str> = back.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
        let session = set.iter().find(|set| set.starts_with(SESSION)).unwrap();
        for attribute in ["; Path=/;", "; HttpOnly;", "; SameSite=Lax;", "; Secure"] {
            assert!(session.contains(attribute), "{session}");
        }
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [SESSION], "what the login needed is gone");
        let page = browser.get(&server, "/").await;
        assert!(page.body.contains("alice") && page.body.contains("Log out"), "{}", page.body);
        assert_eq!(page.header("cache-control"), "private, no-cache");
        let lost = browser.get(&server, "/events/4711").await;
        assert_eq!(lost.status, StatusCode::NOT_FOUND);
        assert!(lost.body.contains("alice") && lost.body.contains("Log out"), "{}", lost.body);

        let kept = browser.header();
        let out = browser.send(&server, Method::POST, "/logout", &[("Sec-Fetch-Site", "same-origin")]).await;
        assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/logged-out"));
        assert!(browser.cookies.is_empty());
        assert!(browser.get(&server, "/logged-out").await.body.contains("You are logged out"));
        let page = Browser::default().send(&server, Method::GET, "/", &[("Cookie", &kept)]).await;
        assert!(!page.body.contains("alice"), "the cookie that somebody kept is nobody's");
    }

    async fn a_login_begins_anew_with_another_secret(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        let mut browser = Browser::of(&server, "alice").await;
        let before = Browser { cookies: browser.cookies.clone() };
        browser.log_in(&server, "bob", "/").await;
        assert_ne!(browser.cookies, before.cookies);
        assert!(browser.get(&server, "/").await.body.contains("bob"));
        let mut before = before;
        assert!(!before.get(&server, "/").await.body.contains("Log out"), "the login of before ended");
        // What somebody else put there before the login is not taken over.
        let mut fixed = Browser::default();
        fixed.cookies.insert(SESSION.to_owned(), "chosen-by-somebody-else".to_owned());
        fixed.log_in(&server, "alice", "/").await;
        assert_ne!(fixed.cookies[SESSION], "chosen-by-somebody-else");
    }

    /// Else a link could log somebody in as somebody else, who then sees what they do.
    async fn an_answer_for_another_browser_is_not_taken(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        let (mut attacker, mut victim) = (Browser::default(), Browser::default());
        let link = attacker.way_back(&server, "mallory", "/").await;
        victim.way_back(&server, "alice", "/").await;
        for browser in [&mut Browser::default(), &mut victim] {
            let refused = browser.get(&server, &link).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert!(!browser.cookies.contains_key(SESSION));
        }
        let taken = attacker.get(&server, &link).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER);
        assert_eq!(attacker.get(&server, &link).await.status, StatusCode::BAD_REQUEST, "once");
        for link in ["/login/callback", "/login/callback?code=x&state=y", "/login/callback?error=access_denied&state=%00"] {
            assert_eq!(Browser::default().get(&server, link).await.status, StatusCode::BAD_REQUEST, "{link}");
        }
    }

    async fn a_login_that_comes_to_nothing_says_so(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        let mut browser = Browser::default();
        let back = browser.way_back(&server, "alice&deny=true", "/").await;
        assert!(back.contains("error=access"), "{back}");
        let page = browser.get(&server, &back).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains("You are not logged in") && page.body.contains("href=\"/login\""));
        let back = browser.way_back(&server, "alice", "/").await;
        let outage = Outage { kind: OutageKind::Unavailable, for_ms: 600_000 };
        let mut behaviour = simulator::Behaviour::immediate();
        behaviour.troubles.insert(System::GitHub, Trouble { outage: Some(outage), ..Trouble::default() });
        github.behave(behaviour);
        assert_eq!(browser.get(&server, &back).await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!browser.cookies.contains_key(SESSION));
    }

    async fn nobody_is_led_to_another_site(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        for hostile in ["//evil.example", "/\\evil.example", "/%5Cevil.example/..//evil.example", "https://evil.example", "/\t/evil.example", "/.//evil.example"] {
            let answer = Browser::default().log_in(&server, "alice", hostile).await;
            let location = answer.header("location").to_owned();
            assert!(location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'), "{hostile}: {location}");
        }
        // What the browser kept may be changed by whoever sits at it; it still leads nowhere else.
        let mut browser = Browser::default();
        let back = browser.way_back(&server, "alice", "/").await;
        let pending = browser.cookies["__Host-packflow-login"].clone();
        let (secret, _) = pending.split_once('.').unwrap();
        browser.cookies.insert("__Host-packflow-login".to_owned(), format!("{secret}.Ly9ldmlsLmV4YW1wbGU"));
        assert_eq!(browser.get(&server, &back).await.header("location"), "/");
    }

    async fn a_foreign_page_changes_nothing(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        let mut browser = Browser::of(&server, "alice").await;
        for headers in [
            &[][..],
            &[("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://packflow.example")],
            &[("Origin", "https://evil.example")],
            &[("Origin", "null")],
        ] {
            let refused = browser.send(&server, Method::POST, "/logout", headers).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
            assert!(browser.get(&server, "/").await.body.contains("Log out"), "{headers:?}");
        }
        let origin = [("Origin", "https://packflow.example")];
        assert_eq!(browser.send(&server, Method::POST, "/logout", &origin).await.status, StatusCode::SEE_OTHER);
    }

    async fn where_reading_is_for_those_who_are_known_a_visit_begins_with_a_login(database: TestDatabase) {
        let github = github().await;
        let server = Server::with(&database, with_login(&github, ReadAccess::Login)).await;
        let mut browser = Browser::default();
        let sent = browser.get(&server, "/events/12?x=1").await;
        assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/login?return=%2Fevents%2F12%3Fx%3D1"));
        let script = browser.send(&server, Method::GET, "/", &[("Sec-Fetch-Mode", "cors")]).await;
        assert_eq!(script.status, StatusCode::UNAUTHORIZED, "a script that looks again cannot log in");
        assert_eq!(browser.get(&server, "/api/v1/events").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(browser.get(&server, "/logged-out").await.status, StatusCode::OK);
        browser.log_in(&server, "bob", "/").await;
        assert_eq!(browser.get(&server, "/").await.status, StatusCode::OK);
        assert_eq!(browser.get(&server, "/api/v1/events").await.status, StatusCode::OK);
    }
}
