-- What the forge was told of this event may be out of date.
UPDATE reports SET due_at = $2 WHERE event_id = $1
