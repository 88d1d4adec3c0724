-- The place at which the feed stands.
SELECT c.transaction_id, c.id
FROM changes c
/*pg WHERE c.transaction_id < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) */
ORDER BY c.transaction_id DESC, c.id DESC
LIMIT 1
