-- The projects that the viewer may see, by forge, namespace and name, from a cursor on.
-- $1 viewer, $2 to $4 the key behind which the page begins, $5 projects
SELECT p.id, p.forge, p.namespace, p.name, p.visibility, p.created_at
FROM projects p
WHERE (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    AND (p.forge, lower(p.namespace), lower(p.name)) > ($2, lower($3), lower($4))
ORDER BY p.forge, lower(p.namespace), lower(p.name)
LIMIT $5
