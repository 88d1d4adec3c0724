//! Submissions as the queue: who gets what, and in what order.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::ProjectId;
use domain::words::BuildSystem;
use store::Db;
use store::submissions::{Limits, Submission, claim, release_all};
use test_support::{TestDatabase, on_both_databases};

use crate::raw::Raw;
use crate::support::{at, migrated, open};

/// Projects 1 to `projects` with an event each, all ids the same.
async fn projects(raw: &Raw, projects: i64) {
    let numbers =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {projects})");
    let time = "'2026-01-01T00:00:00+00:00'";
    raw.run(&format!(
        "{numbers} INSERT INTO projects (id, forge, namespace, name, visibility, created_at)
            SELECT i, 'github.com', 'packit', 'p' || i, 'public', {time} FROM n;
        {numbers} INSERT INTO \"references\" (id, project_id, kind, name) SELECT i, i, 'branch', 'main' FROM n;
        {numbers} INSERT INTO events (id, project_id, reference_id, kind, occurred_at, received_at, status)
            SELECT i, i, i, 'push', {time}, {time}, 'nothing' FROM n"
    ))
    .await;
}

/// So many submissions for each of the projects from `first` to `last`, all due at second 0.
async fn queue(raw: &Raw, first: i64, last: i64, each: i64) {
    raw.run(&format!(
        "WITH RECURSIVE p (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM p WHERE i < {last}),
            n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {each})
        INSERT INTO submissions (event_id, project_id, system, created_at, due_at)
        SELECT i, i, 'copr', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' FROM p CROSS JOIN n"
    ))
    .await;
}

/// Claims at a second, with a lease of a minute, for the projects behind `after`.
async fn claim_at(
    db: &Db,
    second: i64,
    worker: &str,
    total: i64,
    per_project: i64,
    after: i64,
) -> Vec<Submission> {
    let limits = Limits { total, per_project };
    claim(db, BuildSystem::Copr, at(second), at(second + 60), worker, limits, ProjectId(after)).await.unwrap()
}

/// Goes round once, as a worker does that begins anew each time behind the last project served.
async fn round(db: &Db, second: i64, worker: &str, total: i64, per_project: i64) -> Vec<Submission> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let claimed = claim_at(db, second, worker, total, per_project, after).await;
        assert!(claimed.len() <= usize::try_from(total).unwrap());
        let Some(last) = claimed.iter().map(|submission| submission.project_id.0).max() else { return all };
        after = last;
        all.extend(claimed);
    }
}

fn by_project(claimed: &[Submission]) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for submission in claimed {
        *counts.entry(submission.project_id.0).or_default() += 1;
    }
    counts
}

