SELECT 'inbox' AS place, i.id AS id, count(*) OVER () AS found,
    concat('delivery ', i.id, CASE WHEN i.outcome IS NULL THEN ' has no outcome and is never due'
        ELSE concat(' came to ', i.outcome, ' and is still due') END) AS what
FROM inbox i
WHERE (i.outcome IS NULL) = (i.due_at IS NULL)
ORDER BY 2
LIMIT $1
