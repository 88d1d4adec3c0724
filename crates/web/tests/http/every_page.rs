//! What holds for every page, and the pages of projects, references, commits, targets and the past.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::details::TargetDetails;
use domain::ids::TargetId;
use domain::plan::Plan;
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::{JobKind, Reference, ReferenceKind, RerunVia, TargetStatus, Visibility};
use store::reads::WorkflowView;
use store::reruns;
use test_support::{TestDatabase, on_both_databases};

use crate::pages::text;
use crate::server::{Answer, Server};
use crate::workflows::{HASH, at, plan, record, record_public, tell};

/// Every page of one event's neighbourhood.
fn neighbourhood(view: &WorkflowView) -> Vec<String> {
    let (event, project, reference) = (view.event.id, view.event.project_id, view.event.reference_id);
    let (pipeline, target) = (view.pipelines[0].id, view.targets.last().unwrap().id);
    [
        "/".to_owned(),
        "/?status=waiting&kind=pull_request&author=lbarcziova&package=python-ogr&since=2026-11-01&until=2026-11-01".to_owned(),
        format!("/events/{event}"),
        format!("/events/{event}?at=2026-11-01T10:30:00Z"),
        format!("/pipelines/{pipeline}"),
        format!("/targets/{target}"),
        format!("/targets/{target}/provenance"),
        "/projects".to_owned(),
        format!("/projects/{project}"),
        format!("/projects/{project}?reference=42&commit={HASH}"),
        format!("/projects/{project}?author=nobody-of-that-name"),
        format!("/projects/{project}/events"),
        format!("/projects/{project}/references"),
        format!("/projects/{project}/flakiness?days=365"),
        format!("/references/{reference}"),
        format!("/references/{reference}?status=errored"),
        format!("/commits/{HASH}"),
        "/search?q=nothing-is-called-so".to_owned(),
    ]
    .to_vec()
}

async fn workflow(server: &Server, event: domain::ids::EventId) -> WorkflowView {
    store::reads::workflow(&server.db, event).await.unwrap().unwrap()
}

async fn get(server: &Server, path: &str) -> Answer {
    let page = server.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    page
}

