-- The open sidetag of a group and branch; made here if there is none.
INSERT INTO sidetags (group_name, branch, created_at, due_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (group_name, branch) WHERE removed_at IS NULL DO NOTHING
