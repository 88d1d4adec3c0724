-- The rules of docs/design.md section 2 that keys and checks cannot say.

-- Rule 6: a finished target never changes its status again. Rule 4: a target stays in its place.
CREATE FUNCTION targets_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.finished_at IS NOT NULL
        AND (NEW.status <> OLD.status OR NEW.finished_at IS DISTINCT FROM OLD.finished_at) THEN
        RAISE EXCEPTION 'rule 6: a finished target never changes its status again';
    END IF;
    IF (NEW.id, NEW.job_id, NEW.event_id, NEW.kind, NEW.name, NEW.chain_id, NEW.attempt)
        IS DISTINCT FROM (OLD.id, OLD.job_id, OLD.event_id, OLD.kind, OLD.name, OLD.chain_id, OLD.attempt) THEN
        RAISE EXCEPTION 'rule 4: a target keeps its chain, attempt, kind, name, job and event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER targets_stay BEFORE UPDATE ON targets FOR EACH ROW EXECUTE FUNCTION targets_stay();

-- Rule 2: the previous step holds the job's previous job; a step without one holds a job without one.
CREATE FUNCTION steps_follow_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT previous_job_id FROM jobs WHERE id = NEW.job_id)
        IS DISTINCT FROM (SELECT job_id FROM steps WHERE id = NEW.previous_id) THEN
        RAISE EXCEPTION 'rule 2: the previous step holds the job''s previous job';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER steps_follow_jobs BEFORE INSERT ON steps FOR EACH ROW EXECUTE FUNCTION steps_follow_jobs();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
CREATE TRIGGER steps_stay BEFORE UPDATE ON steps
    FOR EACH ROW EXECUTE FUNCTION refuse_change('rule 2: a step is never changed');
CREATE TRIGGER jobs_stay_in_place BEFORE UPDATE OF id, event_id, kind, previous_job_id ON jobs
    FOR EACH ROW EXECUTE FUNCTION refuse_change('rule 2: a job keeps its event, kind and previous job');
CREATE TRIGGER pipelines_stay BEFORE UPDATE OF id, event_id, origin_id, rerun_id ON pipelines
    FOR EACH ROW EXECUTE FUNCTION refuse_change('a pipeline keeps its event, origin and rerun');
CREATE TRIGGER inbox_stays BEFORE UPDATE OF id, source, delivery_id, kind, received_at ON inbox
    FOR EACH ROW EXECUTE FUNCTION refuse_change('rule 5: a delivery keeps its key');
CREATE TRIGGER inbox_stays_settled BEFORE UPDATE OF outcome, event_id ON inbox
    FOR EACH ROW WHEN (OLD.event_id IS NOT NULL
        AND (NEW.outcome IS DISTINCT FROM OLD.outcome OR NEW.event_id IS DISTINCT FROM OLD.event_id))
    EXECUTE FUNCTION refuse_change('rule 5: a delivery that came to an event is never processed again');
CREATE TRIGGER inbox_is_kept BEFORE DELETE ON inbox
    FOR EACH ROW EXECUTE FUNCTION refuse_change('rule 5: a delivery is kept for ever');

-- A pipeline's origin is a first pipeline, never a rerun.
CREATE FUNCTION pipelines_origin_is_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pipelines WHERE id = NEW.origin_id AND origin_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a pipeline''s origin is never a rerun';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pipelines_origin_is_first BEFORE INSERT ON pipelines
    FOR EACH ROW EXECUTE FUNCTION pipelines_origin_is_first();
