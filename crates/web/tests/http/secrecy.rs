//! What is private is nowhere, but for those whom GitHub lets read it: each route of the server is tried by everybody.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use domain::details::{Configured, CoprBuild, JobDetails};
use domain::event::ProjectFacts;
use domain::ids::{EventId, TargetId};
use domain::plan::Plan;
use domain::words::{EventKind, JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus, Visibility};
use simulator::Simulator;
use store::events::{self, NewEvent};
use store::{Db, workflows};
use test_support::{TestDatabase, on_both_databases};
use web::ReadAccess;

use crate::people::{Browser, github, with_login};
use crate::server::Server;
use crate::workflows::{at, plan, record_public, tell};

const HIDDEN_HASH: &str = "5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4";
/// What tells of the hidden project; for each of the two, with its name at the end.
const TRACES: [&str; 8] = [
    "packit/NAME",
    "NAME-branch",
    "NAME-actor",
    "NAME-chroot",
    "NAME-package",
    "NAME-build",
    "NAME-reason",
    "NAME-external",
];

fn traces(name: &str) -> Vec<String> {
    TRACES.iter().map(|trace| trace.replace("NAME", name)).collect()
}

/// An event all of whose texts say whose it is.
async fn record_hidden(db: &Db, name: &str, visibility: Visibility) -> EventId {
    let chroot = format!("{name}-chroot");
    let mut planned: Plan = plan(&[&chroot]);
    planned.pipelines[0].package = Some(format!("{name}-package"));
    let configured = Configured { package: format!("{name}-package"), ..Configured::default() };
    let copr = CoprBuild { configured, ..CoprBuild::default() };
    planned.pipelines[0].steps[1].job.details = JobDetails::CoprBuild(copr);
    let key = ProjectKey::new("github.com", "packit", name);
    let facts = ProjectFacts { key, forge_id: None, visibility, default_branch: None };
    let reference = Reference::new(ReferenceKind::Branch, format!("{name}-branch"));
    let actor = format!("{name}-actor");
    let event = NewEvent {
        project: &facts,
        reference: &reference,
        hash: Some(HIDDEN_HASH),
        kind: EventKind::Push,
        actor: Some(&actor),
        occurred_at: at(0),
        received_at: at(0),
        before: None,
        after: None,
        config: None,
        inbox: None,
    };
    let mut tx = db.write().await.unwrap();
    let id = events::record(&mut tx, &event, &planned, None, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let external = format!("{name}-external");
    workflows::change(db, id, at(1), |workflow| {
        let submissions: BTreeSet<_> =
            workflow.targets.values().filter_map(|target| target.submission).collect();
        for submission in submissions {
            workflow.submitting(submission);
            workflow.submitted(submission, &external, at(1));
        }
    })
    .await
    .unwrap();
    let told = |seen: &mut domain::workflow::Seen| {
        seen.url = Some(format!("https://copr.example/{name}-build"));
        seen.reason = Some(format!("{name}-reason"));
    };
    tell(db, id, (JobKind::SrpmBuild, "srpm"), 2, told, TargetStatus::Failed).await;
    for target in store::reads::workflow(db, id).await.unwrap().unwrap().targets {
        store::logs::keep(db, TargetId(target.id), &format!("{name}-reason in a log"), at(2)).await.unwrap();
    }
    id
}

/// Every address of the server: those of the document, and those of the routes beside it. A route that is added is tried
/// without anybody's thinking of it.
async fn routes(server: &Server) -> Vec<String> {
    let source = concat!(include_str!("../../src/server.rs"), include_str!("../../src/pages/mod.rs"));
    let beside = source.split(".route(").skip(1).map(|rest| {
        let quoted = rest.trim_start().strip_prefix('"').expect("a route's address is a text");
        quoted.split('"').next().unwrap().to_owned()
    });
    let document = server.get("/api/v1/openapi.json").await.json();
    let described = document["paths"].as_object().unwrap().keys().cloned();
    let routes: Vec<String> = beside.chain(described).collect();
    assert!(routes.len() > 30, "{routes:?}");
    routes
}

/// The addresses of hidden things, and questions that would find them.
async fn addresses(server: &Server, hidden: &[(&str, EventId)]) -> Vec<String> {
    let mut ids = BTreeSet::new();
    let mut questions = Vec::new();
    for (name, event) in hidden {
        let view = store::reads::workflow(&server.db, *event).await.unwrap().unwrap();
        ids.extend([view.event.id, view.event.project_id, view.event.reference_id]);
        ids.extend(view.pipelines.iter().map(|pipeline| pipeline.id));
        ids.extend(view.steps.iter().map(|step| step.id));
        ids.extend(view.targets.iter().map(|target| target.id));
        ids.extend(view.jobs.iter().map(|job| job.id));
        let project = view.event.project_id;
        questions.extend([
            format!("author={name}-actor"),
            format!("package={name}-package"),
            format!("commit={HIDDEN_HASH}"),
            format!("reference={}", view.event.reference_id),
        ]);
        questions.push(format!("reference=branch:{name}-branch#{project}"));
    }
    let mut found = Vec::new();
    for route in routes(server).await {
        if let Some((before, after)) = route.split_once("{kind}/{id}") {
            for (kind, id) in ["copr", "srpm", "testing-farm", "koji"]
                .iter()
                .flat_map(|kind| ids.iter().map(move |id| (kind, id)))
            {
                found.push(format!("{before}{kind}/{id}{after}"));
            }
            continue;
        }
        let Some((before, rest)) = route.split_once('{') else {
            found.push(route);
            continue;
        };
        let after = rest.split_once('}').unwrap().1;
        assert!(!after.contains('{'), "{route} has two parameters: say here what to try for the second");
        let names = hidden.iter().flat_map(|(name, _)| traces(name)).map(|trace| trace.replace('/', "%2F"));
        let texts = ids.iter().map(ToString::to_string).chain([HIDDEN_HASH.to_owned()]).chain(names);
        found.extend(texts.map(|text| format!("{before}{text}{after}")));
    }
    for question in questions {
        match question.split_once('#') {
            Some((question, project)) => {
                found.push(format!("/api/v1/projects/{project}/events?{question}"));
                found.push(format!("/api/v1/projects/{project}/workflows?{question}"));
            }
            None => found.extend(["events", "workflows"].map(|list| format!("/api/v1/{list}?{question}"))),
        }
    }
    for (name, _) in hidden {
        found.extend(traces(name).iter().map(|trace| format!("/api/v1/search?q={trace}")));
    }
    found.push(format!("/api/v1/search?q={HIDDEN_HASH}"));
    found
}

/// Somebody who asks.
struct Asker {
    who: &'static str,
    header: Option<(&'static str, String)>,
    /// Which of the two hidden projects they may see.
    sees: &'static [&'static str],
}

async fn askers(server: &Server) -> Vec<Asker> {
    let bearer = async |name: &str, scopes: &str| {
        Some(("Authorization", format!("Bearer {}", server.token(name, scopes).await)))
    };
    let cookie = async |name: &str| Some(("Cookie", Browser::of(server, name).await.header()));
    vec![
        Asker { who: "nobody", header: None, sees: &[] },
        Asker { who: "a token", header: bearer("ci", "read,rerun,cancel").await, sees: &[] },
        Asker { who: "a user without right", header: cookie("mallory").await, sees: &[] },
        Asker { who: "a user with right", header: cookie("alice").await, sees: &["secret"] },
        Asker {
            who: "a token of an operator",
            header: bearer("all", "read_all").await,
            sees: &["secret", "unknown"],
        },
    ]
}

/// All that is answered: status, headers and body. Of a stream that has no end, only that it begins.
async fn answer(server: &Server, asker: &Asker, method: &Method, path: &str) -> (StatusCode, String) {
    let mut request = Request::builder().method(method).uri(path).header("Content-Type", "application/json");
    if let Some((name, value)) = &asker.header {
        request = request.header(*name, value);
    }
    let body = if *method == Method::POST { Body::from("{\"dry_run\": true}") } else { Body::empty() };
    let response = server.send_raw(request.body(body).unwrap()).await;
    let (status, headers) = (response.status(), format!("{:?}", response.headers()));
    if headers.contains("text/event-stream") {
        return (status, headers);
    }
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, format!("{headers}\n{}", String::from_utf8_lossy(&body)))
}

