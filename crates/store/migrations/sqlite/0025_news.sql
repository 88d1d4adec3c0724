-- What a pull request is told in words because its configuration wants that: a failure once for each job, and that its builds
-- succeeded once for each pull request. Such a row names the job and the target; what it says is derived when it is said.
--
-- SQLite drops a constraint with its table only. Nothing refers to this one.
ALTER TABLE replies RENAME TO replies_aside;
DROP INDEX replies_due;
CREATE TABLE replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id BIGINT NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL CHECK (kind IN ('reaction', 'comment', 'failure', 'success')),
    thread TEXT NOT NULL,
    comment_id BIGINT NOT NULL,
    body TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT,
    leased_by TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    said_at TEXT,
    problem TEXT,
    job_id BIGINT REFERENCES jobs (id),
    target_id BIGINT REFERENCES targets (id),
    CHECK ((kind = 'comment') = (body IS NOT NULL)),
    CHECK ((kind IN ('failure', 'success')) = (target_id IS NOT NULL)),
    CHECK ((job_id IS NULL) = (target_id IS NULL))
);
INSERT INTO replies (id, inbox_id, project_id, kind, thread, comment_id, body, created_at, due_at, leased_by, tries, said_at,
    problem)
SELECT id, inbox_id, project_id, kind, thread, comment_id, body, created_at, due_at, leased_by, tries, said_at, problem
FROM replies_aside;
DROP TABLE replies_aside;
CREATE INDEX replies_due ON replies (due_at, id) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX replies_of_delivery ON replies (inbox_id, kind) WHERE target_id IS NULL;
CREATE UNIQUE INDEX replies_failure ON replies (job_id) WHERE kind = 'failure';
CREATE UNIQUE INDEX replies_success ON replies (project_id, thread) WHERE kind = 'success';
