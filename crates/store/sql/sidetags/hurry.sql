-- Has a sidetag looked at now. Who is looking at it just now may have looked too early, and loses its lease.
UPDATE sidetags SET due_at = $2, leased_by = NULL WHERE name = $1 AND removed_at IS NULL
