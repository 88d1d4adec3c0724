-- Read to be written back: claims pass it over, and hints wait, until then.
SELECT id, event_id, project_id, system, external_id, created_at, due_at, leased_by, tries, sent_at, callback_hash,
    problem, cancel_requested_at, cancel_requested_by, canceled_at, called_at
FROM submissions WHERE id = $1 /*pg FOR UPDATE */
