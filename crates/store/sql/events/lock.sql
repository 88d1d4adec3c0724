-- The event's one writer: every transaction that changes its rows comes through here first.
UPDATE events SET version = version + 1 WHERE id = $1 RETURNING version
