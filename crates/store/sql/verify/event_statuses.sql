-- Events with how the newest attempts of their chains count: a row for each different one. What was skipped although all that
-- it needs was given by its inputs, in their newest attempts, counts as canceled.
SELECT x.id, x.status, x.target_status
FROM (
    SELECT e.id AS id, e.status AS status,
        CASE WHEN t.status = 'skipped'
            AND EXISTS (SELECT 1 FROM inputs i WHERE i.target_id = t.id)
            AND NOT EXISTS (
                SELECT 1 FROM inputs i
                JOIN targets o ON o.id = i.input_target_id
                JOIN targets n ON n.chain_id = o.chain_id
                WHERE i.target_id = t.id
                    AND CASE WHEN o.event_id = t.event_id
                        THEN NOT EXISTS (SELECT 1 FROM targets m WHERE m.chain_id = n.chain_id AND m.attempt > n.attempt)
                        ELSE n.id = o.id END
                    AND NOT CASE i.needs
                        WHEN 'success' THEN n.status = 'succeeded'
                        WHEN 'failure' THEN n.status IN ('failed', 'errored')
                        ELSE n.finished_at IS NOT NULL END
            )
        THEN 'canceled' ELSE t.status END AS target_status
    FROM (SELECT id, status FROM events WHERE id > $1 ORDER BY id LIMIT $2) AS e
    LEFT JOIN targets t ON t.event_id = e.id AND NOT EXISTS (
        SELECT 1 FROM targets n WHERE n.chain_id = t.chain_id AND n.attempt > t.attempt
    )
) AS x
GROUP BY x.id, x.status, x.target_status
ORDER BY x.id
