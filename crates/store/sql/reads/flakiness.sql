-- A project, and how reliable its targets are, by the kind, identifier and package of their jobs and by name: attempts and outcomes
-- since a moment; how often an attempt came to another outcome than the one before it although it consumed the very same and its job
-- asked for the very same; the median duration by the peer's clock where it told it. PostgreSQL has to be told (LATERAL, LIMIT) not
-- to read all targets and jobs there are. Bounded by the moment, for a busy project has more history than anybody can wait for.
-- $1 project, $2 viewer, $3 since, $4 rows
WITH recent AS (
    SELECT t.id, t.job_id, t.kind, COALESCE(j.identifier, '') AS identifier, COALESCE(j.details ->> 'package', '') AS package,
        t.name, t.chain_id, t.attempt, t.status,
        julianday(COALESCE(t.peer_finished_at, t.finished_at)) - julianday(COALESCE(t.peer_started_at, t.started_at)) AS days
    FROM projects p
    JOIN events e ON e.project_id = p.id
    JOIN /*pg LATERAL (SELECT x.* FROM */ targets /*pg x WHERE x.event_id = e.id LIMIT 100000) */ t ON t.event_id = e.id
    JOIN /*pg LATERAL (SELECT x.* FROM */ jobs /*pg x WHERE x.id = t.job_id LIMIT 1) */ j ON j.id = t.job_id
    WHERE p.id = $1 AND e.project_id = $1 AND e.occurred_at >= $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
),
changed AS (
    SELECT newer.id
    FROM recent newer
    JOIN targets older ON older.chain_id = newer.chain_id AND older.attempt = newer.attempt - 1
    WHERE newer.attempt > 1 AND newer.status <> older.status
        AND newer.status IN ('succeeded', 'failed', 'errored') AND older.status IN ('succeeded', 'failed', 'errored')
        AND (SELECT CAST(j.details AS TEXT) FROM jobs j WHERE j.id = newer.job_id)
            = (SELECT CAST(j.details AS TEXT) FROM jobs j WHERE j.id = older.job_id)
        AND NOT EXISTS (
            SELECT 1 FROM inputs i WHERE i.target_id = newer.id
                AND NOT EXISTS (SELECT 1 FROM inputs b WHERE b.target_id = older.id AND b.input_target_id = i.input_target_id)
        )
        AND NOT EXISTS (
            SELECT 1 FROM inputs i WHERE i.target_id = older.id
                AND NOT EXISTS (SELECT 1 FROM inputs b WHERE b.target_id = newer.id AND b.input_target_id = i.input_target_id)
        )
),
timed AS (
    SELECT id, row_number() OVER (PARTITION BY kind, identifier, package, name ORDER BY days) AS place,
        count(*) OVER (PARTITION BY kind, identifier, package, name) AS total
    FROM recent
    WHERE days >= 0 AND status IN ('succeeded', 'failed')
)
SELECT p.id AS project_id, p.forge, p.namespace, p.name AS project_name, p.visibility, p.created_at, f.*
FROM projects p
LEFT JOIN (
SELECT kind, identifier, package, name, count(*) AS attempts,
    count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'errored') AS errored,
    count(*) FILTER (WHERE id IN (SELECT id FROM changed)) AS changed,
    avg(days) FILTER (WHERE id IN (SELECT id FROM timed WHERE place IN ((total + 1) / 2, (total + 2) / 2))) * 86400 AS median_seconds
FROM recent
GROUP BY kind, identifier, package, name
ORDER BY 9 DESC, 5 DESC, 1, 4, 2, 3
LIMIT $4
) f ON TRUE
WHERE p.id = $1 AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
ORDER BY f.changed DESC, f.attempts DESC, f.kind, f.name, f.identifier, f.package
