//! Server-sent events.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::EventId;
use domain::words::{JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use test_support::{TestDatabase, on_both_databases};

use crate::server::Server;
use crate::workflows::{plan, record, record_public, tell};

/// One server-sent event.
#[derive(Debug)]
struct Sent {
    name: String,
    id: String,
    data: serde_json::Value,
}

impl Sent {
    #[track_caller]
    fn is(&self, event: EventId) {
        assert_eq!(self.data["event_id"], event.0);
    }
}

/// An open stream.
struct Heard {
    body: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl Heard {
    async fn open(server: &Server, path: &str, seen: Option<&str>) -> Self {
        Self::open_as(server, None, path, seen).await
    }

    async fn open_as(server: &Server, token: Option<&str>, path: &str, seen: Option<&str>) -> Self {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(seen) = seen {
            request = request.header("Last-Event-ID", seen);
        }
        let response = server.send_raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let body = response.into_body().into_data_stream().map(|bytes| bytes.unwrap().to_vec()).boxed();
        Self { body, text: String::new() }
    }

    /// The next change that is of another event than this one.
    async fn next_after(&mut self, event: EventId) -> Sent {
        loop {
            let told = self.next().await.unwrap();
            if told.data["event_id"] != event.0 {
                return told;
            }
        }
    }

    /// The next event; comments that keep the connection alive are passed over.
    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .trim()
                        .to_owned()
                };
                let (name, id, data) = (field("event:"), field("id:"), field("data:"));
                self.text = rest.to_owned();
                if !data.is_empty() {
                    return Some(Sent { name, id, data: serde_json::from_str(&data).unwrap() });
                }
                continue;
            }
            self.text.push_str(std::str::from_utf8(&self.body.next().await?).unwrap());
        }
    }
}

on_both_databases! {
    async fn what_changes_is_told_as_it_changes(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut heard = Heard::open(&server, "/api/v1/changes", None).await;
        assert_eq!(heard.next().await.unwrap().name, "begin");
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let told = heard.next().await.unwrap();
        assert_eq!((told.name.as_str(), &told.data["event_id"], &told.data["status"]), ("change", &event.0.into(), &"waiting".into()));
        let mut of_event = Heard::open(&server, &format!("/api/v1/events/{event}/changes"), None).await;
        assert_eq!(of_event.next().await.unwrap().name, "begin");
        record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 2, |_| {}, TargetStatus::Running).await;
        let told = of_event.next().await.unwrap();
        assert_eq!((&told.data["event_id"], &told.data["status"]), (&event.0.into(), &"running".into()));
    }

    /// Whichever server it reaches.
    async fn a_client_that_was_away_is_told_what_it_missed(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut heard = Heard::open(&server, "/api/v1/changes", None).await;
        heard.next().await.unwrap();
        let first = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let seen = heard.next().await.unwrap();
        assert_eq!(seen.data["event_id"], first.0);
        drop(heard);
        let missed = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        let other = Server::new(&database).await;
        let mut heard = Heard::open(&other, "/api/v1/changes", Some(&seen.id)).await;
        // An event is told of when it comes, and again when its plan has made something ready.
        heard.next_after(first).await.is(missed);
        let later = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 2).await;
        heard.next_after(missed).await.is(later);
    }

    async fn what_nobody_remembers_is_a_reason_to_look_anew(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut heard = Heard::open(&server, "/api/v1/changes", None).await;
        heard.next().await.unwrap();
        record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let seen = heard.next().await.unwrap().id;
        store::changes::forget(&server.db, chrono::Utc::now() + chrono::TimeDelta::days(1)).await.unwrap();
        record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        let mut heard = Heard::open(&server, "/api/v1/changes", Some(&seen)).await;
        assert_eq!(heard.next().await.unwrap().name, "reset");
    }

    /// It was given by a database that was here before; and whoever listens beside it hears all the same.
    async fn a_place_that_was_never_given_is_a_reason_to_look_anew(database: TestDatabase) {
        let server = Server::new(&database).await;
        let first = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let mut strange = Heard::open(&server, "/api/v1/changes", Some("9999999999-99999")).await;
        assert_eq!(strange.next().await.unwrap().name, "reset");
        let mut heard = Heard::open(&server, "/api/v1/changes", None).await;
        assert_eq!(heard.next().await.unwrap().name, "begin");
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        // On PostgreSQL the first may be told yet: transactions of others held it back.
        heard.next_after(first).await.is(event);
        strange.next_after(first).await.is(event);
    }

    async fn what_is_private_is_not_told(database: TestDatabase) {
        let server = Server::new(&database).await;
        let mut heard = Heard::open(&server, "/api/v1/changes", None).await;
        heard.next().await.unwrap();
        let reference = Reference::new(ReferenceKind::Branch, "main");
        let secret = record(&server.db, "github.com/packit/secret", Visibility::Private, reference, &plan(&["f43"]), 0).await;
        let public = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        assert_eq!(heard.next().await.unwrap().data["event_id"], public.0);
        let answer = server.get(&format!("/api/v1/events/{secret}/changes")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }

    async fn who_may_not_see_it_any_more_is_told_nothing_more(database: TestDatabase) {
        let server = Server::new(&database).await;
        let token = server.token("ci", "read_all").await;
        let mut heard = Heard::open_as(&server, Some(&token), "/api/v1/changes", None).await;
        assert_eq!(heard.next().await.unwrap().name, "begin");
        let main = || Reference::new(ReferenceKind::Branch, "main");
        let seen = record(&server.db, "github.com/packit/secret", Visibility::Private, main(), &plan(&["f43"]), 0).await;
        heard.next().await.unwrap().is(seen);
        store::tokens::revoke(&server.db, "ci", chrono::Utc::now()).await.unwrap();
        // What was decided holds for ten seconds.
        tokio::time::sleep(std::time::Duration::from_secs(11)).await;
        let hidden = record(&server.db, "github.com/packit/secret", Visibility::Private, main(), &plan(&["f43"]), 1).await;
        // On PostgreSQL the first may be told again before the token was revoked.
        while let Some(told) = heard.next().await {
            assert_ne!(told.data["event_id"], hidden.0);
        }
    }

    async fn an_id_of_no_feed_is_refused(database: TestDatabase) {
        let server = Server::new(&database).await;
        let request = Request::get("/api/v1/changes").header("Last-Event-ID", "1 OR 1=1").body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.problem()["field"], "Last-Event-ID");
    }

    /// A live page would otherwise keep a server that is told to stop from ending.
    async fn listening_ends_with_the_server(database: TestDatabase) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let server = Server::new(&database).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(web::serve(listener, server.state.clone(), async {
            let _ = stopped.await;
        }));
        client.write_all(b"GET /api/v1/changes HTTP/1.1\r\nHost: packflow.example\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("event: begin") {
            let mut bytes = [0; 1024];
            let read = client.read(&mut bytes).await.unwrap();
            assert_ne!(read, 0);
            heard.extend_from_slice(&bytes[..read]);
        }
        stop.send(()).unwrap();
        client.read_to_end(&mut heard).await.unwrap();
        serving.await.unwrap().unwrap();
    }
}
