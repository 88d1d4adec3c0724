-- Something may have changed there: look now. Whoever is asking just now may have been answered before it did.
UPDATE submissions SET due_at = $2 WHERE id = $1 AND due_at > $2
