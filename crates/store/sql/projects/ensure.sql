INSERT INTO projects (forge, namespace, name, forge_id, visibility, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (forge, lower(namespace), lower(name)) DO UPDATE SET
    forge_id = COALESCE(projects.forge_id, excluded.forge_id),
    visibility = CASE WHEN excluded.visibility = 'unknown' THEN projects.visibility ELSE excluded.visibility END
RETURNING id
