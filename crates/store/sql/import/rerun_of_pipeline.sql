SELECT r.id, r.plan FROM pipelines p
JOIN reruns r ON r.id = p.rerun_id
WHERE p.id = $1 AND r.via = 'import'
