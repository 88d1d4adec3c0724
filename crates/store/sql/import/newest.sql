SELECT e.project_id AS project, MAX(p.created_at) AS newest
FROM origins o
JOIN pipelines p ON p.id = o.our_id
JOIN events e ON e.id = p.event_id
WHERE o.our_table = 'pipelines'
GROUP BY e.project_id
