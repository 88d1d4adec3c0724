SELECT id FROM projects WHERE forge = $1 AND forge_id = $2
