//! The rules of `docs/design.md` section 2 that the databases keep: each is broken by raw SQL, and the row is refused.

use store::Db;
use test_support::{TestDatabase, on_both_databases};

use crate::plans::build_and_test;
use crate::raw::{By, Raw};
use crate::support::{end, load, migrated, recorded, submit_all, target_named};

/// An event with a pipeline of SRPM, builds of f42 and f43, and tests of both, and the ids that tests need of it.
struct Story {
    db: Db,
    raw: Raw,
    event: i64,
    pipeline: i64,
    /// A second event, planned the same.
    other_event: i64,
    /// The jobs: SRPM, Copr, tests.
    jobs: [i64; 3],
    /// The steps that hold them.
    steps: [i64; 3],
    /// The Copr target of f42.
    build: i64,
}

impl Story {
    async fn of(database: &TestDatabase) -> Self {
        let db = migrated(database).await;
        let event = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let other = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let raw = Raw::open(database).await;
        let first = |table: &str| format!("SELECT MIN(id) FROM {table} WHERE event_id = {event}");
        let job = raw.number(&first("jobs")).await;
        let step = raw.number(&first("steps")).await;
        let build = target_named(&load(&db, event).await, "copr_build", "f42").0;
        let pipeline = raw.number(&first("pipelines")).await;
        Self {
            db,
            raw,
            event: event.0,
            pipeline,
            other_event: other.0,
            jobs: [job, job + 1, job + 2],
            steps: [step, step + 1, step + 2],
            build,
        }
    }

    async fn refuses(&self, sql: String, by: By) {
        self.raw.refuses(&sql, by).await;
    }

    /// A second pipeline of the event, made by a rerun.
    async fn rerun(&self) -> i64 {
        let Self { event, pipeline, .. } = self;
        self.raw
            .run(&format!(
                "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, created_at)
                VALUES (900, {event}, '{{}}', '{{}}', 'x', 'done', 'alice', 'api', '2026-01-01T00:00:00+00:00');
                INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
                VALUES (900, {event}, {pipeline}, 900, '2026-01-01T00:00:00+00:00')"
            ))
            .await;
        900
    }

    fn insert_target(&self, id: i64, columns: &str, values: &str) -> String {
        format!(
            "INSERT INTO targets (id, job_id, event_id, kind, status, created_at, details, {columns})
            VALUES ({id}, {}, {}, 'copr_build', 'waiting', '2026-01-01T00:00:00+00:00', '{{}}', {values})",
            self.jobs[1], self.event
        )
    }
}

