-- One that is paused is paused since when it was; why, and by whom, is what was said last.
INSERT INTO pauses (system, since, paused_by, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (system) DO UPDATE SET paused_by = excluded.paused_by, reason = excluded.reason
