-- Whoever called knows the token of this submission. Its id may become known just now, and whoever has it may look too early.
UPDATE submissions SET called_at = CASE WHEN external_id IS NULL THEN $4 ELSE called_at END,
    due_at = CASE WHEN external_id IS NULL OR due_at <= $4 THEN due_at ELSE $4 END
WHERE system = $1 AND callback_hash = $2 AND due_at IS NOT NULL AND (external_id IS NULL OR external_id = $3)
