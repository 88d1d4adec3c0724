//! Links to what stands on a forge, for every kind of forge.

use domain::words::{Reference, ReferenceKind, Visibility};
use test_support::{TestDatabase, on_both_databases};
use web::{SiteKind, Sites};

use crate::pages::text;
use crate::server::Server;
use crate::workflows::{HASH, plan, record, record_public};

on_both_databases! {
    async fn what_stands_on_a_forge_is_linked_there(database: TestDatabase) {
        let code = ("code.example".to_owned(), SiteKind::Gitlab, "https://people.code.example/".to_owned());
        let server = Server::at(&database, Sites::new([code])).await;
        for (forge, name, reference, [to_project, to_reference, to_commit]) in [
            (
                "src.fedoraproject.org", "rpms/hello", Reference::new(ReferenceKind::Branch, "f43"),
                ["https://src.fedoraproject.org/rpms/hello", "https://src.fedoraproject.org/rpms/hello/tree/f43", "https://src.fedoraproject.org/rpms/hello/c/"],
            ),
            (
                "code.example", "a/b/hello", Reference::new(ReferenceKind::PullRequest, 7),
                ["https://people.code.example/a/b/hello", "https://people.code.example/a/b/hello/-/merge_requests/7", "https://people.code.example/a/b/hello/-/commit/"],
            ),
        ] {
            let event = record(&server.db, &format!("{forge}/{name}"), Visibility::Public, reference, &plan(&["f43"]), 0).await;
            let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
            let to_commit = format!("{to_commit}{HASH}");
            for (path, links) in [
                (format!("/events/{event}"), vec![to_project, to_reference, to_commit.as_str()]),
                (format!("/targets/{}", view.targets[0].id), vec![to_project, to_reference, to_commit.as_str()]),
                (format!("/projects/{}", view.event.project_id), vec![to_project]),
                (format!("/projects/{}/references", view.event.project_id), vec![to_project, to_reference]),
                ("/projects".to_owned(), vec![to_project]),
                (format!("/references/{}", view.event.reference_id), vec![to_reference]),
                (format!("/commits/{HASH}"), vec![to_commit.as_str()]),
            ] {
                let page = server.get(&path).await;
                for link in links {
                    assert!(page.body.contains(&format!("<a href=\"{link}\" rel=\"noreferrer\"")), "{path} has no link to {link}");
                }
            }
        }
        let elsewhere = record(&server.db, "unheard.example/a/b", Visibility::Public, Reference::new(ReferenceKind::Branch, "main"), &plan(&["f43"]), 0).await;
        assert!(!server.get(&format!("/events/{elsewhere}")).await.body.contains("class=\"out\""), "nobody said what is there");
    }

    async fn a_commit_of_several_projects_is_linked_in_each(database: TestDatabase) {
        let server = Server::new(&database).await;
        record_public(&server.db, &plan(&["f43"]), 0).await;
        let main = Reference::new(ReferenceKind::Branch, "main");
        record(&server.db, "gitlab.com/other/ogr", Visibility::Public, main, &plan(&["f43"]), 1).await;
        let page = server.get(&format!("/commits/{HASH}")).await;
        assert!(text(&page.body).contains("In packit/ogr 4f2c8e1d at github.com , other/ogr 4f2c8e1d at gitlab.com"), "{}", text(&page.body));
        for link in ["https://github.com/packit/ogr/commit", "https://gitlab.com/other/ogr/-/commit"] {
            assert!(page.body.contains(&format!("href=\"{link}/{HASH}\"")), "{link}");
        }
    }
}
