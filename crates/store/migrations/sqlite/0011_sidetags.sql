-- Sidetags of Koji that are ours: one for each group and branch at a time. A row comes before its sidetag: `name` is what Koji
-- called it, `asked_at` tells that the call may have gone out before.
CREATE TABLE sidetags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_name TEXT NOT NULL,
    branch TEXT NOT NULL,
    name TEXT UNIQUE,
    created_at TEXT NOT NULL,
    asked_at TEXT,
    removed_at TEXT,
    due_at TEXT,
    leased_by TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    CHECK (removed_at IS NULL OR due_at IS NULL)
);
CREATE UNIQUE INDEX sidetags_open ON sidetags (group_name, branch) WHERE removed_at IS NULL;
CREATE INDEX sidetags_due ON sidetags (due_at, id) WHERE due_at IS NOT NULL;

-- The builds that were seen in a sidetag: what a tag starts is started once.
CREATE TABLE sidetag_builds (
    sidetag_id BIGINT NOT NULL REFERENCES sidetags (id),
    nvr TEXT NOT NULL,
    package TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (sidetag_id, nvr)
);

-- Events of which a target consumes one of another event that has ended: they are to move on. Written by whoever ends the
-- consumed one, and taken back by whoever moves them on. No reference to the event: checking one would wait for its writer.
CREATE TABLE outside_moves (
    event_id BIGINT PRIMARY KEY,
    due_at TEXT NOT NULL
);

-- A Koji build is found by what it made.
CREATE INDEX targets_nvr ON targets ((details ->> 'nvr')) WHERE kind = 'koji_build';

-- What is built and updated for a group of sidetags.
CREATE INDEX jobs_sidetag_group ON jobs ((details ->> 'sidetag_group'))
    WHERE kind IN ('koji_build', 'koji_tag_request', 'bodhi_update');
