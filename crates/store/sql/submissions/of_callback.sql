-- The submission that this token is of, if there is something left to do for it.
SELECT id FROM submissions WHERE system = $1 AND callback_hash = $2 AND due_at IS NOT NULL
