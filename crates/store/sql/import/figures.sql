-- What was imported, by project: how many rows of each table came to what. All unknown projects are one, of number 0.
SELECT CASE WHEN p.namespace = 'unknown' AND p.name = 'unknown' THEN 0 ELSE p.id END AS project,
    o.source_table AS what, t.status AS status, count(DISTINCT o.source_id) AS found
FROM origins o
JOIN targets t ON t.id = o.our_id
JOIN events e ON e.id = t.event_id
JOIN projects p ON p.id = e.project_id
WHERE o.our_table = 'targets'
GROUP BY 1, 2, 3
UNION ALL
SELECT CASE WHEN p.namespace = 'unknown' AND p.name = 'unknown' THEN 0 ELSE p.id END,
    o.source_table, '', count(DISTINCT o.source_id)
FROM origins o
JOIN events e ON e.id = o.event_id
JOIN projects p ON p.id = e.project_id
WHERE o.our_table IN ('events', 'pipelines')
GROUP BY 1, 2
