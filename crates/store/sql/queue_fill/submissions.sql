-- Benchmarks only: submissions of those events, project after project in turn, as they come in on a busy day.
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
INSERT INTO submissions (event_id, project_id, system, created_at, due_at)
SELECT e.id, e.project_id, $2, $3, $3
FROM numbers, events e JOIN projects p ON p.id = e.project_id
WHERE p.forge = 'queue.invalid'
ORDER BY n, e.id
