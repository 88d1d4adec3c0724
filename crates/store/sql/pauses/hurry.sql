-- What waited for the pause to end is looked at now.
UPDATE submissions SET due_at = $2
WHERE system = $1 AND due_at > $2 AND external_id IS NULL AND leased_by IS NULL
