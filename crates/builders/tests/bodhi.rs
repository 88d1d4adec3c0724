//! The Bodhi client against answers as Bodhi gave them (`docs/contracts.md` 6), and its login.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use builders::bodhi::{Bodhi, BodhiConfig, Login, OidcLogin};
use builders::{Builder, BuilderError, Submitted, Work, WorkInput};
use common::{refusal, target, work};
use domain::details::{BodhiUpdate, JobDetails, TargetDetails};
use domain::ids::TargetId;
use domain::words::{JobKind, TargetStatus};
use serde_json::{Value, json};

/// What a server is to answer, call by call, and what it was sent.
#[derive(Debug, Default)]
struct Played {
    answers: Mutex<VecDeque<(&'static str, u16, Value)>>,
    sent: Mutex<Vec<(String, String, Value)>>,
}

impl Played {
    fn answer(&self, path: &'static str, status: u16, body: Value) -> &Self {
        self.answers.lock().unwrap().push_back((path, status, body));
        self
    }

    /// The bodies of what would have changed something, by path.
    fn changes(&self) -> Vec<(String, Value)> {
        let sent = self.sent.lock().unwrap();
        let changes = sent.iter().filter(|(method, _, _)| method == "POST");
        changes.map(|(_, path, body)| (path.clone(), body.clone())).collect()
    }
}

/// Answers `/csrf` by itself; all else must be what is expected next.
async fn play(
    State(played): State<Arc<Played>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path() == "/csrf" {
        let cookie = [(header::SET_COOKIE, "session=of-the-token; Path=/")];
        return (cookie, json!({"csrf_token": "the-token"}).to_string()).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if method == Method::POST {
        assert_eq!(body["csrf_token"], "the-token");
        assert_eq!(headers[header::COOKIE], "session=of-the-token");
    }
    let asked = uri.path_and_query().unwrap().to_string();
    played.sent.lock().unwrap().push((method.to_string(), asked.clone(), body));
    let (path, status, answer) =
        played.answers.lock().unwrap().pop_front().unwrap_or(("nothing", 500, Value::Null));
    assert!(asked.starts_with(path), "asked for {asked}, not {path}");
    (StatusCode::from_u16(status).unwrap(), answer.to_string()).into_response()
}

async fn played() -> (Bodhi, Arc<Played>) {
    let played = Arc::<Played>::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(play).with_state(Arc::clone(&played));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (Bodhi::new(BodhiConfig { url, ..BodhiConfig::new(Login::Known) }).unwrap(), played)
}

const NVR: &str = "TurboGears-1.0.2.2-3.fc41";
const ALIAS: &str = "FEDORA-2026-4cc2201b22";

/// An update as Bodhi tells it.
fn update(status: &str, nvrs: &[&str]) -> Value {
    let builds: Vec<Value> =
        nvrs.iter().map(|nvr| json!({"nvr": nvr, "signed": false, "type": "rpm"})).collect();
    json!({
        "alias": ALIAS, "status": status, "request": (status == "pending").then_some("testing"), "builds": builds, "from_tag": null,
        "url": format!("https://bodhi.fedoraproject.org/updates/{ALIAS}"),
        "notes": "Automatic update for something.", "type": "enhancement", "severity": "low", "stable_karma": 2,
        "date_testing": "2026-11-22 06:03:23", "date_stable": null,
    })
}

fn list(updates: &[Value]) -> Value {
    json!({"updates": updates, "page": 1, "pages": 1, "total": updates.len()})
}

fn input(id: i64, nvr: &str, sidetag: Option<&str>) -> WorkInput {
    WorkInput {
        id: TargetId(id),
        kind: JobKind::KojiBuild,
        name: "f41".to_owned(),
        external_id: Some("100".to_owned()),
        details: TargetDetails {
            nvr: Some(nvr.to_owned()),
            sidetag: sidetag.map(str::to_owned),
            ..TargetDetails::default()
        },
    }
}

fn an_update(nvrs: &[&str], sidetag: Option<&str>) -> Work {
    let job = BodhiUpdate { sidetag_group: sidetag.map(|_| "group".to_owned()), ..BodhiUpdate::default() };
    let mut target = target(1, JobKind::BodhiUpdate, "f41", JobDetails::BodhiUpdate(job));
    target.inputs = (10..).zip(nvrs).map(|(id, nvr)| input(id, nvr, sidetag)).collect();
    work(7, vec![target])
}

fn errors(description: &str) -> Value {
    json!({"status": "error", "errors": [{"location": "body", "name": "builds", "description": description}]})
}

fn waits(result: Result<Submitted, BuilderError>) -> String {
    match result {
        Err(BuilderError::Unavailable { reason, .. }) => reason,
        other => panic!("expected that it waits, got {other:?}"),
    }
}

#[tokio::test]
async fn an_update_holds_the_builds_that_its_target_consumes() {
    let (bodhi, played) = played().await;
    played.answer("/updates/?builds=hello", 200, list(&[]));
    played.answer("/updates/", 200, update("pending", &["hello-1-1.fc41", "tools-2-1.fc41"]));
    let builds = ["tools-1-1.fc41", "tools-2-1.fc41", "hello-1-1.fc41"];
    let submitted = bodhi.submit(&an_update(&builds, None)).await.unwrap();
    assert_eq!(submitted.external_id, ALIAS);
    let [seen] = &submitted.observations[..] else { panic!("{submitted:?}") };
    assert_eq!(seen.status, TargetStatus::Submitted);
    assert_eq!(seen.url.as_deref(), Some("https://bodhi.fedoraproject.org/updates/FEDORA-2026-4cc2201b22"));
    assert_eq!(seen.details.as_ref().unwrap().packages, ["hello-1-1.fc41", "tools-2-1.fc41"]);

    let [(path, body)] = &played.changes()[..] else { panic!("{:?}", played.changes()) };
    assert_eq!(path, "/updates/");
    assert_eq!(body["builds"], json!(["hello-1-1.fc41", "tools-2-1.fc41"]));
    assert_eq!(body["type"], "enhancement");
    let notes = body["notes"].as_str().unwrap();
    assert!(notes.starts_with("Automatic update for hello-1-1.fc41, tools-2-1.fc41.\n"), "{notes}");
    assert!(notes.contains("github.com/packit/hello-world") && notes.contains("/events/1"), "{notes}");
    assert_eq!(body.get("from_tag"), None);
}

#[tokio::test]
async fn what_bodhi_really_answered_is_understood() {
    let name = "what_bodhi_really_answered_is_understood";
    let Some(corpus) = test_support::corpus(name) else { return };
    let recorded = |file: &str| -> (u16, Value) {
        let text = std::fs::read_to_string(corpus.join("api/bodhi").join(file)).unwrap();
        let recording: Value = serde_json::from_str(&text).unwrap();
        (u16::try_from(recording["status"].as_u64().unwrap()).unwrap(), recording["body"].clone())
    };
    let work = an_update(&[NVR], None);
    let (bodhi, played) = played().await;

    let (status, created) = recorded("create.200.json");
    played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", status, created.clone());
    let submitted = bodhi.submit(&work).await.unwrap();
    assert_eq!(
        (submitted.external_id.as_str(), submitted.observations[0].status),
        (ALIAS, TargetStatus::Submitted)
    );

    // That it exists already is as good: it is looked for, and taken.
    let (status, exists) = recorded("create-dup.400.json");
    played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", status, exists);
    played.answer("/updates/?builds=TurboGears", 200, list(&[created]));
    assert_eq!(bodhi.submit(&work).await.unwrap().external_id, ALIAS);

    let (status, unpushed) = recorded("list.200.json");
    played.answer("/updates/?builds=", status, unpushed.clone());
    assert_eq!(bodhi.look_up(&work).await.unwrap(), None, "it was taken back");
    played.answer("/updates/FEDORA-2026-4cc2201b22", 200, json!({"update": unpushed["updates"][0]}));
    let mut taken_back = work.clone();
    taken_back.external_id = Some(ALIAS.to_owned());
    let seen = bodhi.poll(&taken_back).await.unwrap();
    assert_eq!(seen[0].status, TargetStatus::Failed);
    assert_eq!(seen[0].reason.as_deref(), Some("the update was unpushed in Bodhi"));

    for (file, reason) in [
        ("no-notes.400.json", "Bodhi: A description is required for the update."),
        ("unknown-release.400.json", "Bodhi: Cannot find release associated with build: x-1-1.fc99"),
    ] {
        let (status, body) = recorded(file);
        played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", status, body);
        let refused = refusal(bodhi.submit(&work).await);
        assert!(refused.starts_with(reason), "{refused}");
    }
    let (_, release) = recorded("release.200.json");
    played.answer("/releases/?state=current", 200, json!({"releases": [release], "total": 1}));
    let found = bodhi.check().await.unwrap();
    assert!(found.contains("has 1 current releases"), "{found}");
}

#[tokio::test]
async fn what_koji_has_not_tagged_yet_waits_and_other_errors_do_not() {
    let (bodhi, played) = played().await;
    let work = an_update(&[NVR], None);
    for waiting in [
        "Invalid tag: a-1-1.fc41 not tagged with any of the following tags ['f41-updates-candidate']",
        "Cannot find any tags associated with build: a-1-1.fc41",
        "Cannot find release associated with build: a-1-1.fc41, tags: ['f41-signing-pending']",
        "Build does not exist: a-1-1.fc41",
        "Can't add builds to a locked update",
    ] {
        played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", 400, errors(waiting));
        assert_eq!(waits(bodhi.submit(&work).await), format!("Bodhi: {waiting}"));
    }
    let denied = "packit does not have commit access to hello";
    played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", 403, errors(denied));
    assert_eq!(refusal(bodhi.submit(&work).await), format!("Bodhi: {denied}"));
    let anonymous = json!({"status": "error", "errors": [
        {"location": "body", "name": "HTTPForbidden",
            "description": "Unauthorized: new_update__POST failed permission check"}]});
    played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", 403, anonymous);
    waits(bodhi.submit(&work).await);
    played.answer("/updates/?builds=", 200, list(&[])).answer("/updates/", 502, Value::Null);
    let lost = bodhi.submit(&work).await.unwrap_err();
    assert!(matches!(lost, BuilderError::Unknown(_)), "{lost:?}");
    assert!(refusal(bodhi.submit(&an_update(&[], None)).await).contains("no build is known"));
}

#[tokio::test]
async fn an_update_of_a_sidetag_is_edited_when_its_builds_change_and_left_alone_when_not() {
    let (bodhi, played) = played().await;
    let sidetag = Some("f41-build-side-7");
    let mut held = update("testing", &["hello-1-1.fc41"]);
    held["from_tag"] = json!("f41-build-side-7");

    played.answer("/updates/?from_side_tag_name=f41-build-side-7", 200, list(&[]));
    played.answer("/updates/", 200, held.clone());
    bodhi.submit(&an_update(&["hello-1-1.fc41"], sidetag)).await.unwrap();
    let (_, body) = played.changes().pop().unwrap();
    assert_eq!((&body["from_tag"], body.get("builds")), (&json!("f41-build-side-7"), None));

    played.answer("/updates/?from_side_tag_name=", 200, list(&[held.clone()]));
    let submitted = bodhi.submit(&an_update(&["hello-1-1.fc41"], sidetag)).await.unwrap();
    assert_eq!(submitted.external_id, ALIAS);
    assert_eq!(played.changes().len(), 1, "it holds what it is to hold");

    let more = an_update(&["hello-1-1.fc41", "tools-2-1.fc41"], sidetag);
    played.answer("/updates/?from_side_tag_name=", 200, list(&[held.clone()]));
    assert_eq!(bodhi.look_up(&more).await.unwrap(), None, "the edit did not arrive");
    played.answer("/updates/?from_side_tag_name=", 200, list(&[held.clone()]));
    played.answer("/updates/", 200, update("pending", &["hello-1-1.fc41", "tools-2-1.fc41"]));
    assert_eq!(bodhi.submit(&more).await.unwrap().external_id, ALIAS);
    let (_, body) = played.changes().pop().unwrap();
    assert_eq!((&body["edited"], &body["from_tag"]), (&json!(ALIAS), &json!("f41-build-side-7")));
    assert!(
        body["notes"].as_str().unwrap().starts_with("Automatic update for hello-1-1.fc41, tools-2-1.fc41.")
    );
    assert_eq!((&body["severity"], &body["stable_karma"]), (&json!("low"), &json!(2)), "the rest stays");

    // Somebody built a package into the sidetag by hand: it is in the update only when that is edited.
    let mut by_hand = an_update(&["hello-1-1.fc41"], sidetag);
    by_hand.tagged = vec!["hello-1-1.fc41".to_owned(), "other-3-1.fc41".to_owned()];
    played.answer("/updates/?from_side_tag_name=", 200, list(&[held.clone()]));
    played.answer("/updates/", 200, update("pending", &["hello-1-1.fc41", "other-3-1.fc41"]));
    bodhi.submit(&by_hand).await.unwrap();
    assert_eq!(played.changes().pop().unwrap().1["edited"], json!(ALIAS));

    held["notes"] = json!("What people ought to know.");
    played.answer("/updates/?from_side_tag_name=", 200, list(&[held]));
    played.answer("/updates/", 200, update("pending", &["hello-1-1.fc41", "tools-2-1.fc41"]));
    bodhi.submit(&more).await.unwrap();
    let (_, body) = played.changes().pop().unwrap();
    assert_eq!(body["notes"], "What people ought to know.");
    assert!(
        refusal(
            bodhi
                .submit(&{
                    let mut unknown = more.clone();
                    unknown.targets[0].inputs.clear();
                    unknown
                })
                .await
        )
        .contains("no sidetag of the group")
    );
}

#[tokio::test]
async fn a_rerun_brings_an_update_back_that_was_taken_back() {
    let (bodhi, played) = played().await;
    let mut again = an_update(&[NVR], None);
    again.earlier_external_ids = vec![ALIAS.to_owned()];
    played.answer("/updates/?builds=", 200, list(&[update("obsolete", &[NVR])]));
    played.answer(
        "/updates/FEDORA-2026-4cc2201b22/request",
        200,
        json!({"update": update("pending", &[NVR])}),
    );
    let submitted = bodhi.submit(&again).await.unwrap();
    assert_eq!(
        (submitted.external_id.as_str(), submitted.observations[0].status),
        (ALIAS, TargetStatus::Submitted)
    );
    assert_eq!(played.changes()[0].1["request"], "testing");

    // Nobody asked for this one again: a new update takes its build.
    played.answer("/updates/?builds=", 200, list(&[update("unpushed", &[NVR])]));
    played.answer("/updates/", 200, update("pending", &[NVR]));
    bodhi.submit(&an_update(&[NVR], None)).await.unwrap();
    assert_eq!(played.changes()[1].1["builds"], json!([NVR]));
}

#[tokio::test]
async fn every_status_is_told_in_the_words_of_the_design() {
    let (bodhi, played) = played().await;
    let mut work = an_update(&[NVR], None);
    work.external_id = Some(ALIAS.to_owned());
    for (status, canceled, told) in [
        ("pending", false, Some(TargetStatus::Submitted)),
        ("testing", false, Some(TargetStatus::Running)),
        ("stable", true, Some(TargetStatus::Succeeded)),
        ("unpushed", false, Some(TargetStatus::Failed)),
        ("obsolete", false, Some(TargetStatus::Failed)),
        ("unpushed", true, Some(TargetStatus::Canceled)),
        ("of-tomorrow", false, None),
    ] {
        work.canceled = canceled;
        played.answer("/updates/FEDORA-", 200, json!({"update": update(status, &[NVR])}));
        let seen = bodhi.poll(&work).await.unwrap();
        assert_eq!(seen.first().map(|seen| seen.status), told, "{status}");
    }
    played.answer("/updates/FEDORA-", 404, errors("Invalid update id"));
    let gone = bodhi.poll(&work).await.unwrap_err();
    assert!(matches!(gone, BuilderError::Refused(_)), "{gone:?}");
}

#[tokio::test]
async fn a_cancel_takes_back_what_is_not_stable_yet() {
    let (bodhi, played) = played().await;
    let mut work = an_update(&[NVR], None);
    work.external_id = Some(ALIAS.to_owned());
    for (status, request) in [("pending", "revoke"), ("testing", "unpush")] {
        played.answer("/updates/FEDORA-", 200, json!({"update": update(status, &[NVR])}));
        played.answer("/updates/FEDORA-", 200, json!({"update": update("unpushed", &[NVR])}));
        bodhi.cancel(&work).await.unwrap();
        assert_eq!(played.changes().pop().unwrap().1["request"], request);
    }
    let mut unsigned = update("pending", &[NVR]);
    unsigned["request"] = Value::Null;
    played.answer("/updates/FEDORA-", 200, json!({"update": unsigned}));
    played.answer("/updates/FEDORA-", 200, json!({"update": update("obsolete", &[NVR])}));
    bodhi.cancel(&work).await.unwrap();
    assert_eq!(played.changes().pop().unwrap().1["request"], "obsolete");
    for ended in ["stable", "unpushed", "obsolete"] {
        played.answer("/updates/FEDORA-", 200, json!({"update": update(ended, &[NVR])}));
        bodhi.cancel(&work).await.unwrap();
    }
    assert_eq!(played.changes().len(), 3);
}

#[test]
fn a_login_needs_a_file_with_a_token() {
    let folder = std::env::temp_dir().join(format!("packflow-bodhi-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("client.json");
    let login = OidcLogin::new(file.clone());
    let look = |text: &str| {
        std::fs::write(&file, text).unwrap();
        login.look()
    };
    assert!(login.look().unwrap_err().contains("cannot be read"));
    assert_eq!(
        look("{\"tokens\": 'secret'}").unwrap_err(),
        format!("{} is no JSON (line 1)", file.display())
    );
    assert!(look("{\"tokens\": {\"https://elsewhere\": {}}}").unwrap_err().contains("log in again"));
    let good = json!({"tokens": {"https://id.fedoraproject.org/openidc": {"refresh_token": "r"}}});
    look(&good.to_string()).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}