/// What was asked for may be said again: a search's words, an address.
fn without_the_question(text: &str, path: &str) -> String {
    let (_, query) = path.split_once('?').unwrap_or(("", path));
    let asked = query.split_once('=').map_or(query, |(_, asked)| asked);
    let parts = path.rsplit('/').chain([asked, path]).map(|part| part.replace("%2F", "/"));
    let mut parts: Vec<String> =
        parts.filter(|part| part.contains('-') || part.contains("packit/")).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.iter().fold(text.to_owned(), |text, part| text.replace(part, ""))
}

async fn hidden(server: &Server) -> [(&'static str, EventId); 2] {
    [
        ("secret", record_hidden(&server.db, "secret", Visibility::Private).await),
        ("unknown", record_hidden(&server.db, "unknown", Visibility::Unknown).await),
    ]
}

async fn served(database: &TestDatabase) -> (Simulator, Server) {
    let github = github().await;
    let server = Server::with(database, with_login(&github, ReadAccess::Open)).await;
    (github, server)
}

on_both_databases! {
    async fn what_is_private_is_shown_to_those_who_may_read_it_and_to_nobody_else(database: TestDatabase) {
        let (_github, server) = served(&database).await;
        record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        let hidden = hidden(&server).await;
        let addresses = addresses(&server, &hidden).await;
        for asker in askers(&server).await {
            let mut seen = BTreeSet::new();
            for path in &addresses {
                for method in [Method::GET, Method::POST] {
                    let is_logout = path == "/logout";
                    let (status, text) = if is_logout { continue } else { answer(&server, &asker, &method, path).await };
                    assert!(status.as_u16() < 500, "{method} {path} as {}: {text}", asker.who);
                    for (name, _) in &hidden {
                        for trace in traces(name) {
                            let told = if asker.sees.contains(name) { text.clone() } else { without_the_question(&text, path) };
                            if told.contains(&trace) {
                                assert!(asker.sees.contains(name), "{method} {path} tells {} of {trace}: {text}", asker.who);
                                seen.insert(trace);
                            }
                        }
                    }
                }
            }
            for name in asker.sees {
                for trace in traces(name) {
                    assert!(seen.contains(&trace), "{} is shown {trace} nowhere, so hiding it proves nothing", asker.who);
                }
            }
        }
    }

    /// Neither by its status nor by its words does an answer tell that something hidden is there.
    async fn what_may_not_be_seen_is_answered_like_what_is_not_there(database: TestDatabase) {
        let (_github, server) = served(&database).await;
        let hidden = hidden(&server).await;
        let all = addresses(&server, &hidden).await;
        let askers = askers(&server).await;
        // What stands on every page is no answer: of a page, only what it says.
        let bodies = |text: String| {
            let body = text.split_once('\n').map(|(_, body)| body.to_owned()).unwrap_or_default();
            body.split_once("<main").map(|(_, said)| said.to_owned()).unwrap_or(body)
        };
        let mut compared = 0;
        for path in all.iter().filter(|path| !path.contains('?') && path.split('/').any(|part| part.parse::<i64>().is_ok())) {
            let absent: String = path.split('/').map(|part| if part.parse::<i64>().is_ok() { "987654" } else { part }).collect::<Vec<_>>().join("/");
            for asker in askers.iter().filter(|asker| asker.sees.is_empty()) {
                for method in [Method::GET, Method::POST] {
                    let (status, there) = answer(&server, asker, &method, path).await;
                    let (absent_status, not_there) = answer(&server, asker, &method, &absent).await;
                    assert_eq!(status, absent_status, "{method} {path} as {}", asker.who);
                    let id = path.split('/').find(|part| part.parse::<i64>().is_ok()).unwrap();
                    // The style sheet stands in every page, and has numbers too.
                    let there = bodies(there).replace(&format!(" {id} here"), " 987654 here");
                    assert!(there == bodies(not_there), "{method} {path} as {}: {there}", asker.who);
                    compared += 1;
                }
            }
        }
        assert!(compared > 200, "{compared}");
    }

    async fn what_is_private_is_not_in_the_feed(database: TestDatabase) {
        use futures_util::StreamExt;
        let (_github, server) = served(&database).await;
        // GitHub is asked about projects that are known when the feed is opened.
        record_hidden(&server.db, "secret", Visibility::Private).await;
        for asker in askers(&server).await {
            let mut request = Request::get("/api/v1/changes");
            if let Some((name, value)) = &asker.header {
                request = request.header(*name, value);
            }
            let response = server.send_raw(request.body(Body::empty()).unwrap()).await;
            let mut feed = response.into_body().into_data_stream();
            let secret = record_hidden(&server.db, "secret", Visibility::Private).await;
            let public = record_public(&server.db, &plan(&["f43"]), 1).await;
            let mut heard = String::new();
            while !heard.contains(&format!("\"event_id\":{public},")) {
                heard.push_str(std::str::from_utf8(&feed.next().await.unwrap().unwrap()).unwrap());
            }
            let is_told = heard.contains(&format!("\"event_id\":{secret},"));
            assert_eq!(is_told, asker.sees.contains(&"secret"), "{}: {heard}", asker.who);
        }
    }

    async fn what_github_says_holds_for_a_while_and_a_withdrawn_right_ends(database: TestDatabase) {
        let (github, server) = served(&database).await;
        let event = record_hidden(&server.db, "secret", Visibility::Private).await;
        let mut alice = Browser::of(&server, "alice").await;
        let asked = || github.log().iter().filter(|call| call.path.ends_with("/permission")).count();
        for _ in 0..5 {
            assert_eq!(alice.get(&server, &format!("/events/{event}")).await.status, StatusCode::OK);
        }
        assert_eq!(asked(), 1);
        // Another server has another memory, and GitHub has changed its mind.
        github.put_repository("packit", "secret", simulator::Repository { private: true, ..Default::default() });
        let other = Server::with(&database, with_login(&github, ReadAccess::Open)).await;
        assert_eq!(alice.get(&other, &format!("/events/{event}")).await.status, StatusCode::NOT_FOUND);
    }

    /// Rather nobody sees it than somebody who may not.
    async fn while_github_does_not_answer_what_is_private_is_hidden(database: TestDatabase) {
        use simulator::{Behaviour, Outage, OutageKind, System, Trouble};
        let (github, server) = served(&database).await;
        let event = record_hidden(&server.db, "secret", Visibility::Private).await;
        let mut alice = Browser::of(&server, "alice").await;
        let mut behaviour = Behaviour::immediate();
        let outage = Outage { kind: OutageKind::Unavailable, for_ms: 600_000 };
        behaviour.troubles.insert(System::GitHub, Trouble { outage: Some(outage), ..Trouble::default() });
        github.behave(behaviour);
        assert_eq!(alice.get(&server, &format!("/events/{event}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(alice.get(&server, "/").await.status, StatusCode::OK);
    }
}