on_both_databases! {
    async fn rule_1_a_step_has_exactly_one_job(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { pipeline, event, steps, jobs, .. } = story;
        let step = |job: &str| format!(
            "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (900, {pipeline}, {job}, {event})"
        );
        story.refuses(step("NULL"), By::NotNull).await;
        story.refuses(step("987654"), By::ForeignKey).await;
        story.refuses(format!("UPDATE steps SET job_id = NULL WHERE id = {}", steps[0]), By::Trigger("rule 2")).await;
        story.refuses(format!("DELETE FROM jobs WHERE id = {}", jobs[2]), By::ForeignKey).await;
    }

    async fn rule_1_a_job_stands_once_in_a_pipeline_and_may_stand_in_many(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { pipeline, event, jobs, .. } = story;
        let rerun = story.rerun().await;
        let step = |id: i64, pipeline: i64| format!(
            "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES ({id}, {pipeline}, {}, {event})", jobs[0]
        );
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
        story.refuses(format!(
            "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
            VALUES (900, {rerun}, {}, {}, {event})", jobs[1], steps[0]
        ), By::ForeignKey).await;
    }

    async fn rule_2_a_previous_step_comes_before(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, jobs, .. } = story;
        let rerun = story.rerun().await;
        story.raw.run(&format!(
            "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (950, {rerun}, {}, {event})", jobs[0]
        )).await;
        story.refuses(format!(
            "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
            VALUES (940, {rerun}, {}, 950, {event})", jobs[1]
        ), By::Check).await;
        story.refuses("UPDATE steps SET previous_id = 951 WHERE id = 950".to_owned(), By::Trigger("rule 2")).await;
    }

    async fn rule_2_a_previous_step_holds_the_jobs_previous_job(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, jobs, .. } = story;
        let rerun = story.rerun().await;
        story.raw.run(&format!(
            "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (900, {rerun}, {}, {event})", jobs[0]
        )).await;
        for (job, previous) in [(jobs[2], "900"), (jobs[1], "NULL")] {
            story.refuses(format!(
                "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id)
                VALUES (901, {rerun}, {job}, {previous}, {event})"
            ), By::Trigger("rule 2")).await;
        }
    }

    async fn rule_2_a_job_keeps_its_place(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, other_event, jobs, .. } = story;
        story.refuses(format!("UPDATE jobs SET previous_job_id = {} WHERE id = {}", jobs[0], jobs[2]), By::Trigger("rule 2")).await;
        let job = |id: i64, event: i64, previous: i64| format!(
            "INSERT INTO jobs (id, event_id, kind, previous_job_id, created_at, details)
            VALUES ({id}, {event}, 'copr_build', {previous}, '2026-01-01T00:00:00+00:00', '{{}}')"
        );
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
        story.refuses(format!(
            "INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
            VALUES (901, {event}, {rerun}, 901, '2026-01-01T00:00:00+00:00')"
        ), By::Trigger("a pipeline's origin is never a rerun")).await;
        story.refuses(format!("UPDATE pipelines SET origin_id = NULL, rerun_id = NULL WHERE id = {rerun}"),
            By::Trigger("a pipeline keeps")).await;
        story.refuses(format!(
            "INSERT INTO pipelines (id, event_id, origin_id, created_at)
            VALUES (902, {event}, {}, '2026-01-01T00:00:00+00:00')", story.pipeline
        ), By::Check).await;
    }

    /// A rerun makes one pipeline per origin pipeline that it touches.
    async fn rule_4_a_rerun_redoes_a_pipeline_once(database: TestDatabase) {
        let story = Story::of(&database).await;
        let Story { event, pipeline, .. } = story;
        story.rerun().await;
        story.refuses(format!(
            "INSERT INTO pipelines (id, event_id, origin_id, rerun_id, created_at)
            VALUES (901, {event}, {pipeline}, 900, '2026-01-01T00:00:00+00:00')"
        ), By::Unique).await;
    }

    async fn rule_4_attempts_are_linear_and_without_gaps(database: TestDatabase) {
        let story = Story::of(&database).await;
        let build = story.build;
        let attempt = |id: i64, name: &str, chain: i64, attempt: i64|
            story.insert_target(id, "name, chain_id, attempt", &format!("'{name}', {chain}, {attempt}"));
        // The job holds f42 already, so a second attempt needs a job of its own.
        story.raw.run(&format!(
            "INSERT INTO jobs (id, event_id, kind, previous_job_id, created_at, details)
            VALUES (900, {}, 'copr_build', {}, '2026-01-01T00:00:00+00:00', '{{}}'),
                (901, {}, 'copr_build', {}, '2026-01-01T00:00:00+00:00', '{{}}')",
            story.event, story.jobs[0], story.event, story.jobs[0]
        )).await;
        let in_job = |job: i64, sql: String| sql.replace(&format!("{}, {}, 'copr_build'", story.jobs[1], story.event),
            &format!("{job}, {}, 'copr_build'", story.event));
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
        for change in ["name = 'f99'", "attempt = 2", "chain_id = 900", "kind = 'koji_build'", "job_id = 900"] {
            let sql = format!("UPDATE targets SET {change} WHERE id = {}", story.build);
            story.refuses(sql, By::Trigger("rule 4")).await;
        }
    }

    async fn rule_4_a_target_is_of_its_jobs_kind_and_event(database: TestDatabase) {
        let story = Story::of(&database).await;
        let good = story.insert_target(900, "name, chain_id, attempt", "'f44', 900, 1");
        story.refuses(good.replace("'copr_build'", "'test_run'"), By::ForeignKey).await;
        let foreign = format!("{}, {}, 'copr_build'", story.jobs[1], story.other_event);
        story.refuses(good.replace(&format!("{}, {}, 'copr_build'", story.jobs[1], story.event), &foreign),
            By::ForeignKey).await;
        story.raw.run(&good).await;
    }

    async fn rule_5_a_delivery_is_kept_once_and_for_ever(database: TestDatabase) {
        let story = Story::of(&database).await;
        let delivery = |id: i64| format!(
            "INSERT INTO inbox (id, source, delivery_id, kind, received_at, outcome, reason, event_id)
            VALUES ({id}, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', 'accepted', 'planned', {})",
            story.event
        );
        story.raw.run(&delivery(900)).await;
        story.refuses(delivery(901), By::Unique).await;
        for change in ["delivery_id = 'd-2'", "source = 'gitlab.com'", "kind = 'release'", "outcome = NULL, due_at = '2026-01-01T00:00:00+00:00'",
            "event_id = NULL", "outcome = 'ignored'"] {
            story.refuses(format!("UPDATE inbox SET {change} WHERE id = 900"), By::Trigger("rule 5")).await;
        }
        story.refuses("DELETE FROM inbox WHERE id = 900".to_owned(), By::Trigger("rule 5")).await;
        assert_eq!(story.raw.run("UPDATE inbox SET body = NULL WHERE id = 900").await, 1);
    }

    async fn rule_5_a_delivery_is_settled_or_due(database: TestDatabase) {
        let story = Story::of(&database).await;
        for (due, outcome) in [("NULL", "NULL"), ("'2026-01-01T00:00:00+00:00'", "'ignored'")] {
            story.refuses(format!(
                "INSERT INTO inbox (id, source, delivery_id, kind, received_at, due_at, outcome)
                VALUES (900, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', {due}, {outcome})"
            ), By::Check).await;
        }
    }

    async fn rule_5_a_delivery_comes_to_one_event(database: TestDatabase) {
        let story = Story::of(&database).await;
        story.raw.run(
            "INSERT INTO inbox (id, source, delivery_id, kind, received_at, outcome)
            VALUES (900, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', 'ignored')",
        ).await;
        story.raw.run(&format!("UPDATE events SET inbox_id = 900 WHERE id = {}", story.event)).await;
        story.refuses(format!("UPDATE events SET inbox_id = 900 WHERE id = {}", story.other_event), By::Unique).await;
    }

    async fn rule_6_a_finished_target_never_changes_its_status(database: TestDatabase) {
        use domain::ids::{EventId, TargetId};
        use domain::words::TargetStatus;
        let story = Story::of(&database).await;
        let event = EventId(story.event);
        submit_all(&story.db, event, crate::support::at(1)).await;
        let srpm = target_named(&load(&story.db, event).await, "srpm_build", "srpm");
        end(&story.db, event, srpm, TargetStatus::Succeeded, crate::support::at(2)).await;
        end(&story.db, event, TargetId(story.build), TargetStatus::Failed, crate::support::at(3)).await;
        for change in ["status = 'succeeded'", "status = 'running', finished_at = NULL",
            "finished_at = '2030-01-01T00:00:00+00:00'"] {
            story.refuses(format!("UPDATE targets SET {change} WHERE id = {}", story.build), By::Trigger("rule 6")).await;
        }
        // What does not touch the status may still be learned.
        let links = format!("UPDATE targets SET logs_url = 'https://copr/log' WHERE id = {}", story.build);
        assert_eq!(story.raw.run(&links).await, 1);
    }

    async fn rule_6_a_target_is_finished_if_and_only_if_it_has_a_time(database: TestDatabase) {
        let story = Story::of(&database).await;
        for change in ["status = 'succeeded'", "finished_at = '2026-01-01T00:00:00+00:00'", "status = 'lost'"] {
            story.refuses(format!("UPDATE targets SET {change} WHERE id = {}", story.build), By::Check).await;
        }
    }

    async fn rule_7_what_is_consumed_or_held_is_not_deleted(database: TestDatabase) {
        let story = Story::of(&database).await;
        for (table, id) in [("targets", story.build), ("jobs", story.jobs[0]), ("pipelines", story.pipeline),
            ("events", story.event)] {
            story.refuses(format!("DELETE FROM {table} WHERE id = {id}"), By::ForeignKey).await;
        }
    }

    async fn a_commits_project_is_its_references(database: TestDatabase) {
        let story = Story::of(&database).await;
        crate::support::record_at(&story.db, "packit", &domain::plan::Plan::nothing("no"), 0).await;
        let other = "(SELECT id FROM projects WHERE name = 'packit')";
        let reference = format!("(SELECT reference_id FROM events WHERE id = {})", story.event);
        story.refuses(format!(
            "INSERT INTO commits (id, project_id, reference_id, hash) VALUES (900, {other}, {reference}, 'abc')"
        ), By::ForeignKey).await;
        story.refuses(format!("UPDATE events SET project_id = {other} WHERE id = {}", story.event), By::ForeignKey).await;
        let commit = format!(
            "(SELECT c.id FROM commits c JOIN projects p ON p.id = c.project_id WHERE p.name = 'packit')"
        );
        story.refuses(format!("UPDATE events SET commit_id = {commit} WHERE id = {}", story.event), By::ForeignKey).await;
    }

    async fn a_target_does_not_consume_itself(database: TestDatabase) {
        let story = Story::of(&database).await;
        let build = story.build;
        story.refuses(format!("INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({build}, {build}, 'success')"), By::Check).await;
    }

    async fn an_idempotency_key_is_used_once(database: TestDatabase) {
        let story = Story::of(&database).await;
        let rerun = |id: i64| format!(
            "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, idempotency_key, created_at)
            VALUES ({id}, {}, '{{}}', '{{}}', 'x', 'done', 'alice', 'api', 'k', '2026-01-01T00:00:00+00:00')", story.event
        );
        story.raw.run(&rerun(900)).await;
        story.refuses(rerun(901), By::Unique).await;
    }
}
