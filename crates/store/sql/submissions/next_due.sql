SELECT MIN(due_at) FROM submissions WHERE due_at IS NOT NULL
