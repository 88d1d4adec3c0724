-- Those with the newest events, if there are more.
SELECT p.id, p.forge, p.namespace, p.name FROM projects p
WHERE p.forge = $1 AND p.visibility = 'private'
ORDER BY (SELECT max(e.occurred_at) FROM events e WHERE e.project_id = p.id) DESC NULLS LAST, p.id
LIMIT $2
