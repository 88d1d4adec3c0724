-- A sidetag that could not be made is tried again, for whoever asks for it next.
UPDATE sidetags SET tries = 0, problem = NULL, due_at = $2, leased_by = NULL WHERE id = $1 AND name IS NULL AND removed_at IS NULL
