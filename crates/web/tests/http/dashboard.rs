//! Reruns by hand: chosen on a page, shown, confirmed, watched. No script is needed for any of it.

use axum::http::{Method, StatusCode};
use domain::ids::EventId;
use domain::words::{JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use serde_json::{Value, json};
use simulator::Simulator;
use test_support::{TestDatabase, on_both_databases};
use web::{Identity, ReadAccess};

use crate::people::{Browser, github, with_login, with_login_and_rate};
use crate::server::{Answer, Server};
use crate::workflows::{plan, record, record_public, tell};

/// A server with one public event whose build of f43 failed, and alice, who may write to the project.
struct Story {
    server: Server,
    event: EventId,
    alice: Browser,
    _github: Simulator,
}

impl Story {
    async fn new(database: &TestDatabase) -> Self {
        let github = github().await;
        let server = Server::with(database, with_login(&github, ReadAccess::Open)).await;
        let event = record_public(&server.db, &plan(&["f42", "f43"]), 0).await;
        for (target, status) in [
            ((JobKind::SrpmBuild, "srpm"), TargetStatus::Succeeded),
            ((JobKind::CoprBuild, "f42"), TargetStatus::Succeeded),
            ((JobKind::CoprBuild, "f43"), TargetStatus::Failed),
            ((JobKind::TestRun, "f42"), TargetStatus::Succeeded),
        ] {
            tell(&server.db, event, target, 10, |_| {}, status).await;
        }
        let alice = Browser::of(&server, "alice").await;
        Self { server, event, alice, _github: github }
    }

    /// The page for this choice.
    async fn choose(&mut self, query: &str) -> Answer {
        let path = format!("/events/{}/reruns/new{query}", self.event);
        self.alice.get(&self.server, &path).await
    }

    /// Sends the form of a page.
    async fn confirm(&mut self, page: &Answer) -> Answer {
        self.submit(&form(&page.body)).await
    }

    async fn submit(&mut self, form: &str) -> Answer {
        let path = format!("/events/{}/reruns", self.event);
        self.alice.submit(&self.server, &path, form).await
    }

    async fn reruns(&self) -> Vec<Value> {
        let told = self.server.get(&format!("/api/v1/events/{}/reruns", self.event)).await;
        told.json()["reruns"].as_array().unwrap().clone()
    }

    async fn id_of(&self, kind: &str, name: &str) -> i64 {
        let workflow = self.server.get(&format!("/api/v1/events/{}/workflow", self.event)).await.json();
        let mut targets = workflow["targets"].as_array().unwrap().iter();
        let newest = targets.rfind(|target| target["kind"] == kind && target["name"] == name);
        newest.unwrap()["id"].as_i64().unwrap()
    }
}

/// What the form to confirm sends, as a browser would.
fn form(page: &str) -> String {
    let form = page.split("<form class=\"offer\"").nth(1).expect("something is offered");
    let form = form.split("</form>").next().unwrap();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
        let mut parts = field.split('"');
        (parts.next().unwrap(), parts.nth(1).unwrap())
    });
    fields.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// What the list says of each target: what is done, kind and name by its table, in the page's order.
fn deeds(page: &str) -> Vec<(String, String)> {
    let text_after = |row: &str, before: &str| {
        row.split(before).nth(1).map(|rest| rest.split('<').next().unwrap().to_owned())
    };
    let mut deeds = Vec::new();
    for step in page.split("<section class=\"step\" id=\"step-").skip(1) {
        let title = text_after(step.split_once("<h2").unwrap().1, "-name\">").unwrap();
        for row in step.split("<tr role=\"row\" id=\"target-").skip(1) {
            let name = text_after(row, "<code>").unwrap();
            let word = row.split("<span class=\"deed does-").nth(1).and_then(|rest| text_after(rest, "\">"));
            deeds.push((format!("{} {name}", title.trim()), word.unwrap_or_default()));
        }
    }
    deeds
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(what, word)| ((*what).to_owned(), (*word).to_owned())).collect()
}

