-- What changed behind a place in the feed, in the order in which transactions ended. On PostgreSQL, what a transaction
-- that still runs could slip in before is not told yet (of any database of that server: transaction ids are the server's).
-- $1 and $2 the place, $3 changes
SELECT c.transaction_id, c.id, c.event_id, c.version, e.status, p.id AS project_id, p.visibility
FROM changes c
JOIN events e ON e.id = c.event_id
JOIN projects p ON p.id = e.project_id
WHERE (c.transaction_id, c.id) > ($1, $2)
    /*pg AND c.transaction_id < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) */
ORDER BY c.transaction_id, c.id
LIMIT $3
