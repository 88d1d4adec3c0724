-- A follower's result is held until its input's is known, and it is skipped if that cannot give what is needed.
SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' succeeded, but its input, target ', o.id, ', is ', o.status, ' and not what it needs: ',
        i.needs) AS what
FROM targets t
JOIN inputs i ON i.target_id = t.id
JOIN targets o ON o.id = i.input_target_id
WHERE t.status = 'succeeded' AND NOT CASE i.needs
    WHEN 'success' THEN o.status = 'succeeded'
    WHEN 'failure' THEN o.status IN ('failed', 'errored')
    ELSE o.finished_at IS NOT NULL END
ORDER BY 2, o.id
LIMIT $1
