-- Who may see a project that is known by its name alone. $1 forge, $2 namespace, $3 name, $4 visibility
UPDATE projects SET visibility = CASE WHEN $4 = 'unknown' THEN visibility ELSE $4 END
WHERE forge = $1 AND lower(namespace) = lower($2) AND lower(name) = lower($3) AND forge_id IS NULL
RETURNING id
