-- A worker that ends gives back what it holds.
UPDATE submissions SET due_at = $2, leased_by = NULL WHERE leased_by = $1
