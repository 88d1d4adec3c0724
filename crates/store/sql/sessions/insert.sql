INSERT INTO sessions (hash, forge, account_id, login, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)
