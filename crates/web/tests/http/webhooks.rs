//! `POST /webhooks/github` (`docs/design.md` section 6).

use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, StatusCode};
use chrono::SubsecRound;
use domain::words::DeliveryOutcome;
use futures_util::{StreamExt, stream};
use store::inbox;
use test_support::{TestDatabase, corpus, on_both_databases};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::server::{Server, delivery_request, sign};

const RELEASE: &[u8] = br#"{
    "action": "published",
    "release": { "tag_name": "1.0.0", "published_at": "2026-11-01T10:00:00Z" },
    "repository": { "id": 1, "name": "ogr", "full_name": "packit/ogr", "owner": { "login": "packit" }, "private": false },
    "sender": { "login": "lbarcziova" }
}"#;

/// How many deliveries are stored.
async fn stored(server: &Server) -> usize {
    inbox::list(&server.db, inbox::Filter::All, i64::MAX.into(), 100).await.unwrap().len()
}

/// A body of which so much comes and never more; told when that was taken.
fn never_ending(bytes: usize) -> (Body, Arc<Notify>) {
    let has_come = Arc::new(Notify::new());
    let begun = stream::iter([std::io::Result::Ok(Bytes::from(vec![b' '; bytes]))]);
    let tell = Arc::clone(&has_come);
    let rest = stream::poll_fn(move |_| {
        tell.notify_one();
        Poll::Pending
    });
    (Body::from_stream(begun.chain(rest)), has_come)
}

