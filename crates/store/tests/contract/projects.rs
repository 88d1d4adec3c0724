use std::collections::BTreeSet;

use domain::event::ProjectFacts;
use domain::ids::ProjectId;
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use store::{Db, Result, projects};
use test_support::{TestDatabase, on_both_databases};

use crate::raw::Raw;
use crate::support::{at, migrated, open};

fn facts(namespace: &str, name: &str, forge_id: Option<&str>) -> ProjectFacts {
    ProjectFacts {
        key: ProjectKey::new("github.com", namespace, name),
        forge_id: forge_id.map(str::to_owned),
        visibility: Visibility::Public,
        default_branch: None,
    }
}

async fn try_ensure(db: &Db, facts: &ProjectFacts) -> Result<ProjectId> {
    let mut tx = db.write().await?;
    let id = projects::ensure(&mut tx, facts, at(0)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn ensure(db: &Db, namespace: &str, name: &str, forge_id: Option<&str>) -> ProjectId {
    try_ensure(db, &facts(namespace, name, forge_id)).await.unwrap()
}

/// What is stored as a project's name.
async fn name_of(raw: &Raw, id: ProjectId) -> String {
    raw.texts(&format!("SELECT namespace || '/' || name FROM projects WHERE id = {id}")).await.remove(0)
}

on_both_databases! {
    async fn a_project_is_one_row_however_it_is_written(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = ensure(&db, "packit", "ogr", None).await;
        assert_eq!(ensure(&db, "Packit", "OGR", None).await, id);
        assert_ne!(ensure(&db, "packit", "packit", None).await, id);
        let elsewhere = ProjectFacts {
            key: ProjectKey::new("gitlab.com", "packit", "ogr"),
            ..facts("packit", "ogr", None)
        };
        assert_ne!(try_ensure(&db, &elsewhere).await.unwrap(), id);
        let raw = Raw::open(&database).await;
        assert_eq!(name_of(&raw, id).await, "packit/ogr");
    }

    async fn a_rename_keeps_the_row(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        let id = ensure(&db, "packit-service", "ogr", Some("42")).await;
        assert_eq!(ensure(&db, "packit", "ogr", Some("42")).await, id);
        assert_eq!(name_of(&raw, id).await, "packit/ogr");
        // Another repository may have the old name now.
        assert_ne!(ensure(&db, "packit-service", "ogr", Some("43")).await, id);
    }

    async fn what_a_project_is_now_is_noted_and_none_is_made(database: TestDatabase) {
        let db = migrated(&database).await;
        let [known, by_name] = [ensure(&db, "packit", "ogr", Some("42")).await, ensure(&db, "packit", "imported", None).await];
        let note = async |namespace: &str, name: &str, forge_id: &str| {
            let mut tx = db.write().await.unwrap();
            let facts = ProjectFacts { visibility: Visibility::Private, ..facts(namespace, name, Some(forge_id)) };
            let is_known = projects::note(&mut tx, &facts).await.unwrap();
            tx.commit().await.unwrap();
            is_known
        };
        assert!(note("packit", "ogr-renamed", "42").await && note("packit", "Imported", "43").await);
        assert!(!note("packit", "never-seen", "44").await);
        let raw = Raw::open(&database).await;
        let private = raw.texts("SELECT CAST(id AS TEXT) FROM projects WHERE visibility = 'private' ORDER BY id").await;
        assert_eq!(private, [known.to_string(), by_name.to_string()]);
        assert_eq!(name_of(&raw, known).await, "packit/ogr-renamed");
        assert_eq!(raw.number("SELECT count(*) FROM projects").await, 2);
    }

    async fn a_change_of_case_on_the_forge_is_taken_over(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        let id = ensure(&db, "packit", "ogr", Some("42")).await;
        assert_eq!(ensure(&db, "packit", "OGR", Some("42")).await, id);
        assert_eq!(name_of(&raw, id).await, "packit/OGR");
    }

    async fn a_project_known_by_name_learns_its_id(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = ensure(&db, "packit", "ogr", None).await;
        assert_eq!(ensure(&db, "packit", "ogr", Some("42")).await, id);
        assert_eq!(ensure(&db, "packit", "ogr-renamed", Some("42")).await, id);
    }

    async fn a_name_taken_over_by_another_repository_is_another_project(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        let first = ensure(&db, "packit", "ogr", Some("1")).await;
        let second = ensure(&db, "packit", "ogr", Some("2")).await;
        assert_ne!(first, second);
        assert_eq!(name_of(&raw, second).await, "packit/ogr");
        assert!(name_of(&raw, first).await.starts_with("packit/ogr~"));
        // The first one is heard of again, under its new name.
        assert_eq!(ensure(&db, "packit", "ogr-old", Some("1")).await, first);
        assert_eq!(name_of(&raw, first).await, "packit/ogr-old");
    }

    /// The name goes back and forth, also to and from repositories whose id was never told.
    async fn a_name_can_be_taken_over_again_and_again(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        let known = ensure(&db, "packit", "moved", Some("1")).await;
        for _ in 0..3 {
            let unknown = ensure(&db, "packit", "ogr", None).await;
            assert_ne!(unknown, known);
            assert_eq!(ensure(&db, "packit", "ogr", Some("1")).await, known);
            assert_eq!(ensure(&db, "packit", "moved", Some("1")).await, known);
        }
        for _ in 0..3 {
            let other = ensure(&db, "packit", "moved", Some("2")).await;
            assert_eq!(ensure(&db, "packit", "moved", Some("1")).await, known);
            assert_ne!(other, known);
        }
        assert_eq!(raw.number("SELECT count(*) FROM projects WHERE forge_id = '2'").await, 1);
    }

    async fn visibility_is_kept_until_the_forge_says_otherwise(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        for forge_id in [None, Some("42")] {
            for (told, kept) in [
                (Visibility::Private, "private"),
                (Visibility::Unknown, "private"),
                (Visibility::Public, "public"),
            ] {
                let told = ProjectFacts { visibility: told, ..facts("packit", "ogr", forge_id) };
                try_ensure(&db, &told).await.unwrap();
                assert_eq!(raw.texts("SELECT visibility FROM projects").await, [kept]);
            }
        }
    }

    /// The first deliveries of a new project come all at once, to two servers; in the last case while it is renamed.
    async fn a_project_ensured_many_times_at_once_is_one_row(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for round in 0..25 {
            for (case, forge_id, names) in [
                ("by name", None, ["a", "a"]),
                ("by id", Some(format!("b{round}")), ["b", "b"]),
                ("renamed", Some(format!("c{round}")), ["c", "d"]),
            ] {
                let mut tasks = tokio::task::JoinSet::new();
                for index in 0..20 {
                    let db = if index % 2 == 0 { one.clone() } else { other.clone() };
                    let name = format!("{}{round}", names[index % 2]);
                    let facts = facts("packit", &name, forge_id.as_deref());
                    tasks.spawn(async move { try_ensure(&db, &facts).await.unwrap() });
                }
                let ids: BTreeSet<ProjectId> = tasks.join_all().await.into_iter().collect();
                assert_eq!(ids.len(), 1, "{case}, round {round}");
            }
        }
    }

    async fn references_and_commits_are_found_or_made(database: TestDatabase) {
        let db = migrated(&database).await;
        let project = ensure(&db, "packit", "ogr", None).await;
        let mut tx = db.write().await.unwrap();
        let pull_request = Reference::new(ReferenceKind::PullRequest, 7);
        let branch = Reference::new(ReferenceKind::Branch, "7");
        let one = projects::ensure_reference(&mut tx, project, &pull_request).await.unwrap();
        let two = projects::ensure_reference(&mut tx, project, &branch).await.unwrap();
        assert_ne!(one, two);
        assert_eq!(projects::ensure_reference(&mut tx, project, &pull_request).await.unwrap(), one);
        // The same hash at two references is two commits.
        let first = projects::ensure_commit(&mut tx, project, one, "abc").await.unwrap();
        assert_eq!(projects::ensure_commit(&mut tx, project, one, "abc").await.unwrap(), first);
        assert_ne!(projects::ensure_commit(&mut tx, project, two, "abc").await.unwrap(), first);
        tx.commit().await.unwrap();
    }
}
