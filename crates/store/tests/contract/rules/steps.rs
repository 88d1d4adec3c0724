//! Rules 1 and 2: steps, jobs and pipelines.

use test_support::{TestDatabase, on_both_databases};

use super::Story;
use crate::raw::By;

on_both_databases! {
    async fn rule_1_a_step_has_exactly_one_job(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { pipeline, event, steps, jobs, .. } = story;
        let step = |job: &str| {
            format!(
                "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (900, {pipeline}, {job}, {event})"
            )
        };
        story.refuses(step("NULL"), By::NotNull).await;
        story.refuses(step("987654"), By::ForeignKey).await;
        story
            .refuses(format!("UPDATE steps SET job_id = NULL WHERE id = {}", steps[0]), By::Trigger("rule 2"))
            .await;
        story.refuses(format!("DELETE FROM jobs WHERE id = {}", jobs[2]), By::ForeignKey).await;
    }

    async fn rule_1_a_job_stands_once_in_a_pipeline_and_may_stand_in_many(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { pipeline, event, jobs, .. } = story;
        let rerun = story.rerun().await;
        let step = |id: i64, pipeline: i64| {
            format!(
                "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES ({id}, {pipeline}, {}, {event})",
                jobs[0]
            )
        };
        story.raw.run(&step(900, rerun)).await;
        story.refuses(step(901, rerun), By::Unique).await;
        story.refuses(step(901, pipeline), By::Unique).await;
    }

    async fn rule_1_a_step_is_of_its_pipelines_and_its_jobs_event(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { pipeline, event, other_event, .. } = story;
        let foreign_job = format!("(SELECT MIN(id) FROM jobs WHERE event_id = {other_event})");
        for event in [event, other_event] {
            story.refuses(format!(
                "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (900, {pipeline}, {foreign_job}, {event})"
            ), By::ForeignKey).await;
        }
    }

    async fn rule_2_a_previous_step_is_in_the_same_pipeline(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, jobs, steps, .. } = story;
        let rerun = story.rerun().await;
        story
            .refuses(
                format!(
                    "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
            VALUES (900, {rerun}, {}, {}, {event})",
                    jobs[1], steps[0]
                ),
                By::ForeignKey,
            )
            .await;
    }

    async fn rule_2_a_previous_step_comes_before(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, jobs, .. } = story;
        let rerun = story.rerun().await;
        story
            .raw
            .run(&format!(
                "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (950, {rerun}, {}, {event})",
                jobs[0]
            ))
            .await;
        story
            .refuses(
                format!(
                    "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
            VALUES (940, {rerun}, {}, 950, {event})",
                    jobs[1]
                ),
                By::Check,
            )
            .await;
        story
            .refuses("UPDATE steps SET previous_id = 951 WHERE id = 950".to_owned(), By::Trigger("rule 2"))
            .await;
    }

    async fn rule_2_a_previous_step_holds_the_jobs_previous_job(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, jobs, .. } = story;
        let rerun = story.rerun().await;
        story
            .raw
            .run(&format!(
                "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (900, {rerun}, {}, {event})",
                jobs[0]
            ))
            .await;
        for (job, previous) in [(jobs[2], "900"), (jobs[1], "NULL")] {
            story
                .refuses(
                    format!(
                        "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
                VALUES (901, {rerun}, {job}, {previous}, {event})"
                    ),
                    By::Trigger("rule 2"),
                )
                .await;
        }
    }

    async fn rule_2_a_job_keeps_its_place(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, other_event, jobs, .. } = story;
        story
            .refuses(
                format!("UPDATE jobs SET previous_job_id = {} WHERE id = {}", jobs[0], jobs[2]),
                By::Trigger("rule 2"),
            )
            .await;
        let job = |id: i64, event: i64, previous: i64| {
            format!(
                "INSERT INTO jobs (id, event_id, kind, previous_job_id, created_at, details)
            VALUES ({id}, {event}, 'copr_build', {previous}, '2026-01-01T00:00:00+00:00', '{{}}')"
            )
        };
        story.refuses(job(900, other_event, jobs[0]), By::ForeignKey).await;
        story.refuses(job(900, event, 900), By::Check).await;
    }

    async fn rule_2_an_origin_is_a_first_pipeline_and_never_changes(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, .. } = story;
        let rerun = story.rerun().await;
        story.raw.run(&format!(
            "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, created_at)
            VALUES (901, {event}, '{{}}', '{{}}', 'x', 'done', 'alice', 'api', '2026-01-01T00:00:00+00:00')"
        )).await;
        story
            .refuses(
                format!(
                    "INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
            VALUES (901, {event}, {rerun}, 901, '2026-01-01T00:00:00+00:00')"
                ),
                By::Trigger("a pipeline's origin is never a rerun"),
            )
            .await;
        story
            .refuses(
                format!("UPDATE pipelines SET origin_id = NULL, rerun_id = NULL WHERE id = {rerun}"),
                By::Trigger("a pipeline keeps"),
            )
            .await;
        story
            .refuses(
                format!(
                    "INSERT INTO pipelines (id, event_id, origin_id, created_at)
            VALUES (902, {event}, {}, '2026-01-01T00:00:00+00:00')",
                    story.pipeline
                ),
                By::Check,
            )
            .await;
    }
}
