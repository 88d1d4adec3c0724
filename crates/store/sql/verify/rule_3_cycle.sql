-- Every cycle has an input that is not older than what consumes it, so the walks begin at those, which are few.
WITH RECURSIVE walk (start_id, reached_id) AS (
    SELECT i.target_id, i.input_target_id FROM inputs i WHERE i.input_target_id >= i.target_id
    UNION
    SELECT w.start_id, i.input_target_id
    FROM walk w
    JOIN inputs i ON i.target_id = w.reached_id
    WHERE w.reached_id <> w.start_id
)
SELECT 'targets' AS place, w.start_id AS id, count(*) OVER () AS found,
    concat('target ', w.start_id, ' consumes itself, by itself or over others') AS what
FROM walk w
WHERE w.reached_id = w.start_id
ORDER BY 2
LIMIT $1
