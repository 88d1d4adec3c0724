-- The event's one writer: every transaction that changes its rows comes through here first. On SQLite the transaction is the
-- only writer anyway.
SELECT version FROM events WHERE id = $1 /*pg FOR UPDATE */
