-- What waits for each other, oldest first. The event that all of it is about is locked.
SELECT id, fold_target_id, received_at FROM inbox WHERE fold_key = $1 AND outcome IS NULL ORDER BY id
