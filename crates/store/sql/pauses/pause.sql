INSERT INTO pauses (system, since, paused_by, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (system) DO NOTHING