on_both_databases! {
    async fn a_signed_delivery_is_stored_answered_and_the_worker_woken(database: TestDatabase) {
        let server = Server::new(&database).await;
        let answer = server.deliver("d-1", "release", RELEASE).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        let delivery = inbox::find(&server.db, &server.source, "d-1").await.unwrap().unwrap();
        assert_eq!(delivery.body.as_deref(), Some(RELEASE));
        assert_eq!(delivery.kind, "release");
        assert_eq!(delivery.outcome(), None);
        assert!(delivery.due_at.is_some());
        // A worker's clock may say the same millisecond, and no more.
        assert_eq!(delivery.received_at, delivery.received_at.trunc_subsecs(3));
        assert_eq!(
            answer.json(),
            serde_json::json!({ "delivery_id": "d-1", "inbox_id": delivery.id.0, "repeated": false })
        );
        assert!(server.was_woken());
        assert_eq!(server.counted("stored"), 1);
    }

    async fn a_large_delivery_is_taken_like_a_small_one(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut body = RELEASE.to_vec();
        body.resize(1024 * 1024, b' ');
        let forged = server.send(delivery_request("d-1", "release", &sign(RELEASE), body.clone())).await;
        assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
        assert_eq!(server.deliver("d-1", "release", &body).await.status, StatusCode::ACCEPTED);
        assert_eq!(stored(&server).await, 1);
    }

    async fn a_repeated_delivery_changes_nothing_and_is_answered_the_same(database: TestDatabase) {
        let server = Server::new(&database).await;
        for (kind, body) in [("release", RELEASE), ("ping", b"{}"), ("release", b"[1")] {
            let id = format!("{kind}-{}", body.len());
            let first = server.deliver(&id, kind, body).await;
            let before = inbox::find(&server.db, &server.source, &id).await.unwrap();
            server.was_woken();
            let again = server.deliver(&id, kind, body).await;
            assert_eq!(again.status, first.status);
            let (mut first, mut again) = (first.json(), again.json());
            if again.get("repeated").is_some() {
                assert_eq!(again["repeated"].take(), true);
                assert_eq!(first["repeated"].take(), false);
            }
            assert_eq!(again, first);
            assert_eq!(inbox::find(&server.db, &server.source, &id).await.unwrap(), before);
            assert!(!server.was_woken());
        }
        assert_eq!(server.counted("repeated"), 3);
        assert_eq!(stored(&server).await, 3);
    }

    async fn an_unsigned_or_wrongly_signed_delivery_is_counted_and_not_stored(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut unsigned = delivery_request("d-1", "release", "", RELEASE);
        unsigned.headers_mut().remove("X-Hub-Signature-256");
        let answer = server.send(unsigned).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.problem()["field"], "X-Hub-Signature-256");

        let of_another = sign(b"{}");
        for signature in ["", "sha256=", "sha1=757107ea0eb2509fc211221cce984b8a37570b6d", "sha256=žž", &of_another] {
            let answer = server.send(delivery_request("d-1", "release", signature, RELEASE)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{signature}");
            assert_eq!(answer.problem()["field"], "X-Hub-Signature-256");
        }
        assert_eq!(server.counted("unsigned"), 6);
        assert_eq!(stored(&server).await, 0);
        assert!(!server.was_woken());
    }

    async fn a_ping_is_a_row_that_is_settled_at_once(database: TestDatabase) {
        let server = Server::new(&database).await;
        let answer = server.deliver("d-1", "ping", br#"{"zen": "Half measures are as bad as nothing at all."}"#).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["outcome"], "ignored");
        let delivery = inbox::find(&server.db, &server.source, "d-1").await.unwrap().unwrap();
        assert_eq!(delivery.outcome(), Some(DeliveryOutcome::Ignored));
        assert_eq!(delivery.reason.as_deref(), answer.json()["reason"].as_str());
        assert!(!server.was_woken());
    }

    async fn a_signed_but_unusable_body_is_stored_and_refused_with_the_reason(database: TestDatabase) {
        let server = Server::new(&database).await;
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let nul = String::from_utf8(RELEASE.to_vec()).unwrap().replace("1.0.0", "1.\\u0000");
        let raw_nul = String::from_utf8(RELEASE.to_vec()).unwrap().replace("1.0.0", "1.\0");
        let bodies: [(&str, &[u8]); 6] = [
            ("json", b"{\"action\": "),
            ("empty", b""),
            ("utf8", b"{\"action\": \"\xff\xfe\"}"),
            ("deep", deep.as_bytes()),
            ("nul", nul.as_bytes()),
            ("raw_nul", raw_nul.as_bytes()),
        ];
        for (id, body) in bodies {
            let answer = server.deliver(id, "release", body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}: {}", answer.body);
            let problem = answer.problem();
            let delivery = inbox::find(&server.db, &server.source, id).await.unwrap().unwrap();
            assert_eq!(problem["inbox_id"], delivery.id.0, "{id}");
            assert_eq!(delivery.outcome(), Some(DeliveryOutcome::Refused), "{id}");
            assert_eq!(delivery.body.as_deref(), Some(body), "{id}");
            assert_eq!(problem["detail"].as_str(), delivery.reason.as_deref(), "{id}");
        }
        assert_eq!(server.counted("refused"), 6);
        assert!(!server.was_woken());
    }

    async fn a_form_is_refused_with_what_to_set(database: TestDatabase) {
        let server = Server::new(&database).await;
        let body = b"payload=%7B%7D";
        let mut request = delivery_request("d-1", "release", &sign(body), &body[..]);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("Content-Type", form.clone());
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.problem()["detail"].as_str().unwrap().contains("application/json"));

        let mut request = delivery_request("d-2", "release", &sign(RELEASE), RELEASE);
        request.headers_mut().insert("Content-Type", form);
        assert_eq!(server.send(request).await.status, StatusCode::ACCEPTED);
    }

    async fn a_missing_or_hostile_header_is_named(database: TestDatabase) {
        let server = Server::new(&database).await;
        let long = "d".repeat(129);
        let cases: [(&str, Option<&[u8]>); 9] = [
            ("X-GitHub-Delivery", None),
            ("X-GitHub-Delivery", Some(b"")),
            ("X-GitHub-Delivery", Some(b"a b")),
            ("X-GitHub-Delivery", Some(b"a\xff")),
            ("X-GitHub-Delivery", Some(long.as_bytes())),
            ("X-GitHub-Event", None),
            ("X-GitHub-Event", Some(b"")),
            ("X-GitHub-Event", Some(b"Push")),
            ("X-GitHub-Event", Some(b"push'; DROP TABLE inbox")),
        ];
        for (name, value) in cases {
            let mut request = delivery_request("d-1", "release", &sign(RELEASE), RELEASE);
            request.headers_mut().remove(name);
            if let Some(value) = value {
                request.headers_mut().insert(name, HeaderValue::from_bytes(value).unwrap());
            }
            let answer = server.send(request).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value:?}");
            let problem = answer.problem();
            assert_eq!(problem["field"], name);
            assert!(problem["detail"].as_str().unwrap().contains(name));
        }
        assert_eq!(server.counted("malformed"), 9);
        assert_eq!(stored(&server).await, 0);

        let longest = "d".repeat(128);
        assert_eq!(server.deliver(&longest, "release", RELEASE).await.status, StatusCode::ACCEPTED);
    }

    async fn a_body_over_githubs_limit_is_turned_away(database: TestDatabase) {
        let server = Server::new(&database).await;
        let body = vec![b' '; 26 * 1024 * 1024];
        let signature = sign(&body);
        let declared = Request::post("/webhooks/github")
            .header("Content-Length", body.len())
            .header("X-GitHub-Delivery", "d-1")
            .header("X-GitHub-Event", "push")
            .header("X-Hub-Signature-256", &signature)
            .body(Body::empty())
            .unwrap();
        for request in [declared, delivery_request("d-1", "push", &signature, body)] {
            let answer = server.send(request).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert!(answer.problem()["detail"].as_str().unwrap().contains("25 MB"));
        }
        assert_eq!(server.counted("too_large"), 2);
        assert_eq!(stored(&server).await, 0);

        let largest = vec![b' '; 25 * 1024 * 1024];
        assert_eq!(server.deliver("d-2", "push", &largest).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn what_has_no_signature_is_refused_before_its_body_has_come(database: TestDatabase) {
        let server = Server::new(&database).await;
        let never = Body::from_stream(stream::pending::<std::io::Result<Bytes>>());
        let mut request = delivery_request("d-1", "push", "", never);
        request.headers_mut().remove("X-Hub-Signature-256");
        assert_eq!(server.send(request).await.status, StatusCode::UNAUTHORIZED);
    }

    /// Memory has an end, and who knows no secret can send large bodies too.
    async fn while_large_bodies_are_read_others_like_them_are_told_to_come_back(database: TestDatabase) {
        let server = Arc::new(Server::new(&database).await);
        let mut reading = Vec::new();
        for _ in 0..3 {
            let (body, has_come) = never_ending(2 * 1024 * 1024);
            let server = Arc::clone(&server);
            let request = delivery_request("d-1", "push", "sha256=00", body);
            reading.push(tokio::spawn(async move { server.send(request).await.status }));
            has_come.notified().await;
        }
        let mut large = RELEASE.to_vec();
        large.resize(2 * 1024 * 1024, b' ');
        let answer = server.deliver("d-2", "release", &large).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "10");
        answer.problem();
        assert_eq!(server.counted("no_room"), 1);
        // What most deliveries are like goes through, and so does the other one when there is room.
        assert_eq!(server.deliver("d-3", "release", RELEASE).await.status, StatusCode::ACCEPTED);
        reading.pop().unwrap().abort();
        assert_eq!(server.deliver("d-2", "release", &large).await.status, StatusCode::ACCEPTED);
        reading.iter().for_each(JoinHandle::abort);
    }

    async fn without_a_database_the_sender_is_told_to_come_back(database: TestDatabase) {
        let server = Server::new(&database).await;
        server.db.close().await;
        let answer = server.deliver("d-1", "release", RELEASE).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "10");
        answer.problem();
        assert_eq!(server.counted("unavailable"), 1);
        assert!(!server.was_woken());
    }

    async fn every_recorded_delivery_is_taken_once(database: TestDatabase) {
        let Some(corpus) = corpus("webhooks::every_recorded_delivery_is_taken_once") else { return };
        let server = Server::new(&database).await;
        let folder = corpus.join("webhooks/github");
        let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
        let mut taken = 0;
        for line in index.lines().skip(1) {
            let mut columns = line.split('\t');
            let (file, kind) = (columns.next().unwrap(), columns.next().unwrap());
            let body = std::fs::read(folder.join(file)).unwrap();
            for repeated in [false, true] {
                let answer = server.deliver(file, kind, &body).await;
                assert!(answer.status.is_success(), "{file}: {}", answer.body);
                assert_eq!(answer.json()["repeated"], repeated, "{file}");
            }
            let delivery = inbox::find(&server.db, &server.source, file).await.unwrap().unwrap();
            assert_eq!(delivery.body, Some(body), "{file}");
            taken += 1;
        }
        assert!(taken > 0);
        let filter = inbox::Filter::All;
        assert_eq!(inbox::list(&server.db, filter, i64::MAX.into(), 1000).await.unwrap().len(), taken);
    }
}
