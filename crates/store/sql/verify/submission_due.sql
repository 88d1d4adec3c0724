-- A submission is due exactly as long as one of its targets is not finished.
SELECT 'submissions' AS place, s.id AS id, count(*) OVER () AS found,
    concat('submission ', s.id, ' of event ', s.event_id, CASE WHEN s.due_at IS NULL
        THEN ' has a target that is not finished and is never due'
        ELSE ' has no target that is not finished and is still due' END) AS what
FROM submissions s
WHERE (s.due_at IS NULL) = EXISTS (
    SELECT 1 FROM targets t WHERE t.submission_id = s.id AND t.finished_at IS NULL
)
ORDER BY 2
LIMIT $1
