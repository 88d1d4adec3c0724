-- One that is paused is paused since when it was; why, and by whom, is what was said last. Who gives no reason says nothing.
INSERT INTO pauses (system, since, paused_by, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (system) DO UPDATE SET
    paused_by = CASE WHEN excluded.reason IS NULL THEN pauses.paused_by ELSE excluded.paused_by END,
    reason = COALESCE(excluded.reason, pauses.reason)
