SELECT id, forge, account_id, login, created_at, seen_at FROM sessions
WHERE hash = $1 AND seen_at > $2 AND created_at > $3
