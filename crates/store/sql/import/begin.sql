INSERT INTO imports (source, revision, started_at) VALUES ($1, $2, $3) RETURNING id
