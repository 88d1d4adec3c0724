SELECT id, group_name, branch, name, created_at, asked_at, removed_at, due_at, leased_by, tries, problem
FROM sidetags WHERE group_name = $1 AND branch = $2 AND removed_at IS NULL
