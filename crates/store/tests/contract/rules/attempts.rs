//! Rules 4, 6 and 7: targets and their chains.

use domain::ids::{EventId, TargetId};
use domain::words::TargetStatus;
use test_support::{TestDatabase, on_both_databases};

use super::Story;
use crate::raw::By;
use crate::support::{at, end, load, submit_all, target_named};

on_both_databases! {
    /// A rerun makes one pipeline per origin pipeline that it touches.
    async fn rule_4_a_rerun_redoes_a_pipeline_once(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, pipeline, .. } = story;
        story.rerun().await;
        story
            .refuses(
                format!(
                    "INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
            VALUES (901, {event}, {pipeline}, 900, '2026-01-01T00:00:00+00:00')"
                ),
                By::Unique,
            )
            .await;
    }

    async fn rule_4_attempts_are_linear_and_without_gaps(database: TestDatabase) {
        let story = Story::of(&database).await;
        let build = story.build;
        let attempt = |id: i64, name: &str, chain: i64, attempt: i64| {
            story.insert_target(id, "name, chain_id, attempt", &format!("'{name}', {chain}, {attempt}"))
        };
        // The job holds f42 already, so a second attempt needs a job of its own.
        story
            .raw
            .run(&format!(
                "INSERT INTO jobs (id, event_id, kind, previous_job_id, created_at, details)
            VALUES (900, {}, 'copr_build', {}, '2026-01-01T00:00:00+00:00', '{{}}'),
                (901, {}, 'copr_build', {}, '2026-01-01T00:00:00+00:00', '{{}}')",
                story.event, story.jobs[0], story.event, story.jobs[0]
            ))
            .await;
        let in_job = |job: i64, sql: String| {
            sql.replace(
                &format!("{}, {}, 'copr_build'", story.jobs[1], story.event),
                &format!("{job}, {}, 'copr_build'", story.event),
            )
        };
        story.refuses(in_job(900, attempt(900, "f42", build, 3)), By::ForeignKey).await;
        story.refuses(in_job(900, attempt(900, "f41", build, 2)), By::ForeignKey).await;
        story.refuses(attempt(900, "f42", build, 2), By::Unique).await;
        story.raw.run(&in_job(900, attempt(900, "f42", build, 2))).await;
        // Two reruns at once: only one of them redoes the target.
        story.refuses(in_job(901, attempt(901, "f42", build, 2)), By::Unique).await;
        story.raw.run(&in_job(901, attempt(901, "f42", build, 3))).await;
    }

    async fn rule_4_a_chain_is_named_by_its_first_attempt(database: TestDatabase) {
        let story = Story::of(&database).await;
        for values in ["'f44', 901, 1", "'f44', 900, 2", "'f44', 900, 0"] {
            let sql = story.insert_target(900, "name, chain_id, attempt", values);
            story.refuses(sql, By::Check).await;
        }
    }

    async fn rule_4_a_target_keeps_its_place(database: TestDatabase) {
        let story = Story::of(&database).await;
        for change in ["name = 'f99'", "attempt = 2", "chain_id = 900", "kind = 'koji_build'", "job_id = 900"]
        {
            let sql = format!("UPDATE targets SET {change} WHERE id = {}", story.build);
            story.refuses(sql, By::Trigger("rule 4")).await;
        }
    }

    async fn rule_4_a_target_is_of_its_jobs_kind_and_event(database: TestDatabase) {
        let story = Story::of(&database).await;
        let good = story.insert_target(900, "name, chain_id, attempt", "'f44', 900, 1");
        story.refuses(good.replace("'copr_build'", "'test_run'"), By::ForeignKey).await;
        let foreign = format!("{}, {}, 'copr_build'", story.jobs[1], story.other_event);
        story
            .refuses(
                good.replace(&format!("{}, {}, 'copr_build'", story.jobs[1], story.event), &foreign),
                By::ForeignKey,
            )
            .await;
        story.raw.run(&good).await;
    }

    async fn rule_6_a_finished_target_never_changes_its_status(database: TestDatabase) {
        let story = Story::of(&database).await;
        let event = EventId(story.event);
        submit_all(&story.db, event, at(1)).await;
        let srpm = target_named(&load(&story.db, event).await, "srpm_build", "srpm");
        end(&story.db, event, srpm, TargetStatus::Succeeded, at(2)).await;
        end(&story.db, event, TargetId(story.build), TargetStatus::Failed, at(3)).await;
        for change in [
            "status = 'succeeded'",
            "status = 'running', finished_at = NULL",
            "finished_at = '2030-01-01T00:00:00+00:00'",
        ] {
            story
                .refuses(
                    format!("UPDATE targets SET {change} WHERE id = {}", story.build),
                    By::Trigger("rule 6"),
                )
                .await;
        }
        // What does not touch the status may still be learned.
        let links = format!("UPDATE targets SET logs_url = 'https://copr/log' WHERE id = {}", story.build);
        assert_eq!(story.raw.run(&links).await, 1);
    }

    async fn rule_6_a_target_is_finished_if_and_only_if_it_has_a_time(database: TestDatabase) {
        let story = Story::of(&database).await;
        for change in ["status = 'succeeded'", "finished_at = '2026-01-01T00:00:00+00:00'", "status = 'lost'"]
        {
            story.refuses(format!("UPDATE targets SET {change} WHERE id = {}", story.build), By::Check).await;
        }
    }

    async fn rule_7_what_is_consumed_or_held_is_not_deleted(database: TestDatabase) {
        let story = Story::of(&database).await;
        for (table, id) in [
            ("targets", story.build),
            ("jobs", story.jobs[0]),
            ("pipelines", story.pipeline),
            ("events", story.event),
        ] {
            story.refuses(format!("DELETE FROM {table} WHERE id = {id}"), By::ForeignKey).await;
        }
    }
}
