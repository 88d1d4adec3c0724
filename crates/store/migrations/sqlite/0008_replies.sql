-- What is said to a comment that is a command: a reaction when it is carried out, a comment when not. Said once.
CREATE TABLE replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox_id BIGINT NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL CHECK (kind IN ('reaction', 'comment')),
    thread TEXT NOT NULL,
    comment_id BIGINT NOT NULL,
    body TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT,
    leased_by TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    said_at TEXT,
    problem TEXT,
    UNIQUE (inbox_id, kind),
    CHECK ((kind = 'comment') = (body IS NOT NULL))
);
CREATE INDEX replies_due ON replies (due_at, id) WHERE due_at IS NOT NULL;
