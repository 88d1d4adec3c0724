SELECT id, name, scopes, created_by, created_at, expires_at, last_used_at, revoked_at FROM tokens
WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
