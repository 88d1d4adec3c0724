-- The events that wait for targets of another one that have just ended, or that skipped what consumes them. $1 the event, $2 those targets, $3 now.
INSERT INTO outside_moves (event_id, due_at)
SELECT DISTINCT t.event_id, /*sqlite*/$3/*end*//*pg CAST($3 AS TIMESTAMPTZ) */
FROM inputs i
JOIN targets t ON t.id = i.target_id AND t.event_id <> $1 AND (t.finished_at IS NULL OR t.status = 'skipped')
WHERE i.input_target_id IN (/*sqlite*/SELECT value FROM json_each($2)/*end*//*pg SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($2) */)
ORDER BY 1
ON CONFLICT (event_id) DO NOTHING
