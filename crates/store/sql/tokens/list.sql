SELECT id, name, scopes, created_by, created_at, expires_at, last_used_at, revoked_at FROM tokens ORDER BY id
