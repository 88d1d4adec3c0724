-- Since when the oldest row of each queue is due. What a worker holds, or put off, is due later; what a pause keeps back is not
-- counted.
SELECT 'inbox' AS queue, NULL AS system, MIN(due_at) AS due_at FROM inbox WHERE due_at IS NOT NULL
UNION ALL
SELECT 'reports', NULL, MIN(due_at) FROM reports WHERE due_at IS NOT NULL
UNION ALL
SELECT 'replies', NULL, MIN(due_at) FROM replies WHERE due_at IS NOT NULL
UNION ALL
SELECT 'submissions', system, MIN(due_at) FROM submissions
WHERE due_at IS NOT NULL AND (external_id IS NOT NULL OR system NOT IN (SELECT p.system FROM pauses p))
GROUP BY system
