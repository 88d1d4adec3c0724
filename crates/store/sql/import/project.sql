-- What a forge has said of a project since is better known than what the other database holds.
INSERT INTO projects (forge, namespace, name, forge_id, visibility, created_at)
VALUES ($1, $2, $3, $4, 'public', $5)
ON CONFLICT (forge, lower(namespace), lower(name)) DO UPDATE SET
    forge_id = COALESCE(projects.forge_id, excluded.forge_id)
RETURNING id
