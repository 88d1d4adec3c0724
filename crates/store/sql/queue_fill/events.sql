-- Benchmarks only: one event at each of those branches.
INSERT INTO events (project_id, reference_id, kind, occurred_at, received_at, status)
SELECT r.project_id, r.id, 'push', $1, $1, 'running'
FROM projects p JOIN "references" r ON r.project_id = p.id
WHERE p.forge = 'queue.invalid'
