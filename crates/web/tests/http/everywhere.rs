//! What holds for every route.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use test_support::{TestDatabase, on_both_databases};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::server::Server;
use crate::workflows::{plan, record_public};

on_both_databases! {
    async fn every_answer_has_the_security_headers_and_an_id_of_ours(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let workflow = format!("/api/v1/events/{event}/workflow");
        let page = format!("/events/{event}");
        let paths = [
            "/", &page, "/events/x", "/pipelines/1", "/projects", "/search?q=x", "/assets/live.js", "/api/v1/events", &workflow, "/api",
            "/api/v1/events?limit=x", "/healthz", "/readyz", "/metrics", "/webhooks/github", "/webhooks/other", "/x",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for path in paths {
            for method in [Method::GET, Method::POST, Method::HEAD] {
                let request = Request::builder().method(method.clone()).uri(path);
                let request = request.header("X-Request-Id", "forged").body(Body::empty()).unwrap();
                let answer = server.send(request).await;
                assert!(answer.status.as_u16() < 500, "{method} {path}: {}", answer.status);
                let policy = answer.header("content-security-policy");
                for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                    assert!(policy.contains(rule), "{method} {path}: {policy}");
                }
                assert!(!policy.contains("unsafe"), "{policy}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
                assert_eq!(answer.header("referrer-policy"), "same-origin");
                assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
                assert_eq!(answer.header("server"), "");
                assert!(seen.insert(answer.header("x-request-id").to_owned()), "{method} {path}");
            }
        }
        assert!(!seen.contains("forged") && !seen.contains(""));
    }

    async fn programs_get_problems_and_people_get_pages(database: TestDatabase) {
        let server = Server::new(&database).await;
        for path in ["/api", "/api/", "/api/v1", "/api/v1/event", "/api/v2/events", "/webhooks/gitea", "/metrics/x"] {
            let answer = server.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            answer.problem();
        }
        for path in ["/apis", "/metricsx", "/favicon.ico"] {
            let answer = server.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
    }

    async fn a_wrong_method_is_told_the_right_one(database: TestDatabase) {
        let server = Server::new(&database).await;
        let answer = server.get("/webhooks/github").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), "POST");
        answer.problem();
        let delete = |path: &str| Request::delete(path).body(Body::empty()).unwrap();
        let answer = server.send(delete("/api/v1/events")).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
        answer.problem();
        let page = server.send(delete("/")).await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(page.body.contains("<h1>Method Not Allowed</h1>"));
    }

    async fn supervisors_learn_whether_the_server_lives_and_can_work(database: TestDatabase) {
        let server = Server::new(&database).await;
        assert_eq!(server.get("/healthz").await.json(), serde_json::json!({ "status": "alive", "version": "1.2.3" }));
        assert_eq!(server.get("/readyz").await.json(), serde_json::json!({ "status": "ready" }));
        server.db.close().await;
        assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
        let answer = server.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.problem()["detail"].as_str().unwrap().contains("database"));
    }

    /// It may answer and take nothing, as with a full disk. Whoever is sent no delivery while it is not ready finds out all the same
    /// that it is again.
    async fn a_server_that_cannot_store_deliveries_is_not_ready(database: TestDatabase) {
        let server = Server::unmigrated(&database, web::Identity::default()).await;
        assert_eq!(server.get("/readyz").await.status, StatusCode::OK, "nobody has tried");
        assert_eq!(server.deliver("d-1", "ping", b"{}").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(server.counted("unavailable"), 1);
        let answer = server.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.problem()["detail"].as_str().unwrap().contains("no delivery could be stored"), "{}", answer.body);
        store::Migrations(&server.db).run().await.unwrap();
        assert_eq!(server.get("/readyz").await.json(), serde_json::json!({ "status": "ready" }));
        assert_eq!(store::inbox::pending(&server.db).await.unwrap().0, 0, "nothing of it stays");
    }

    async fn a_server_answers_on_its_socket_until_it_is_told_to_stop(database: TestDatabase) {
        let server = Server::new(&database).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(web::serve(listener, server.state.clone(), async {
            let _ = stopped.await;
        }));
        client.write_all(b"GET /healthz HTTP/1.1\r\nHost: packflow.example\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
    }

    async fn answers_are_counted_by_route_and_status(database: TestDatabase) {
        let server = Server::new(&database).await;
        server.get("/events/31337").await;
        server.get("/no/such/address/31337").await;
        let answer = server.get("/metrics").await;
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        for figure in [
            "packflow_http_requests_total{route=\"/events/{id}\",status=\"404\"}",
            "packflow_http_requests_total{route=\"none\",status=\"404\"}",
            "packflow_http_request_seconds_bucket{route=\"/events/{id}\",le=\"0.1\"}",
        ] {
            assert!(answer.body.contains(figure), "{figure} is not in: {}", answer.body);
        }
        assert!(!answer.body.contains("31337"));
    }

    /// An alarm can be set on workers that died: they tell nothing themselves.
    async fn what_nobody_works_on_is_told_with_its_age(database: TestDatabase) {
        let server = Server::new(&database).await;
        let waiting = |body: &str, queue: &str| -> f64 {
            let name = format!("packflow_oldest_waiting_seconds{{{queue}}} ");
            let line = body.lines().find_map(|line| line.strip_prefix(&name));
            line.unwrap_or_else(|| panic!("no {name} in {body}")).parse().unwrap()
        };
        let settled = server.get("/metrics").await.body;
        assert_eq!(waiting(&settled, "queue=\"inbox\""), 0.0);
        let (source, kind, received_at) = ("github.com", "push", chrono::Utc::now() - chrono::TimeDelta::hours(1));
        let delivery =
            store::inbox::NewDelivery { source, delivery_id: "d", kind, received_at, body: b"{}", settled: None };
        store::inbox::receive(&server.db, &delivery).await.unwrap();
        let late = server.get("/metrics").await.body;
        assert!(waiting(&late, "queue=\"inbox\"") >= 3600.0);
        assert_eq!(waiting(&late, "queue=\"reports\""), 0.0);

        server.db.close().await;
        let away = server.get("/metrics").await;
        assert_eq!(away.status, 200, "what the process did is told while the database is away");
        assert!(!away.body.contains("packflow_oldest_waiting_seconds{"), "{}", away.body);
    }

    async fn what_a_page_needs_is_kept_and_another_versions_is_not(database: TestDatabase) {
        let server = Server::new(&database).await;
        let page = server.get("/").await;
        let link = page.body.split('"').find(|link| link.starts_with("/assets/live.js?")).unwrap();
        let kept = server.get(link).await;
        assert_eq!(kept.header("content-type"), "text/javascript; charset=utf-8");
        assert!(kept.header("cache-control").contains("immutable"));
        assert!(kept.body.contains("addEventListener"));
        assert_eq!(server.get("/assets/live.js?v=older").await.header("cache-control"), "no-cache");
    }

    /// So the first paint needs one request, and no other style is let in.
    async fn the_style_sheet_stands_in_the_page_and_the_policy_names_it(database: TestDatabase) {
        let server = Server::new(&database).await;
        for path in ["/", "/nothing/here", "/api/v1/documentation"] {
            let page = server.get(path).await;
            let style = page.body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
            assert!(style.contains("prefers-color-scheme: dark"));
            let source = format!("style-src 'sha256-{}';", STANDARD.encode(Sha256::digest(style)));
            assert!(page.header("content-security-policy").contains(&source), "{source}");
            assert!(!page.body.contains(" style=") && !page.body.contains("rel=\"stylesheet\""), "{path}");
        }
    }
}
