-- What became of a row of an imported database. What the forge has not called public is shown to those who may see it.
-- $1 and $2 the row's table and id there, $3 viewer
SELECT o.our_table, o.our_id, o.event_id
FROM origins o
LEFT JOIN events e ON e.id = o.event_id
LEFT JOIN projects p ON p.id = e.project_id
WHERE o.source_table = $1 AND o.source_id = $2
    AND (p.visibility = 'public' OR $3 = 'all' OR $3 LIKE '%,' || p.id || ',%')
ORDER BY o.our_table, o.our_id
