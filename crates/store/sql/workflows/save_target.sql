UPDATE targets SET status = $2, submission_id = $3, external_id = $4, url = $5, logs_url = $6, reason = $7,
    submitted_at = $8, started_at = $9, finished_at = $10, peer_started_at = $11, peer_finished_at = $12,
    held = $13, details = $14
WHERE id = $1
