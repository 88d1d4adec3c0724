-- The data model of docs/design.md section 2. Times are UTC.

CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    forge TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    forge_id TEXT,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private', 'unknown')),
    created_at TEXT NOT NULL,
    CHECK (forge = lower(forge))
);
CREATE UNIQUE INDEX projects_key ON projects (forge, lower(namespace), lower(name));
CREATE UNIQUE INDEX projects_forge_id ON projects (forge, forge_id) WHERE forge_id IS NOT NULL;

-- The table's name is a keyword of SQL, so it is quoted; the word is the design's.
CREATE TABLE "references" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (project_id, kind, name),
    UNIQUE (id, project_id)
);

CREATE TABLE commits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL,
    reference_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (reference_id, hash),
    UNIQUE (id, reference_id),
    FOREIGN KEY (reference_id, project_id) REFERENCES "references" (id, project_id)
);
CREATE INDEX commits_hash ON commits (hash);
CREATE INDEX commits_project ON commits (project_id, hash);

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at TEXT NOT NULL,
    due_at TEXT,
    leased_by TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    outcome TEXT CHECK (outcome IN ('accepted', 'nothing_planned', 'ignored', 'not_handled_yet', 'refused')),
    reason TEXT,
    event_id BIGINT,
    external_id TEXT,
    body BLOB,
    UNIQUE (source, delivery_id),
    CHECK ((outcome IS NULL) = (due_at IS NOT NULL))
);
CREATE INDEX inbox_due ON inbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX inbox_body ON inbox (received_at, id) WHERE body IS NOT NULL;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL,
    reference_id BIGINT NOT NULL,
    commit_id BIGINT,
    kind TEXT NOT NULL,
    actor TEXT,
    occurred_at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    before TEXT,
    after TEXT,
    config TEXT,
    inbox_id BIGINT UNIQUE REFERENCES inbox (id),
    status TEXT NOT NULL CHECK (status IN ('nothing', 'running', 'waiting', 'errored', 'failed', 'canceled', 'skipped', 'succeeded')),
    version BIGINT NOT NULL DEFAULT 0,
    caused_by_target_id BIGINT,
    FOREIGN KEY (reference_id, project_id) REFERENCES "references" (id, project_id),
    FOREIGN KEY (commit_id, reference_id) REFERENCES commits (id, reference_id)
);
CREATE INDEX events_recent ON events (occurred_at, id);
CREATE INDEX events_project ON events (project_id, occurred_at, id);
CREATE INDEX events_reference ON events (reference_id, occurred_at, id);
CREATE INDEX events_commit ON events (commit_id);

CREATE TABLE omissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BIGINT NOT NULL REFERENCES events (id),
    kind TEXT NOT NULL,
    identifier TEXT,
    name TEXT,
    reason TEXT NOT NULL
);
CREATE INDEX omissions_event ON omissions (event_id, id);

CREATE TABLE reruns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BIGINT NOT NULL REFERENCES events (id),
    selection TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    via TEXT NOT NULL,
    reason TEXT,
    idempotency_key TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (requested_by, idempotency_key),
    UNIQUE (id, event_id)
);
CREATE INDEX reruns_event ON reruns (event_id, id);

CREATE TABLE pipelines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BIGINT NOT NULL REFERENCES events (id),
    package TEXT,
    origin_id BIGINT,
    rerun_id BIGINT,
    created_at TEXT NOT NULL,
    UNIQUE (id, event_id),
    UNIQUE (rerun_id, origin_id),
    CHECK ((origin_id IS NULL) = (rerun_id IS NULL)),
    FOREIGN KEY (origin_id, event_id) REFERENCES pipelines (id, event_id),
    FOREIGN KEY (rerun_id, event_id) REFERENCES reruns (id, event_id)
);
CREATE INDEX pipelines_event ON pipelines (event_id, id);
CREATE INDEX pipelines_origin ON pipelines (origin_id) WHERE origin_id IS NOT NULL;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BIGINT NOT NULL REFERENCES events (id),
    kind TEXT NOT NULL,
    identifier TEXT,
    previous_job_id BIGINT,
    created_at TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE (id, event_id),
    UNIQUE (id, event_id, kind),
    CHECK (previous_job_id < id),
    FOREIGN KEY (previous_job_id, event_id) REFERENCES jobs (id, event_id)
);
CREATE INDEX jobs_event ON jobs (event_id, id);
CREATE INDEX jobs_previous ON jobs (previous_job_id) WHERE previous_job_id IS NOT NULL;

CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    previous_id BIGINT,
    event_id BIGINT NOT NULL,
    UNIQUE (pipeline_id, job_id),
    UNIQUE (id, pipeline_id),
    CHECK (previous_id < id),
    FOREIGN KEY (pipeline_id, event_id) REFERENCES pipelines (id, event_id),
    FOREIGN KEY (job_id, event_id) REFERENCES jobs (id, event_id),
    FOREIGN KEY (previous_id, pipeline_id) REFERENCES steps (id, pipeline_id)
);
CREATE INDEX steps_event ON steps (event_id, id);
CREATE INDEX steps_job ON steps (job_id);
CREATE INDEX steps_previous ON steps (previous_id) WHERE previous_id IS NOT NULL;

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
    UNIQUE (system, external_id),
    CHECK ((cancel_requested_at IS NULL) = (cancel_requested_by IS NULL))
);
CREATE INDEX submissions_due ON submissions (system, project_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX submissions_event ON submissions (event_id, id);
CREATE INDEX submissions_leased ON submissions (system, project_id) WHERE leased_by IS NOT NULL;

CREATE TABLE targets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    chain_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL CHECK (attempt >= 1),
    previous_attempt BIGINT GENERATED ALWAYS AS (NULLIF(attempt - 1, 0)) STORED,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'ready', 'submitting', 'submitted', 'running',
        'succeeded', 'failed', 'errored', 'canceled', 'skipped')),
    submission_id BIGINT REFERENCES submissions (id),
    external_id TEXT,
    url TEXT,
    logs_url TEXT,
    reason TEXT,
    created_at TEXT NOT NULL,
    submitted_at TEXT,
    started_at TEXT,
    finished_at TEXT,
    peer_started_at TEXT,
    peer_finished_at TEXT,
    held TEXT,
    details TEXT NOT NULL,
    UNIQUE (job_id, name),
    UNIQUE (chain_id, attempt),
    UNIQUE (chain_id, attempt, kind, name, event_id),
    CHECK ((attempt = 1) = (chain_id = id)),
    CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'errored', 'canceled', 'skipped'))),
    FOREIGN KEY (job_id, event_id, kind) REFERENCES jobs (id, event_id, kind),
    FOREIGN KEY (chain_id, previous_attempt, kind, name, event_id)
        REFERENCES targets (chain_id, attempt, kind, name, event_id)
);
CREATE INDEX targets_event ON targets (event_id, id);
CREATE INDEX targets_submission ON targets (submission_id) WHERE submission_id IS NOT NULL;
CREATE INDEX targets_external ON targets (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE inputs (
    target_id BIGINT NOT NULL REFERENCES targets (id),
    input_target_id BIGINT NOT NULL REFERENCES targets (id),
    needs TEXT NOT NULL CHECK (needs IN ('success', 'finished', 'failure')),
    PRIMARY KEY (target_id, input_target_id),
    CHECK (target_id <> input_target_id)
);
CREATE INDEX inputs_backwards ON inputs (input_target_id, target_id);

CREATE TABLE rerun_targets (
    rerun_id BIGINT NOT NULL REFERENCES reruns (id),
    old_target_id BIGINT NOT NULL REFERENCES targets (id),
    new_target_id BIGINT REFERENCES targets (id),
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (rerun_id, old_target_id)
);
CREATE INDEX rerun_targets_old ON rerun_targets (old_target_id);
CREATE INDEX rerun_targets_new ON rerun_targets (new_target_id) WHERE new_target_id IS NOT NULL;

CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL REFERENCES projects (id),
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    event_id BIGINT NOT NULL REFERENCES events (id),
    told_status TEXT,
    told_at TEXT,
    due_at TEXT,
    leased_by TEXT,
    is_stale BOOLEAN NOT NULL DEFAULT FALSE,
    tries BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    UNIQUE (project_id, hash, name)
);
CREATE INDEX reports_due ON reports (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX reports_event ON reports (event_id);

CREATE TABLE pauses (
    system TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    paused_by TEXT NOT NULL,
    reason TEXT
);

CREATE TABLE releases (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    fetched_at TEXT NOT NULL,
    list TEXT NOT NULL
);
