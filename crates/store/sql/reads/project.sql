-- One project.
-- $1 project, $2 viewer
SELECT p.id, p.forge, p.namespace, p.name, p.visibility, p.created_at
FROM projects p
WHERE p.id = $1 AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
