-- Benchmarks only: one branch in each of those projects.
INSERT INTO "references" (project_id, kind, name)
SELECT id, 'branch', 'main' FROM projects WHERE forge = 'queue.invalid'
