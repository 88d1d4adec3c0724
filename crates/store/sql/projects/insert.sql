-- Nothing if somebody else inserts it at this moment, under this name or with this id of the forge: an upsert waits for
-- others on one of the two keys only, and is refused on the other.
INSERT INTO projects (forge, namespace, name, forge_id, visibility, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING id
