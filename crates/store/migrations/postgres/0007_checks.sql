-- A report is of one target (a check), or of the event as a whole. What the forge was told last stands beside it: under which
-- id of its own, of which target, and whether that was the end of it.
ALTER TABLE reports ADD COLUMN target_id BIGINT REFERENCES targets (id);
ALTER TABLE reports ADD COLUMN forge_id TEXT;
ALTER TABLE reports ADD COLUMN told_of TEXT;
ALTER TABLE reports ADD COLUMN is_completed BOOLEAN NOT NULL DEFAULT FALSE;
-- Of what a check may have been made whose answer was lost.
ALTER TABLE reports ADD COLUMN sent_of TEXT;
-- Its turn among all that is told to one owner.
ALTER TABLE reports ADD COLUMN turn_at TIMESTAMPTZ;
CREATE INDEX reports_target ON reports (target_id) WHERE target_id IS NOT NULL;

-- Forges limit what they are told, by installation: one for all repositories of an owner. Milliseconds since 1970.
CREATE TABLE throttles (
    forge TEXT NOT NULL,
    namespace TEXT NOT NULL,
    free_at_ms BIGINT NOT NULL,
    paused_until_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (forge, namespace)
);

-- Deliveries that ask for a rerun of one target each wait for each other, and become one rerun (docs/acceptance.md A12).
ALTER TABLE inbox ADD COLUMN fold_key TEXT;
ALTER TABLE inbox ADD COLUMN fold_target_id BIGINT;
CREATE INDEX inbox_fold ON inbox (fold_key) WHERE fold_key IS NOT NULL AND outcome IS NULL;
