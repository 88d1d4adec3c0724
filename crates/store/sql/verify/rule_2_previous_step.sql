-- A previous step in the same pipeline with a smaller id: so a pipeline is a forest.
SELECT 'steps' AS place, s.id AS id, count(*) OVER () AS found,
    concat('step ', s.id, ' of pipeline ', s.pipeline_id, ' has the previous step ', s.previous_id,
        CASE WHEN p.id IS NULL THEN ', which does not exist'
            WHEN p.pipeline_id <> s.pipeline_id THEN concat(', which is in pipeline ', p.pipeline_id)
            ELSE ', which comes behind it' END) AS what
FROM steps s
LEFT JOIN steps p ON p.id = s.previous_id
WHERE s.previous_id IS NOT NULL AND (p.id IS NULL OR p.pipeline_id <> s.pipeline_id OR p.id >= s.id)
ORDER BY 2
LIMIT $1
