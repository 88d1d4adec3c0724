-- Waits until the work is known that it tells of, which is no failed try. Fenced by the lease, its end counted in: if the
-- work became known meanwhile, the row is due again and must stay so.
UPDATE inbox SET external_id = $4, due_at = $5, reason = $6, tries = 0, leased_by = NULL
WHERE id = $1 AND leased_by = $2 AND due_at = $3 AND outcome IS NULL