on_both_databases! {
    async fn every_page_asks_one_question_and_is_not_sent_twice(database: TestDatabase) {
        let server = Server::new(&database).await;
        let chroots: Vec<String> = (0..30).map(|number| format!("fedora-{number}-x86_64")).collect();
        let names: Vec<&str> = chroots.iter().map(String::as_str).collect();
        let event = record_public(&server.db, &plan(&names), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        for path in neighbourhood(&workflow(&server, event).await) {
            let before = server.db.statements();
            let page = get(&server, &path).await;
            assert_eq!(server.db.statements() - before, 1, "{path}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert!(page.body.contains("action=\"/search\""), "{path} has no field to search by");
            let tag = page.header("etag");
            let again = Request::get(&path).header("If-None-Match", tag).body(Body::empty()).unwrap();
            assert_eq!(server.send(again).await.status, StatusCode::NOT_MODIFIED, "{path}");
            let head = server.send(Request::head(&path).body(Body::empty()).unwrap()).await;
            assert_eq!((head.header("etag"), head.body.as_str()), (tag, ""), "{path}");
        }
    }

    async fn what_is_private_is_on_no_page(database: TestDatabase) {
        let server = Server::new(&database).await;
        let reference = Reference::new(ReferenceKind::Branch, "hidden-branch");
        let event = record(&server.db, "github.com/packit/secret", Visibility::Private, reference, &plan(&["f43-hidden"]), 0).await;
        for wanted in ["secret", HASH, "https://github.com/packit/secret"] {
            let page = get(&server, &format!("/search?q={wanted}")).await;
            assert!(text(&page.body).contains("Nothing is known by that name"), "{wanted}");
        }
        for path in neighbourhood(&workflow(&server, event).await) {
            let page = server.get(&path).await;
            assert!([StatusCode::NOT_FOUND, StatusCode::OK].contains(&page.status), "{path}: {}", page.status);
            for trace in ["packit/secret", "hidden-branch", "f43-hidden", "by lbarcziova"] {
                assert!(!page.body.contains(trace), "{path}: {}", page.body);
            }
        }
    }

    async fn a34_links_lead_both_ways(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let view = workflow(&server, event).await;
        let of_event = format!("/events/{event}");
        let project = format!("/projects/{}", view.event.project_id);
        let reference = format!("/references/{}", view.event.reference_id);
        let commit = format!("/commits/{HASH}");
        let pipeline = format!("/pipelines/{}", view.pipelines[0].id);
        let [srpm, build, test] = [0, 1, 2].map(|place| format!("/targets/{}", view.targets[place].id));
        let provenance = format!("{build}/provenance");
        for (one, other) in [
            (&of_event, &project), (&of_event, &reference), (&of_event, &commit), (&of_event, &pipeline), (&of_event, &build),
            (&srpm, &build), (&build, &test), (&build, &provenance),
        ] {
            for (from, to) in [(one, other), (other, one)] {
                let page = get(&server, from).await;
                let ends = ["\"", "#", "?"].iter().any(|end| page.body.contains(&format!("href=\"{to}{end}")));
                assert!(ends, "{from} has no link to {to}");
            }
        }
        for (from, to) in [("/projects", &project), (&reference, &project), (&build, &project), (&build, &reference), (&build, &commit)] {
            assert!(get(&server, from).await.body.contains(&format!("href=\"{to}\"")), "{from} has no link to {to}");
        }
    }

    async fn what_failed_is_named_in_lists(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64", "fedora-42-x86_64"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        tell(&server.db, event, (JobKind::CoprBuild, "fedora-42-x86_64"), 5, |_| {}, TargetStatus::Failed).await;
        let view = workflow(&server, event).await;
        for path in ["/".to_owned(), format!("/projects/{}", view.event.project_id), format!("/commits/{HASH}")] {
            let read = text(&get(&server, &path).await.body);
            assert!(read.contains("SRPM 1 succeeded Copr 1 failed, 1 submitting fedora-42-x86_64 failed Tests 1 skipped, 1 waiting"), "{read}");
        }
    }

    async fn a34_filters_are_a_plain_form_that_stays_on_further_pages(database: TestDatabase) {
        let server = Server::new(&database).await;
        for minute in 0..31 {
            record_public(&server.db, &plan(&["f43"]), minute).await;
        }
        let denied = record_public(&server.db, &Plan::nothing("deny is the default"), 40).await;
        let project = server.get("/api/v1/projects").await.json()["projects"][0]["id"].as_i64().unwrap();
        let page = get(&server, &format!("/projects/{project}/events?author=lbarcziova&kind=&status=waiting&since=&until=2026-11-01")).await;
        assert!(page.body.contains("name=\"author\" value=\"lbarcziova\"") && page.body.contains("<option value=\"waiting\" selected>"));
        assert!(!page.body.contains(&format!("id=\"event-{denied}\"")));
        let link = page.body.split("href=\"?").find(|link| link.contains("cursor=")).unwrap().split('"').next().unwrap();
        let link = link.replace("&#38;", "&");
        assert!(link.starts_with("status=waiting&author=lbarcziova&until=2026-11-01&cursor="), "{link}");
        let further = get(&server, &format!("/projects/{project}/events?{link}")).await;
        assert_eq!(further.body.matches("<tr role=\"row\" id=\"event-").count(), 1);
        // Pages behind the first do not follow what happens.
        assert!(page.body.contains("data-live=") && !further.body.contains("data-live="));
        // Workflows leave out what started nothing; events have it with the reason.
        assert!(!get(&server, &format!("/projects/{project}")).await.body.contains("deny is the default"));
        assert!(get(&server, &format!("/projects/{project}/events")).await.body.contains("deny is the default"));
        for (query, told) in [
            ("status=done", "waiting"), ("since=yesterday", "2026-11-22"), ("status=failed&status=waiting", "`status` is given twice."), ("cursor=x", "cursor"),
        ] {
            let page = server.get(&format!("/projects/{project}?{query}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(text(&page.body).contains(told), "{query}: {}", text(&page.body));
        }
    }

    /// Chats and search engines add to the addresses that they hand on.
    async fn what_others_add_to_an_address_is_passed_over(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        for page in neighbourhood(&workflow(&server, event).await) {
            let and = if page.contains('?') { '&' } else { '?' };
            get(&server, &format!("{page}{and}utm_source=slack&fbclid=a&fbclid=b")).await;
        }
        // And hashes are copied from where they are written in capitals.
        let capitals = HASH.to_uppercase();
        get(&server, &format!("/commits/{capitals}?commit={HASH}")).await;
        assert!(get(&server, &format!("/?commit={capitals}")).await.body.contains(&format!("id=\"event-{event}\"")));
        assert_eq!(server.get(&format!("/commits/{HASH}?commit=abc")).await.status, StatusCode::BAD_REQUEST);
    }

    async fn the_data_of_a_list_are_its_rows(database: TestDatabase) {
        let server = Server::new(&database).await;
        for minute in 0..31 {
            record_public(&server.db, &plan(&["f43"]), minute).await;
        }
        let project = server.get("/api/v1/projects").await.json()["projects"][0]["id"].as_i64().unwrap();
        let rows = |text: &str| text.matches("<tr role=\"row\" id=\"event-").count();
        for path in [
            "/?author=lbarcziova&until=2026-11-01".to_owned(),
            format!("/projects/{project}?reference=42&status=waiting"),
            format!("/projects/{project}/events?since=2026-11-01T10:05:00Z"),
        ] {
            let page = get(&server, &path).await;
            let older = page.body.split("href=\"?").find(|link| link.contains("cursor=")).map(|link| {
                let query = link.split('"').next().unwrap().replace("&#38;", "&");
                format!("{}?{query}", path.split('?').next().unwrap())
            });
            for path in [Some(path), older].into_iter().flatten() {
                let page = get(&server, &path).await;
                let data = page.body.split("\">As data").next().unwrap().rsplit('"').next().unwrap().replace("&#38;", "&");
                let told = server.get(&data).await.json();
                let told = told["events"].as_array().or(told["workflows"].as_array()).unwrap_or_else(|| panic!("{path}: {data}"));
                assert_eq!(told.len(), rows(&page.body), "{path}: {data}");
            }
        }
    }

    async fn an_empty_list_says_what_to_do(database: TestDatabase) {
        let server = Server::new(&database).await;
        assert!(text(&get(&server, "/projects").await.body).contains("packflow replay"));
        record_public(&server.db, &Plan::nothing("deny is the default"), 0).await;
        let project = server.get("/api/v1/projects").await.json()["projects"][0]["id"].as_i64().unwrap();
        for (path, told) in [
            (format!("/projects/{project}"), "What happened without starting anything stands under Events"),
            (format!("/projects/{project}/flakiness?days=365"), "Look further back"),
            (format!("/projects/{project}?author=nobody"), "Nothing matches"),
            ("/?package=nothing".to_owned(), "Nothing matches"),
            ("/search".to_owned(), "Paste what you have"),
        ] {
            let read = text(&get(&server, &path).await.body);
            assert!(read.contains(told), "{path}: {read}");
        }
    }

    async fn a_target_tells_its_attempts_inputs_reasons_and_links(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        tell(&server.db, event, (JobKind::CoprBuild, "fedora-43-x86_64"), 5, |seen| {
            seen.reason = Some("the build failed in %check".to_owned());
            seen.url = Some("https://copr.example/build/7".to_owned());
            seen.logs_url = Some("https://copr.example/build/7/log".to_owned());
            seen.made = Some(TargetDetails { packages: vec!["python3-ogr-1.0".to_owned()], ..TargetDetails::default() });
        }, TargetStatus::Failed).await;
        let view = workflow(&server, event).await;
        let page = get(&server, &format!("/targets/{}", view.targets[1].id)).await;
        let read = text(&page.body);
        for told in [
            "fedora-43-x86_64 Copr build failed the build failed in %check",
            "What it came from succeeded SRPM build srpm What came of it skipped Tests fedora-43-x86_64",
            "Attempt 1 of 1", "Attempt 1 this one", "python3-ogr-1.0", "Package python-ogr",
        ] {
            assert!(read.contains(told), "{told} is not in: {read}");
        }
        // Logs are linked, never inlined.
        for link in ["https://copr.example/build/7", "https://copr.example/build/7/log"] {
            assert!(page.body.contains(&format!("href=\"{link}\" rel=\"noreferrer\"")), "{link}");
        }
        let way = text(&get(&server, &format!("/targets/{}/provenance", view.targets[1].id)).await.body);
        assert!(way.contains("made from succeeded SRPM build srpm"), "{way}");
        assert!(way.contains(&format!("started by failed Pull request (event {event})")), "{way}");
        assert!(way.contains("went into skipped Tests fedora-43-x86_64"), "{way}");
        let cut = get(&server, &format!("/targets/{}/provenance?depth=1", view.targets[1].id)).await;
        assert!(text(&cut.body).contains("There is more than is shown here"));
    }

    /// Browser tabs are told apart.
    async fn no_two_things_have_one_title(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let other = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        let mut paths = neighbourhood(&workflow(&server, event).await);
        paths.retain(|path| !path.contains('?') || path.contains("flakiness"));
        paths.push(format!("/events/{other}"));
        let mut titles = std::collections::BTreeMap::new();
        for path in paths {
            let page = get(&server, &path).await;
            let title = page.body.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
            let before = titles.insert(title.clone(), path.clone());
            assert_eq!(before, None, "{path} is called {title} as well");
        }
    }

    async fn a_target_tells_what_came_of_it_not_of_other_attempts(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        tell(&server.db, event, (JobKind::CoprBuild, "f43"), 2, |_| {}, TargetStatus::Failed).await;
        let view = workflow(&server, event).await;
        let (srpm, old) = (view.targets[0].id, view.targets[1].id);
        let selection = Selection::of(Asked::Failed);
        let request = reruns::Request {
            event, selection: &selection, requested_by: "maria", via: RerunVia::Api, reason: None, idempotency_key: None, plan_hash: None,
        };
        let done = reruns::carry_out(&server.db, &request, &ArtifactLife::usual(), at(3)).await.unwrap();
        let reruns::Answer::CarriedOut(done) = done else { panic!("{done:?}") };
        let new = done.created[&TargetId(old)];
        let came_of = async |id: i64| {
            let page = get(&server, &format!("/targets/{id}")).await;
            let (_, came) = page.body.split_once("What came of it</h2>").unwrap();
            text(&format!("</head>{}", came.split_once("</section>").unwrap().0))
        };
        assert_eq!(came_of(old).await, "skipped Tests f43");
        assert_eq!(came_of(new.0).await, "waiting Tests f43, attempt 2");
        // One attempt may have several of one name.
        assert_eq!(came_of(srpm).await, "failed Copr build f43 ready Copr build f43, attempt 2");
    }

    async fn where_nothing_was_measured_no_share_is_told(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Failed).await;
        let project = workflow(&server, event).await.event.project_id;
        let page = get(&server, &format!("/projects/{project}/flakiness?days=365")).await;
        let shares: Vec<&str> = page.body.split("data-label=\"Not well\"").skip(1).map(|cell| cell.split("</td>").next().unwrap()).collect();
        assert_eq!(shares.iter().filter(|cell| **cell == " class=\"is-failed\">100 %").count(), 1, "{shares:?}");
        assert_eq!(shares.iter().filter(|cell| **cell == "><span class=\"none\">–</span>").count(), 2, "{shares:?}");
    }

    /// A name that runs from right to left would turn round the hash and the date behind it.
    async fn a_name_from_outside_turns_nothing_round(database: TestDatabase) {
        let server = Server::new(&database).await;
        let branch = Reference::new(ReferenceKind::Branch, "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
        let event = record(&server.db, "github.com/packit/ogr", Visibility::Public, branch, &plan(&["f43"]), 0).await;
        let recent = get(&server, "/").await;
        assert!(recent.body.contains("by <bdi>lbarcziova</bdi>"), "{}", recent.body);
        // What is an element of its own is set apart by the style sheet.
        assert!(recent.body.contains("a, bdi, code, time, .light, .note, .tag, .graph text, .graph tspan { unicode-bidi: isolate; }"));
        let srpm = workflow(&server, event).await.targets[0].id;
        let way = get(&server, &format!("/targets/{srpm}/provenance")).await;
        assert!(way.body.contains("<bdi>branch \u{5e9}\u{5dc}\u{5d5}\u{5dd}</bdi>"), "{}", way.body);
    }

    async fn a_workflow_is_shown_as_it_was(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 5, |_| {}, TargetStatus::Running).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 10, |seen| seen.reason = Some("no sources".to_owned()), TargetStatus::Failed).await;
        let status = async |minute: &str| {
            let page = get(&server, &format!("/events/{event}?at=2026-11-01T10:{minute}")).await;
            assert!(!page.body.contains("data-live"), "the past does not change");
            let read = text(&page.body);
            assert!(read.contains(&format!("As it was at 2026-11-01 10:{minute}:00 UTC")), "{read}");
            let word = page.body.split("data-status=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            (word, read.contains("no sources"))
        };
        assert_eq!(status("07").await, ("running".to_owned(), false));
        assert_eq!(status("10").await, ("failed".to_owned(), true));
        // From change to change by links.
        let now = get(&server, &format!("/events/{event}")).await;
        let before = now.body.split("href=\"").find(|link| link.contains("rel=\"prev\"")).unwrap().split('"').next().unwrap();
        assert_eq!(before, format!("/events/{event}?at=2026-11-01T10:05:00.000000Z"));
        let past = get(&server, before).await;
        assert!(past.body.contains(&format!("<a href=\"/events/{event}\">Now</a>")));
        let page = server.get(&format!("/events/{event}?at=2026-10-01T10:00:00Z")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(text(&page.body).contains("Nobody had told of this event") && !page.body.contains("not public"));
        assert!(page.body.contains(&format!("<a href=\"/events/{event}\">The event as it is now</a>")));
        let page = server.get(&format!("/events/{event}?at=2999-01-01T10:00")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(text(&page.body).contains("lies in the future"));
        assert_eq!(server.get(&format!("/events/{event}?at=noon")).await.status, StatusCode::BAD_REQUEST);
    }

    async fn a_page_of_sixty_targets_is_under_100_kb_on_its_way(database: TestDatabase) {
        let server = Server::new(&database).await;
        let chroots: Vec<String> = (0..30).map(|number| format!("opensuse-tumbleweed-{number}-x86_64")).collect();
        let names: Vec<&str> = chroots.iter().map(String::as_str).collect();
        let event = record_public(&server.db, &plan(&names), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        for name in &names {
            tell(&server.db, event, (JobKind::CoprBuild, name), 2, |seen| {
                seen.url = Some(format!("https://copr.fedorainfracloud.org/coprs/build/8765432?{name}"));
                seen.logs_url = Some(format!("https://download.copr.fedorainfracloud.org/results/packit/ogr/{name}/8765432/"));
            }, TargetStatus::Succeeded).await;
        }
        for path in neighbourhood(&workflow(&server, event).await) {
            let request = Request::get(&path).header("Accept-Encoding", "gzip").body(Body::empty()).unwrap();
            let body = server.send_raw(request).await.into_body();
            let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap().len();
            assert!(sent < 100_000, "{path} takes {sent} bytes");
            println!("{path} takes {sent} bytes, {} when unpacked", server.get(&path).await.body.len());
        }
    }
}
