-- The first place that the feed still remembers.
SELECT c.transaction_id, c.id FROM changes c ORDER BY c.transaction_id, c.id LIMIT 1