on_both_databases! {
    async fn a_rerun_is_chosen_shown_confirmed_and_watched(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let event_page = story.alice.get(&story.server, &format!("/events/{}", story.event)).await;
        let link = format!("/events/{}/reruns/new?part=failed", story.event);
        assert!(event_page.body.contains(&link), "{}", event_page.body);
        let page = story.alice.get(&story.server, &link).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let expected = told(&[
            ("SRPM build srpm", "share"),
            ("Copr build f42", "not needed"),
            ("Copr build f43", "redo"),
            ("Tests f42", "not needed"),
            ("Tests f43", "redo"),
        ]);
        assert_eq!(deeds(&page.body), expected);
        for text in ["1 build, 1 test", "asked for; it failed", "2 redo", "1 share", "Run this again", "does-redo", ">redo</text>"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert!(story.reruns().await.is_empty(), "nothing is written");

        let done = story.submit(&format!("{}&reason=flaky+mirror", form(&page.body))).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let kept = &story.reruns().await[0];
        assert_eq!(done.header("location"), format!("/reruns/{}", kept["rerun_id"]));
        assert_eq!(
            (&kept["requested_by"], &kept["via"], &kept["because"]),
            (&json!("alice"), &json!("dashboard"), &json!("flaky mirror"))
        );
        let watched = story.alice.get(&story.server, done.header("location")).await;
        assert_eq!(watched.status, StatusCode::OK);
        for text in ["alice", "the dashboard", "flaky mirror", "all that failed", "attempt 2", "data-open", "/changes\""] {
            assert!(watched.body.contains(text), "{text}: {}", watched.body);
        }
        let list = story.alice.get(&story.server, &format!("/events/{}/reruns", story.event)).await;
        assert!(list.body.contains(done.header("location")), "{}", list.body);
        assert_eq!(store::verify::verify(&story.server.db).await.unwrap(), []);
    }

    /// The JSON of the API and the page say the same of each target.
    async fn the_page_says_what_the_api_says(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let token = story.server.token("ci", "rerun").await;
        let build = story.id_of("copr_build", "f42").await;
        for (query, selection) in [
            ("?part=all", json!("all")),
            ("?part=failed_builds", json!("failed_builds")),
            (&*format!("?target={build}"), json!({ "targets": [build] })),
            ("?step=2", json!({ "steps": [2] })),
        ] {
            let body = json!({ "event": story.event, "selection": selection, "dry_run": true });
            let request = axum::http::Request::post("/api/v1/reruns")
                .header("Content-Type", "application/json")
                .header("Authorization", format!("Bearer {token}"));
            let planned = story.server.send(request.body(body.to_string().into()).unwrap()).await.json();
            let page = story.choose(query).await;
            assert!(page.body.contains(planned["hash"].as_str().unwrap()), "{query}: {}", page.body);
            for word in ["redo", "share", "not_needed"] {
                let shown = deeds(&page.body).iter().filter(|(_, deed)| *deed == word.replace('_', " ")).count();
                assert_eq!(shown, planned[word].as_array().unwrap().len(), "{query}: {word}");
            }
            let chosen = planned["redo"].as_array().unwrap().iter().filter(|entry| entry["asked"] == true).count();
            assert_eq!(page.body.matches(" checked>").count(), chosen, "{query}: what was asked for is ticked");
        }
    }

    /// One target, then one more, then a column: each is a link that leads to the plan.
    async fn targets_and_columns_are_chosen_by_links_in_the_drawing(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let (b42, b43) = (story.id_of("copr_build", "f42").await, story.id_of("copr_build", "f43").await);
        let page = story.choose("").await;
        assert!(page.body.contains("Choose a part above") && !page.body.contains("class=\"offer\""), "nothing chosen is not all");
        let one = format!("/events/{}/reruns/new?target={b43}", story.event);
        assert!(page.body.contains(&format!("href=\"{one}#c{b43}\" data-pick")), "{}", page.body);
        let page = story.alice.get(&story.server, &one).await;
        let two = format!("target={b42}&#38;target={b43}");
        assert!(page.body.contains(&two), "{}", page.body);
        let page = story.choose(&format!("?target={b42}&target={b43}")).await;
        let back = format!("href=\"/events/{}/reruns/new?target={b43}#c{b42}\"", story.event);
        assert!(page.body.contains(&back), "what is chosen can be left out: {}", page.body);
        assert!(page.body.contains("Leave out all of Copr build"));
        assert_eq!(deeds(&page.body)[0].1, "share");
        assert!(deeds(&page.body)[1..].iter().all(|(_, deed)| deed == "redo"), "{:?}", deeds(&page.body));
    }

    /// The button stays in sight, however many targets there are.
    async fn a_new_pipeline_with_many_targets_is_told_in_short_with_all_behind_that(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let short = story.choose("?part=all").await;
        assert!(short.body.contains("<p class=\"note\">New pipeline: python-ogr: SRPM build [srpm] · Copr build [f42 f43]"), "{}", short.body);
        let names: Vec<String> = (30..46).map(|number| format!("f{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        story.event = record_public(&story.server.db, &plan(&names), 50).await;
        tell(&story.server.db, story.event, (JobKind::SrpmBuild, "srpm"), 60, |_| {}, TargetStatus::Succeeded).await;
        for name in &names {
            tell(&story.server.db, story.event, (JobKind::CoprBuild, name), 60, |_| {}, TargetStatus::Failed).await;
        }
        let page = story.choose("?part=all").await;
        let told = page.body.split("<summary>New pipeline: ").nth(1).unwrap().split_once("</summary>").unwrap();
        assert_eq!(told.0, "python-ogr: SRPM build [srpm] · Copr build [all 16] · Tests [all 16]");
        assert!(told.1.starts_with(&format!("<p>python-ogr: SRPM build [srpm] · Copr build [{}]", names.join(" "))), "{}", told.1);
        let mut some = String::new();
        for name in &names[..5] {
            some.push_str(&format!("target={}&", story.id_of("copr_build", name).await));
        }
        let page = story.choose(&format!("?{}", some.trim_end_matches('&'))).await;
        assert!(page.body.contains("SRPM build (shared) · Copr build [5 of 16] · Tests [5 of 16]</summary>"), "{}", page.body);
    }

    async fn r7_a_form_that_is_sent_twice_is_one_rerun(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let page = story.choose("?part=failed").await;
        let (first, second) = (story.confirm(&page).await, story.confirm(&page).await);
        assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!(story.reruns().await.len(), 1);
        // The same form for something else is no way around that.
        let other = form(&page.body).replace("part=failed", "part=all");
        let refused = story.submit(&other).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Plan it anew") && refused.body.contains(first.header("location")), "{}", refused.body);
    }

    async fn what_is_not_any_more_what_was_shown_is_refused_with_the_new_plan(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let shown = story.choose("?part=all").await;
        let test = story.id_of("test_run", "f42").await;
        let other = story.choose(&format!("?target={test}")).await;
        assert_eq!(story.confirm(&other).await.status, StatusCode::SEE_OTHER);
        tell(&story.server.db, story.event, (JobKind::TestRun, "f42"), 20, |_| {}, TargetStatus::Succeeded).await;
        store::workflows::change(&story.server.db, story.event, crate::workflows::at(20), |workflow| {
            let open: Vec<_> = workflow.newest().filter(|(_, target)| !target.status.is_finished()).map(|(id, _)| id).collect();
            for id in open {
                workflow.observe(domain::workflow::Seen::new(id, TargetStatus::Failed), crate::workflows::at(20));
            }
        }).await.unwrap();
        let changed = story.submit(&format!("{}&reason=the+%3Cmirror%3E", form(&shown.body))).await;
        assert_eq!(changed.status, StatusCode::CONFLICT);
        assert!(changed.body.contains("It has changed meanwhile"), "{}", changed.body);
        assert!(changed.body.contains("value=\"the &#60;mirror&#62;\""), "what was written is not lost: {}", changed.body);
        assert_eq!(story.reruns().await.len(), 1, "nothing was written");
        let now = story.confirm(&changed).await;
        assert_eq!(now.status, StatusCode::SEE_OTHER, "the new plan can be confirmed: {}", now.body);
    }

    async fn r9_r10_what_was_replaced_or_runs_is_refused_with_a_way_out(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let old = story.id_of("copr_build", "f43").await;
        let shown = story.choose(&format!("?target={old}")).await;
        let twin = story.choose(&format!("?target={old}")).await;
        assert_eq!(story.confirm(&shown).await.status, StatusCode::SEE_OTHER);
        let new = story.id_of("copr_build", "f43").await;

        let replaced = story.confirm(&twin).await;
        assert_eq!(replaced.status, StatusCode::CONFLICT);
        let way = format!("/events/{}/reruns/new?target={new}", story.event);
        assert!(replaced.body.contains("was already redone") && replaced.body.contains(&way), "{}", replaced.body);
        let running = story.choose(&format!("?target={new}")).await;
        let way = format!("/events/{}/reruns/new?target={new}&#38;cancel_running=yes", story.event);
        assert!(running.body.contains("Not ended yet") && running.body.contains(&way), "{}", running.body);
        assert!(!running.body.contains("class=\"offer\""));
        let canceling = story.choose(&format!("?target={new}&cancel_running=yes")).await;
        assert!(deeds(&canceling.body).contains(&("Copr build f43".to_owned(), "cancel, redo".to_owned())), "{:?}", deeds(&canceling.body));
        assert_eq!(story.confirm(&canceling).await.status, StatusCode::SEE_OTHER);
    }

    async fn r6_and_a1_nothing_to_do_says_why_and_offers_nothing(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let page = story.choose("?part=failed_tests").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("There is nothing to do") && page.body.contains("No test failed; failed builds:"), "{}", page.body);
        assert!(!page.body.contains("class=\"offer\""));
        for wrong in ["?part=some", "?target=x", "?part=all&target=1", "?part=all&part=failed"] {
            assert_eq!(story.choose(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        assert_eq!(story.submit("hash=a&key=k").await.status, StatusCode::BAD_REQUEST, "nothing chosen is never everything");
        assert!(story.reruns().await.is_empty());
    }

    async fn who_may_not_is_told_why_and_where_to_go(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let path = format!("/events/{}/reruns/new?part=failed", story.event);
        let shown = story.choose("?part=failed").await;

        let mut nobody = Browser::default();
        let page = nobody.get(&story.server, &format!("/events/{}", story.event)).await;
        assert!(page.body.contains("Log in to run this again"), "{}", page.body);
        let refused = nobody.get(&story.server, &path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        let login = format!("/login?return=%2Fevents%2F{}%2Freruns%2Fnew%3Fpart%3Dfailed", story.event);
        assert!(refused.body.contains(&login), "{}", refused.body);
        assert!(!refused.body.contains("class=\"deed"), "the plan is not shown");
        let action = format!("/events/{}/reruns", story.event);
        assert_eq!(nobody.submit(&story.server, &action, &form(&shown.body)).await.status, StatusCode::UNAUTHORIZED);

        let mut bob = Browser::of(&story.server, "bob").await;
        for refused in [bob.get(&story.server, &path).await, bob.submit(&story.server, &action, &form(&shown.body)).await] {
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
            assert!(refused.body.contains("bob cannot write here") && refused.body.contains("Back to the workflow"), "{}", refused.body);
            assert!(refused.body.contains("may write to the project can") && refused.body.contains("A new push"), "{}", refused.body);
        }
        // Whom the access rules refuse, neither somebody's word nor a push helps.
        let mut mallory = Browser::of(&story.server, "mallory").await;
        for refused in [mallory.get(&story.server, &path).await, mallory.submit(&story.server, &action, &form(&shown.body)).await] {
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
            assert!(refused.body.contains("mallory may start nothing here"), "{}", refused.body);
            assert!(!refused.body.contains("may write to the project can") && !refused.body.contains("A new push"), "{}", refused.body);
        }
        assert!(story.reruns().await.is_empty());
    }

    /// Nobody who logs in at GitHub is somebody at another forge.
    async fn nothing_is_offered_at_a_forge_that_nobody_logs_in_at(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let branch = Reference::new(ReferenceKind::Branch, "rawhide");
        let event = record(&story.server.db, "src.fedoraproject.org/rpms/hello", Visibility::Public, branch, &plan(&["f43"]), 0).await;
        let view = store::reads::workflow(&story.server.db, event).await.unwrap().unwrap();
        let mut nobody = Browser::default();
        for path in [format!("/events/{event}"), format!("/targets/{}", view.targets[0].id)] {
            for who in [&mut story.alice, &mut nobody] {
                let page = who.get(&story.server, &path).await;
                assert!(!page.body.contains("/reruns/new") && !page.body.contains("Log in to run"), "{path}: {}", page.body);
                assert!(page.body.contains("accounts of github.com, and this project is at src.fedoraproject.org. To run this again, write a comment there"), "{path}: {}", page.body);
            }
        }
        let mut bob = Browser::of(&story.server, "bob").await;
        let refused = bob.get(&story.server, &format!("/events/{event}/reruns/new?part=all")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("by a comment there; so can the API with a token"), "{}", refused.body);
    }

    /// What another site sends with somebody's login is refused.
    async fn a_form_of_another_site_is_not_taken(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let shown = story.choose("?part=failed").await;
        let action = format!("/events/{}/reruns", story.event);
        for headers in [&[("Sec-Fetch-Site", "cross-site")][..], &[("Origin", "https://evil.example")], &[]] {
            let path = format!("{action}?{}", form(&shown.body));
            let refused = story.alice.send(&story.server, Method::POST, &path, headers).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
        }
        assert!(story.reruns().await.is_empty());
    }

    async fn what_cannot_be_seen_cannot_be_rerun(database: TestDatabase) {
        let mut story = Story::new(&database).await;
        let reference = Reference::new(ReferenceKind::Branch, "hidden");
        let hidden = record(&story.server.db, "github.com/packit/hidden", Visibility::Private, reference, &plan(&["f43"]), 0).await;
        let shown = story.choose("?part=failed").await;
        for event in [hidden.0, 4711] {
            let page = story.alice.get(&story.server, &format!("/events/{event}/reruns/new?part=all")).await;
            let list = story.alice.get(&story.server, &format!("/events/{event}/reruns")).await;
            let done = story.alice.submit(&story.server, &format!("/events/{event}/reruns"), &form(&shown.body)).await;
            assert_eq!([page.status, list.status, done.status], [StatusCode::NOT_FOUND; 3]);
            assert_eq!(page.body.replace(&event.to_string(), "N"), list.body.replace(&event.to_string(), "N"));
        }
        assert_eq!(story.alice.get(&story.server, "/reruns/4711").await.status, StatusCode::NOT_FOUND);
    }

    async fn who_asks_too_often_is_told_to_wait(database: TestDatabase) {
        let github = github().await;
        let Story { server, event, .. } = Story::new(&database).await;
        drop(server);
        let login = with_login_and_rate(&github, ReadAccess::Open, 2);
        let server = Server::with(&database, login).await;
        let mut alice = Browser::of(&server, "alice").await;
        let page = alice.get(&server, &format!("/events/{event}/reruns/new?part=failed")).await;
        let action = format!("/events/{event}/reruns");
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(alice.submit(&server, &action, &form(&page.body)).await.status);
        }
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS]);
        // What was found out a moment ago is not asked for again, so choosing goes on.
        let page = alice.get(&server, &format!("/events/{event}/reruns/new?part=all")).await;
        assert_eq!(page.status, StatusCode::OK);
    }

    /// Where nobody can log in, nothing is offered.
    async fn without_logins_the_pages_offer_nothing(database: TestDatabase) {
        let server = Server::with(&database, Identity::default()).await;
        let event = record_public(&server.db, &plan(&["f42"]), 0).await;
        let page = server.get(&format!("/events/{event}")).await;
        assert!(!page.body.contains("un this again") && !page.body.contains("Run again"), "{}", page.body);
        let refused = server.get(&format!("/events/{event}/reruns/new")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.body.contains("packflow rerun"), "{}", refused.body);
    }
}
