-- What the forge was told of this event as a whole may be out of date. While a worker tells it, nobody else may: what it
-- tells last must be the newest.
UPDATE reports SET due_at = CASE WHEN leased_by IS NULL THEN $2 ELSE due_at END, is_stale = leased_by IS NOT NULL
WHERE event_id = $1 AND target_id IS NULL
