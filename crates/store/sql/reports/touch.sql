-- What the forge was told of this event may be out of date. Who is telling it just now goes on alone, and hears by
-- `tries` that there is something new.
UPDATE reports SET due_at = CASE WHEN leased_by IS NULL THEN $2 ELSE due_at END, tries = 0 WHERE event_id = $1
