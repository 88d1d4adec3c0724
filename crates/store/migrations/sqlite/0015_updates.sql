-- An edit of a Bodhi update is a new submission with the alias that the update has already; several events may carry one
-- update of a sidetag. Everywhere else an id belongs to one submission.
--
-- SQLite drops a constraint with its table only. The rows are set aside and put back, so that the references of targets
-- are broken and mended again within one transaction.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE submissions_aside AS SELECT * FROM submissions;
CREATE TABLE sequence_aside AS SELECT seq FROM sqlite_sequence WHERE name = 'submissions';
DROP TABLE submissions;
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BIGINT NOT NULL REFERENCES events (id),
    project_id BIGINT NOT NULL REFERENCES projects (id),
    system TEXT NOT NULL,
    external_id TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT,
    leased_by TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    sent_at TEXT,
    callback_hash TEXT,
    problem TEXT,
    cancel_requested_at TEXT,
    cancel_requested_by TEXT,
    canceled_at TEXT,
    CHECK ((cancel_requested_at IS NULL) = (cancel_requested_by IS NULL))
);
INSERT INTO submissions (id, event_id, project_id, system, external_id, created_at, due_at, leased_by, tries, sent_at,
    callback_hash, problem, cancel_requested_at, cancel_requested_by, canceled_at)
SELECT id, event_id, project_id, system, external_id, created_at, due_at, leased_by, tries, sent_at,
    callback_hash, problem, cancel_requested_at, cancel_requested_by, canceled_at
FROM submissions_aside;
-- Ids are never given twice, not even those of rows that are gone.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'submissions', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'submissions');
UPDATE sqlite_sequence SET seq = MAX(seq, COALESCE((SELECT seq FROM sequence_aside), 0)) WHERE name = 'submissions';
DROP TABLE submissions_aside;
DROP TABLE sequence_aside;
CREATE INDEX submissions_due ON submissions (system, project_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX submissions_event ON submissions (event_id, id);
CREATE INDEX submissions_leased ON submissions (system, project_id) WHERE leased_by IS NOT NULL;
CREATE INDEX submissions_external ON submissions (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX submissions_of_id ON submissions (system, external_id) WHERE system <> 'bodhi';
