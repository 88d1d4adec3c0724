-- All sidetags, newest first.
SELECT id, group_name, branch, name, created_at, asked_at, removed_at, due_at, leased_by, tries, problem
FROM sidetags ORDER BY id DESC
