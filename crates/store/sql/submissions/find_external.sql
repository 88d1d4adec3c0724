-- Of Bodhi's, whose edits keep their alias, the newest.
SELECT id, event_id, project_id, system, external_id, created_at, due_at, leased_by, tries, sent_at, callback_hash,
    problem, cancel_requested_at, cancel_requested_by, canceled_at, called_at
FROM submissions WHERE system = $1 AND external_id = $2
ORDER BY id DESC LIMIT 1
