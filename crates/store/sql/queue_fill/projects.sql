-- Benchmarks only: projects that have work waiting.
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
INSERT INTO projects (forge, namespace, name, visibility, created_at)
SELECT 'queue.invalid', 'waiting', 'project-' || CAST(n AS TEXT), 'public', $2 FROM numbers
