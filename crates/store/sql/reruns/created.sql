-- Which new attempt a rerun made of which old one.
SELECT t.rerun_id, t.old_target_id, t.new_target_id
FROM reruns r
JOIN rerun_targets t ON t.rerun_id = r.id
WHERE (r.id = $1 OR r.event_id = $2) AND t.new_target_id IS NOT NULL
ORDER BY t.rerun_id, t.old_target_id
