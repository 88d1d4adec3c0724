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
    occurred_at TIMESTAMPTZ NOT NULL,
    event_id BIGINT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    PRIMARY KEY (package, occurred_at, event_id)
);
CREATE INDEX event_packages_event ON event_packages (event_id);
INSERT INTO event_packages (package, occurred_at, event_id)
SELECT DISTINCT j.details ->> 'package', e.occurred_at, e.id
FROM jobs j JOIN events e ON e.id = j.event_id WHERE j.details ->> 'package' <> '';

CREATE FUNCTION jobs_tell_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_packages (package, occurred_at, event_id)
    SELECT NEW.details ->> 'package', e.occurred_at, e.id FROM events e
    WHERE e.id = NEW.event_id AND NEW.details ->> 'package' <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_tell_package AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_tell_package();

-- The feed: each change of an event, written by the transaction that makes it. Transactions do not end in the order in
-- which they took ids; in the order of (transaction_id, id), those below the oldest transaction that still runs are
-- complete, so that a reader who keeps its place misses nothing.
CREATE TABLE changes (
    transaction_id BIGINT NOT NULL DEFAULT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT),
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    event_id BIGINT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (transaction_id, id)
);
CREATE INDEX changes_event ON changes (event_id, transaction_id, id);
CREATE INDEX changes_time ON changes (changed_at);

CREATE FUNCTION events_tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (event_id, version) VALUES (NEW.id, NEW.version);
    PERFORM pg_notify('packflow_changes', '');
    RETURN NULL;
END $$;
CREATE TRIGGER events_tell_insert AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_tell_change();
CREATE TRIGGER events_tell_change AFTER UPDATE OF version ON events FOR EACH ROW EXECUTE FUNCTION events_tell_change();

-- SQLite's name for a moment as a number of days, so that one text computes durations on both.
CREATE FUNCTION julianday(TIMESTAMPTZ) RETURNS DOUBLE PRECISION LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CAST(EXTRACT(EPOCH FROM $1) / 86400 + 2440587.5 AS DOUBLE PRECISION);
