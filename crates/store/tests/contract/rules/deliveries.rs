//! Rule 5, and what else a row may not say.

use domain::plan::Plan;
use test_support::{TestDatabase, on_both_databases};

use super::Story;
use crate::raw::By;
use crate::support::record_at;

on_both_databases! {
    async fn rule_5_a_delivery_is_kept_once_and_for_ever(database: TestDatabase) {
        let story = Story::of(&database).await;
        let delivery = |id: i64| {
            format!(
            "INSERT INTO inbox (id, source, delivery_id, kind, received_at, outcome, reason, event_id)
            VALUES ({id}, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', 'accepted', 'planned', {})",
            story.event
        )
        };
        story.raw.run(&delivery(900)).await;
        story.refuses(delivery(901), By::Unique).await;
        for change in [
            "delivery_id = 'd-2'",
            "source = 'gitlab.com'",
            "kind = 'release'",
            "outcome = NULL, due_at = '2026-01-01T00:00:00+00:00'",
            "event_id = NULL",
            "outcome = 'ignored'",
        ] {
            story.refuses(format!("UPDATE inbox SET {change} WHERE id = 900"), By::Trigger("rule 5")).await;
        }
        story.refuses("DELETE FROM inbox WHERE id = 900".to_owned(), By::Trigger("rule 5")).await;
        assert_eq!(story.raw.run("UPDATE inbox SET body = NULL WHERE id = 900").await, 1);
    }

    async fn rule_5_a_delivery_is_settled_or_due(database: TestDatabase) {
        let story = Story::of(&database).await;
        for (due, outcome) in [("NULL", "NULL"), ("'2026-01-01T00:00:00+00:00'", "'ignored'")] {
            story
                .refuses(
                    format!(
                        "INSERT INTO inbox (id, source, delivery_id, kind, received_at, due_at, outcome)
                VALUES (900, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', {due}, {outcome})"
                    ),
                    By::Check,
                )
                .await;
        }
    }

    async fn rule_5_a_delivery_comes_to_one_event(database: TestDatabase) {
        let story = Story::of(&database).await;
        story
            .raw
            .run(
                "INSERT INTO inbox (id, source, delivery_id, kind, received_at, outcome)
            VALUES (900, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', 'ignored')",
            )
            .await;
        story.raw.run(&format!("UPDATE events SET inbox_id = 900 WHERE id = {}", story.event)).await;
        story
            .refuses(format!("UPDATE events SET inbox_id = 900 WHERE id = {}", story.other_event), By::Unique)
            .await;
    }

    async fn a_commits_project_is_its_references(database: TestDatabase) {
        let story = Story::of(&database).await;
        record_at(&story.db, "packit", &Plan::nothing("no"), 0).await;
        let other = "(SELECT id FROM projects WHERE name = 'packit')";
        let reference = format!("(SELECT reference_id FROM events WHERE id = {})", story.event);
        story.refuses(format!(
            "INSERT INTO commits (id, project_id, reference_id, hash) VALUES (900, {other}, {reference}, 'abc')"
        ), By::ForeignKey).await;
        story
            .refuses(
                format!("UPDATE events SET project_id = {other} WHERE id = {}", story.event),
                By::ForeignKey,
            )
            .await;
        let commit =
            "(SELECT c.id FROM commits c JOIN projects p ON p.id = c.project_id WHERE p.name = 'packit')";
        story
            .refuses(
                format!("UPDATE events SET commit_id = {commit} WHERE id = {}", story.event),
                By::ForeignKey,
            )
            .await;
    }

    async fn a_target_does_not_consume_itself(database: TestDatabase) {
        let story = Story::of(&database).await;
        let build = story.build;
        story.refuses(format!("INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({build}, {build}, 'success')"), By::Check).await;
    }

    async fn an_idempotency_key_is_used_once(database: TestDatabase) {
        let story = Story::of(&database).await;
        let rerun = |id: i64| {
            format!(
            "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, idempotency_key, created_at)
            VALUES ({id}, {}, '{{}}', '{{}}', 'x', 'done', 'alice', 'api', 'k', '2026-01-01T00:00:00+00:00')", story.event
        )
        };
        story.raw.run(&rerun(900)).await;
        story.refuses(rerun(901), By::Unique).await;
    }
}
