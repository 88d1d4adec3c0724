INSERT INTO tokens (name, hash, scopes, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING id