on_both_databases! {
    /// One busy project cannot starve the others, whatever the length of its queue.
    async fn everyone_is_served_in_the_first_round(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 25).await;
        queue(&raw, 1, 1, 1000).await;
        queue(&raw, 2, 25, 1).await;
        let counts = by_project(&round(&db, 0, "w", 10, 3).await);
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), (1..=25).collect::<Vec<_>>());
        assert_eq!(counts[&1], 3);
    }

    async fn of_one_project_the_oldest_come_first(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 1).await;
        queue(&raw, 1, 1, 6).await;
        let ids = |claimed: Vec<Submission>| {
            claimed.iter().map(|submission| submission.id.0).collect::<BTreeSet<_>>()
        };
        raw.run("UPDATE submissions SET due_at = '2025-01-01T00:00:00+00:00' WHERE id = 5").await;
        assert_eq!(ids(claim_at(&db, 0, "w", 10, 2, 0).await), BTreeSet::from([1, 5]));
        release_all(&db, "w", at(0)).await.unwrap();
        assert_eq!(ids(claim_at(&db, 0, "w", 10, 100, 0).await), (1..=6).collect());
    }

    async fn what_is_not_due_paused_or_of_another_system_is_left_alone(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 5).await;
        queue(&raw, 1, 5, 1).await;
        raw.run(
            "UPDATE submissions SET due_at = '2026-01-01T00:00:01+00:00' WHERE project_id = 2;
            UPDATE submissions SET due_at = NULL WHERE project_id = 3;
            UPDATE submissions SET system = 'koji' WHERE project_id = 4",
        )
        .await;
        assert_eq!(by_project(&round(&db, 0, "w", 10, 10).await).into_keys().collect::<Vec<_>>(), [1, 5]);
        assert_eq!(by_project(&round(&db, 1, "w", 10, 10).await).into_keys().collect::<Vec<_>>(), [2]);
    }

    /// What others hold counts; what they lost does not.
    async fn the_limit_of_a_project_counts_what_is_leased(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 2).await;
        queue(&raw, 1, 2, 5).await;
        assert_eq!(by_project(&claim_at(&db, 0, "first", 10, 3, 1).await), BTreeMap::from([(2, 3)]));
        assert_eq!(by_project(&claim_at(&db, 1, "second", 10, 4, 0).await), BTreeMap::from([(1, 4), (2, 1)]));
        assert_eq!(claim_at(&db, 2, "third", 10, 4, 0).await, []);
        // The first worker's leases end at second 60, the second's at 61.
        assert_eq!(by_project(&claim_at(&db, 60, "third", 10, 4, 0).await), BTreeMap::from([(2, 3)]));
    }

    async fn a_lease_that_ended_is_taken_over(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 1).await;
        queue(&raw, 1, 1, 1).await;
        let first = claim_at(&db, 0, "first", 1, 1, 0).await;
        assert_eq!((first[0].leased_by.as_deref(), first[0].due_at), (Some("first"), Some(at(60))));
        assert_eq!(claim_at(&db, 59, "second", 1, 1, 0).await, []);
        let second = claim_at(&db, 60, "second", 1, 1, 0).await;
        assert_eq!((second[0].id, second[0].leased_by.as_deref()), (first[0].id, Some("second")));
    }

    /// Real parallel connections of two processes, until the queue is empty.
    async fn two_workers_never_claim_the_same_submission(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let raw = Raw::open(&database).await;
        projects(&raw, 6).await;
        queue(&raw, 1, 6, 7).await;
        let mut all: Vec<Submission> = Vec::new();
        loop {
            let mut tasks = tokio::task::JoinSet::new();
            for index in 0..8 {
                let db = if index % 2 == 0 { one.clone() } else { other.clone() };
                tasks.spawn(async move { claim_at(&db, 0, &format!("w{index}"), 4, 2, 0).await });
            }
            let claims = tasks.join_all().await;
            assert!(claims.iter().all(|claim| claim.len() <= 4));
            let claimed: Vec<Submission> = claims.into_iter().flatten().collect();
            if claimed.is_empty() {
                break;
            }
            all.extend(claimed);
            // Those who work on a project have it to themselves, two at a time, until they are done.
            assert!(by_project(&all).into_values().all(|taken| taken <= 7));
            let leased = "SELECT COALESCE(MAX(n), 0) FROM (SELECT count(*) AS n FROM submissions \
                WHERE leased_by IS NOT NULL GROUP BY project_id) AS x";
            assert!(raw.number(leased).await <= 2, "the limit of a project holds");
            raw.run("UPDATE submissions SET due_at = NULL, leased_by = NULL WHERE leased_by IS NOT NULL")
                .await;
        }
        let distinct: BTreeSet<i64> = all.iter().map(|submission| submission.id.0).collect();
        assert_eq!((all.len(), distinct.len()), (42, 42));
    }

    /// The claim walks the index project by project, however long the queue is.
    async fn a_claim_reads_the_index_only(database: TestDatabase) {
        migrated(&database).await;
        let raw = Raw::open(&database).await;
        projects(&raw, 500).await;
        queue(&raw, 1, 500, 40).await;
        raw.run("ANALYZE").await;
        let mut sql = include_str!("../../sql/submissions/claim.sql").replace(
            "/*pg FOR UPDATE SKIP LOCKED */",
            if database.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" },
        );
        for (parameter, value) in [
            ("$1", "'copr'"),
            ("$2", "'2026-01-01T00:00:00+00:00'"),
            ("$3", "'2026-01-01T00:01:00+00:00'"),
            ("$4", "'w'"),
            ("$5", "20"),
            ("$6", "4"),
            ("$7", "0"),
        ] {
            sql = sql.replace(parameter, value);
        }
        let plan = raw.plan(&sql).await;
        let scans: Vec<&String> = plan
            .iter()
            .filter(|line| {
                line.contains("Seq Scan on submissions")
                    || ["SCAN s", "SCAN n", "SCAN l", "SCAN submissions"]
                        .iter()
                        .any(|scan| line.trim() == *scan)
            })
            .collect();
        assert!(scans.is_empty(), "{plan:#?}");
        assert!(plan.iter().any(|line| line.contains("submissions_due")), "{plan:#?}");
    }
}
