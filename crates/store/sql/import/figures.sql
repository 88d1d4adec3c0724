-- What was imported, by project: how many rows of each table came to what, and the newest event.
SELECT e.project_id AS project, o.source_table AS what, t.status AS status, count(DISTINCT o.source_id) AS found
FROM origins o
JOIN targets t ON t.id = o.our_id
JOIN events e ON e.id = t.event_id
WHERE o.our_table = 'targets'
GROUP BY e.project_id, o.source_table, t.status
UNION ALL
SELECT e.project_id, o.source_table, '', count(DISTINCT o.source_id)
FROM origins o
JOIN events e ON e.id = o.event_id
WHERE o.our_table IN ('events', 'pipelines')
GROUP BY e.project_id, o.source_table
