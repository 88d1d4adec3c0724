-- Where imported rows come from (docs/migrating-from-packit-service.md).

-- A row of the other database and a row of ours that it became: several, where the other one was shared by events.
CREATE TABLE origins (
    source_table TEXT NOT NULL,
    source_id TEXT NOT NULL,
    our_table TEXT NOT NULL,
    our_id BIGINT NOT NULL,
    event_id BIGINT,
    kept TEXT,
    PRIMARY KEY (source_table, source_id, our_table, our_id)
);
CREATE INDEX origins_event ON origins (event_id) WHERE event_id IS NOT NULL;

-- A row of the other database that became none of ours, word for word, and why.
CREATE TABLE set_aside (
    source_table TEXT NOT NULL,
    source_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    kept TEXT NOT NULL,
    PRIMARY KEY (source_table, source_id)
);

-- Runs of the import. All read the same database: what a second one held would be taken for the first one's.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    revision TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT
);
