-- Its turn is later. That is no failed try.
UPDATE reports SET due_at = $3, turn_at = $3, leased_by = NULL, tries = tries - 1 WHERE id = $1 AND leased_by = $2
