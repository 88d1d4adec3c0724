UPDATE submissions SET external_id = $2, due_at = $3, leased_by = $4, tries = $5, sent_at = $6, callback_hash = $7,
    problem = $8, cancel_requested_at = $9, cancel_requested_by = $10, canceled_at = $11, called_at = $12
WHERE id = $1
