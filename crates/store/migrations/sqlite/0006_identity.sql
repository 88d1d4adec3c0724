-- Who calls: tokens of the API and logins of the dashboard. Of their secrets only the SHA-256 sums are here.

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT,
    CHECK (length(hash) = 64)
);
-- A name may be given anew once its token is revoked.
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    forge TEXT NOT NULL,
    account_id TEXT NOT NULL,
    login TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    CHECK (length(hash) = 64)
);
CREATE INDEX sessions_seen ON sessions (seen_at);

-- Of which of these a person may read is asked at their forge.
CREATE INDEX projects_private ON projects (forge, id) WHERE visibility = 'private';
