-- A project, and how reliable its targets are, by kind and name: attempts and outcomes since a moment; how often an attempt came to
-- another outcome than the one before it although it consumed the very same; the median duration by the peer's clock where
-- it told it. PostgreSQL has to be told (LATERAL, LIMIT) not to read all targets there are. Bounded by the moment, for a busy project has more history than anybody can wait for.
-- $1 project, $2 viewer, $3 since, $4 rows
WITH recent AS (
    SELECT t.id, t.kind, t.name, t.chain_id, t.attempt, t.status,
        julianday(COALESCE(t.peer_finished_at, t.finished_at)) - julianday(COALESCE(t.peer_started_at, t.started_at)) AS days
    FROM projects p
    JOIN events e ON e.project_id = p.id
    JOIN /*pg LATERAL (SELECT x.* FROM */ targets /*pg x WHERE x.event_id = e.id LIMIT 100000) */ t ON t.event_id = e.id
    WHERE p.id = $1 AND e.project_id = $1 AND e.occurred_at >= $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
),
changed AS (
    SELECT n.kind, n.name, count(*) AS times
    FROM recent n
    JOIN targets o ON o.chain_id = n.chain_id AND o.attempt = n.attempt - 1
    WHERE n.attempt > 1 AND n.status <> o.status
        AND n.status IN ('succeeded', 'failed', 'errored') AND o.status IN ('succeeded', 'failed', 'errored')
        AND NOT EXISTS (
            SELECT 1 FROM inputs i WHERE i.target_id = n.id
                AND NOT EXISTS (SELECT 1 FROM inputs b WHERE b.target_id = o.id AND b.input_target_id = i.input_target_id)
        )
        AND NOT EXISTS (
            SELECT 1 FROM inputs i WHERE i.target_id = o.id
                AND NOT EXISTS (SELECT 1 FROM inputs b WHERE b.target_id = n.id AND b.input_target_id = i.input_target_id)
        )
    GROUP BY n.kind, n.name
),
durations AS (
    SELECT kind, name, days, row_number() OVER (PARTITION BY kind, name ORDER BY days) AS place,
        count(*) OVER (PARTITION BY kind, name) AS total
    FROM recent
    WHERE days >= 0 AND status IN ('succeeded', 'failed')
),
medians AS (
    SELECT kind, name, avg(days) * 86400 AS seconds
    FROM durations
    WHERE place IN ((total + 1) / 2, (total + 2) / 2)
    GROUP BY kind, name
)
SELECT p.id AS project_id, p.forge, p.namespace, p.name AS project_name, p.visibility, p.created_at, f.*
FROM projects p
LEFT JOIN (
SELECT r.kind, r.name, count(*) AS attempts,
    count(*) FILTER (WHERE r.status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE r.status = 'failed') AS failed,
    count(*) FILTER (WHERE r.status = 'errored') AS errored,
    COALESCE(max(c.times), 0) AS changed, max(m.seconds) AS median_seconds
FROM recent r
LEFT JOIN changed c ON c.kind = r.kind AND c.name = r.name
LEFT JOIN medians m ON m.kind = r.kind AND m.name = r.name
GROUP BY r.kind, r.name
ORDER BY 7 DESC, 3 DESC, 1, 2
LIMIT $4
) f ON TRUE
WHERE p.id = $1 AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
ORDER BY f.changed DESC, f.attempts DESC, f.kind, f.name
