-- What a pull request is told in words because its configuration wants that: a failure once for each job, and that its builds
-- succeeded once for each pull request. Such a row names the job and the target; what it says is derived when it is said.
ALTER TABLE replies
    ADD COLUMN job_id BIGINT REFERENCES jobs (id),
    ADD COLUMN target_id BIGINT REFERENCES targets (id),
    DROP CONSTRAINT replies_inbox_id_kind_key,
    DROP CONSTRAINT replies_kind_check,
    ADD CONSTRAINT replies_kind_check CHECK (kind IN ('reaction', 'comment', 'failure', 'success')),
    ADD CHECK ((kind IN ('failure', 'success')) = (target_id IS NOT NULL)),
    ADD CHECK ((job_id IS NULL) = (target_id IS NULL));
CREATE UNIQUE INDEX replies_of_delivery ON replies (inbox_id, kind) WHERE target_id IS NULL;
CREATE UNIQUE INDEX replies_failure ON replies (job_id) WHERE kind = 'failure';
CREATE UNIQUE INDEX replies_success ON replies (project_id, thread) WHERE kind = 'success';
