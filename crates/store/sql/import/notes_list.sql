SELECT id, source_table, source_id, note FROM import_notes
WHERE id > $1
ORDER BY id
LIMIT $2
