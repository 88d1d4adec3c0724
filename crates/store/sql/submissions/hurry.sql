-- Something may have changed there: look now. What a worker holds is looked at by it.
UPDATE submissions SET due_at = $2 WHERE id = $1 AND due_at > $2 AND leased_by IS NULL
