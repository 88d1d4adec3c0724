-- Events with the statuses of the newest attempts of their chains: a row for each different one.
SELECT e.id, e.status, t.status AS target_status
FROM (SELECT id, status FROM events WHERE id > $1 ORDER BY id LIMIT $2) AS e
LEFT JOIN targets t ON t.event_id = e.id AND NOT EXISTS (
    SELECT 1 FROM targets n WHERE n.chain_id = t.chain_id AND n.attempt > t.attempt
)
GROUP BY e.id, e.status, t.status
ORDER BY e.id
