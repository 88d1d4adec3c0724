-- Takes the sidetags that are due: `due_at` is schedule and lease end in one.
WITH chosen AS MATERIALIZED (
    SELECT id FROM sidetags WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
UPDATE sidetags SET due_at = $2, leased_by = $3
WHERE id IN (SELECT id FROM chosen)
RETURNING id, group_name, branch, name, created_at, asked_at, removed_at, due_at, leased_by, tries, problem
