-- What waits for the end of an earlier attempt that is being canceled has none yet.
SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' is ', t.status, ' and rides on no submission') AS what
FROM targets t
WHERE t.status IN ('ready', 'submitting', 'submitted', 'running') AND t.submission_id IS NULL
    AND NOT (t.status = 'ready' AND t.kind IN ('koji_build', 'bodhi_update') AND EXISTS (
        SELECT 1 FROM targets o
        WHERE o.chain_id = t.chain_id AND o.attempt < t.attempt AND o.submission_id IS NOT NULL
            AND o.finished_at IS NULL
    ))
ORDER BY 2
LIMIT $1
