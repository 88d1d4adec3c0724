-- What came of a turn, unless the lease was lost meanwhile: $8 is who holds it, $9 its end.
UPDATE sidetags SET name = $2, asked_at = $3, removed_at = $4, due_at = $5, tries = $6, problem = $7,
    leased_by = CASE WHEN $10 THEN leased_by ELSE NULL END
WHERE id = $1 AND leased_by = $8 AND due_at = $9
