-- What the reads of docs/design.md section 5 need: an index for each filter that is offered, the packages of an event,
-- and the feed that live pages follow.

-- Lists are ordered by (occurred_at, id). Lists of workflows leave out what started nothing.
CREATE INDEX events_workflows ON events (occurred_at, id) WHERE status <> 'nothing';
CREATE INDEX events_project_workflows ON events (project_id, occurred_at, id) WHERE status <> 'nothing';
CREATE INDEX events_status ON events (status, occurred_at, id);
CREATE INDEX events_project_status ON events (project_id, status, occurred_at, id);
CREATE INDEX events_kind ON events (kind, occurred_at, id);
CREATE INDEX events_project_kind ON events (project_id, kind, occurred_at, id);
CREATE INDEX events_actor ON events (actor, occurred_at, id) WHERE actor IS NOT NULL;
CREATE INDEX events_project_actor ON events (project_id, actor, occurred_at, id) WHERE actor IS NOT NULL;
CREATE INDEX events_caused_by ON events (caused_by_target_id) WHERE caused_by_target_id IS NOT NULL;
CREATE INDEX projects_name ON projects (lower(name), id);
CREATE INDEX submissions_external ON submissions (external_id) WHERE external_id IS NOT NULL;

-- A job's package stands in its details; here it is found, and in the order of lists.
CREATE TABLE event_packages (
    package TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    event_id INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    PRIMARY KEY (package, occurred_at, event_id)
) WITHOUT ROWID;
CREATE INDEX event_packages_event ON event_packages (event_id);
INSERT INTO event_packages (package, occurred_at, event_id)
SELECT DISTINCT j.details ->> 'package', e.occurred_at, e.id
FROM jobs j JOIN events e ON e.id = j.event_id WHERE j.details ->> 'package' <> '';

CREATE TRIGGER jobs_tell_package AFTER INSERT ON jobs WHEN NEW.details ->> 'package' <> ''
BEGIN
    INSERT INTO event_packages (package, occurred_at, event_id)
    SELECT NEW.details ->> 'package', e.occurred_at, e.id FROM events e WHERE e.id = NEW.event_id
    ON CONFLICT DO NOTHING;
END;

-- The feed: each change of an event, written by the transaction that makes it. There is one writer, so the order of ids is
-- that of the transactions' ends; PostgreSQL needs `transaction_id` to say so.
CREATE TABLE changes (
    transaction_id INTEGER NOT NULL DEFAULT 0,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
);
CREATE INDEX changes_place ON changes (transaction_id, id);
CREATE INDEX changes_event ON changes (event_id, transaction_id, id);
CREATE INDEX changes_time ON changes (changed_at);

CREATE TRIGGER events_tell_insert AFTER INSERT ON events
BEGIN
    INSERT INTO changes (event_id, version) VALUES (NEW.id, NEW.version);
END;
CREATE TRIGGER events_tell_change AFTER UPDATE OF version ON events
BEGIN
    INSERT INTO changes (event_id, version) VALUES (NEW.id, NEW.version);
END;
