SELECT o.our_table, o.our_id, o.event_id, p.visibility
FROM origins o
LEFT JOIN events e ON e.id = o.event_id
LEFT JOIN projects p ON p.id = e.project_id
WHERE o.source_table = $1 AND o.source_id = $2
ORDER BY o.our_table, o.our_id
