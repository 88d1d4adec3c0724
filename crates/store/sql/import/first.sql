SELECT source FROM imports ORDER BY id LIMIT 1
