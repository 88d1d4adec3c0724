-- What is refused for good is not told again, but what changed meanwhile is. The last
-- alternative only says the type.
UPDATE reports SET due_at = CASE WHEN is_stale THEN COALESCE($3, $5, due_at) ELSE $3 END, problem = $4, leased_by = NULL,
    turn_at = NULL
WHERE id = $1 AND leased_by = $2
