-- When the newest imported pipeline of each project was planned. All unknown projects are one, of number 0.
SELECT CASE WHEN j.namespace = 'unknown' AND j.name = 'unknown' THEN 0 ELSE j.id END AS project,
    MAX(p.created_at) AS newest
FROM origins o
JOIN pipelines p ON p.id = o.our_id
JOIN events e ON e.id = p.event_id
JOIN projects j ON j.id = e.project_id
WHERE o.our_table = 'pipelines'
GROUP BY 1
