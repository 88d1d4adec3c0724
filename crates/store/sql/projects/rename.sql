-- A rename keeps the row: the forge's own id is what counts.
UPDATE projects SET namespace = $3, name = $4, visibility = CASE WHEN $5 = 'unknown' THEN visibility ELSE $5 END
WHERE forge = $1 AND forge_id = $2
RETURNING id
