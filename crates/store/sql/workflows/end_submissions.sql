-- Nothing is left to do for a submission on which every target has ended.
UPDATE submissions SET due_at = NULL, leased_by = NULL
WHERE event_id = $1 AND due_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM targets t WHERE t.submission_id = submissions.id AND t.finished_at IS NULL)
