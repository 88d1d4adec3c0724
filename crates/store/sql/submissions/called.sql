-- Whoever called knows the token of this submission. Its id may have become known just now, and whoever has it may look too early.
UPDATE submissions SET called_at = CASE WHEN external_id IS NULL THEN $3 ELSE called_at END,
    due_at = CASE WHEN external_id IS NULL OR due_at <= $3 THEN due_at ELSE $3 END
WHERE id = $1 AND due_at IS NOT NULL AND (external_id IS NULL OR external_id = $2)
