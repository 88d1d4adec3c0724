-- The work that a delivery tells of. Fenced by the lease.
UPDATE inbox SET external_id = $3 WHERE id = $1 AND leased_by = $2 AND outcome IS NULL
