-- The rules of docs/design.md section 2 that keys and checks cannot say.

-- Rule 6: a finished target never changes its status again.
CREATE TRIGGER targets_stay_finished BEFORE UPDATE ON targets
WHEN OLD.finished_at IS NOT NULL AND (NEW.status <> OLD.status OR NEW.finished_at IS NOT OLD.finished_at)
BEGIN
    SELECT RAISE(ABORT, 'rule 6: a finished target never changes its status again');
END;

-- Rule 4: a target stays in its place: chain, attempt, kind, name, job and event are for ever.
CREATE TRIGGER targets_stay_in_place BEFORE UPDATE OF id, job_id, event_id, kind, name, chain_id, attempt ON targets
WHEN NEW.id <> OLD.id OR NEW.job_id <> OLD.job_id OR NEW.event_id <> OLD.event_id OR NEW.kind <> OLD.kind
    OR NEW.name <> OLD.name OR NEW.chain_id <> OLD.chain_id OR NEW.attempt <> OLD.attempt
BEGIN
    SELECT RAISE(ABORT, 'rule 4: a target keeps its chain, attempt, kind, name, job and event');
END;

-- Rule 2: the previous step holds the job's previous job; a step without one holds a job without one.
CREATE TRIGGER steps_follow_jobs BEFORE INSERT ON steps
WHEN (SELECT previous_job_id FROM jobs WHERE id = NEW.job_id)
    IS NOT (SELECT job_id FROM steps WHERE id = NEW.previous_id)
BEGIN
    SELECT RAISE(ABORT, 'rule 2: the previous step holds the job''s previous job');
END;
CREATE TRIGGER steps_stay BEFORE UPDATE ON steps
BEGIN
    SELECT RAISE(ABORT, 'rule 2: a step is never changed');
END;
CREATE TRIGGER jobs_stay_in_place BEFORE UPDATE OF id, event_id, kind, previous_job_id ON jobs
BEGIN
    SELECT RAISE(ABORT, 'rule 2: a job keeps its event, kind and previous job');
END;

-- A pipeline's origin is a first pipeline, never a rerun.
CREATE TRIGGER pipelines_origin_is_first BEFORE INSERT ON pipelines
WHEN NEW.origin_id IS NOT NULL AND EXISTS (SELECT 1 FROM pipelines WHERE id = NEW.origin_id AND origin_id IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'a pipeline''s origin is never a rerun');
END;
CREATE TRIGGER pipelines_stay BEFORE UPDATE OF id, event_id, origin_id, rerun_id ON pipelines
BEGIN
    SELECT RAISE(ABORT, 'a pipeline keeps its event, origin and rerun');
END;

-- Rule 5: what was delivered, and what became of it, is never rewritten.
CREATE TRIGGER inbox_stays BEFORE UPDATE OF id, source, delivery_id, kind, received_at ON inbox
BEGIN
    SELECT RAISE(ABORT, 'rule 5: a delivery keeps its key');
END;
CREATE TRIGGER inbox_stays_settled BEFORE UPDATE OF outcome, event_id ON inbox
WHEN OLD.event_id IS NOT NULL AND (NEW.outcome IS NOT OLD.outcome OR NEW.event_id IS NOT OLD.event_id)
BEGIN
    SELECT RAISE(ABORT, 'rule 5: a delivery that came to an event is never processed again');
END;
CREATE TRIGGER inbox_is_kept BEFORE DELETE ON inbox
BEGIN
    SELECT RAISE(ABORT, 'rule 5: a delivery is kept for ever');
END;
