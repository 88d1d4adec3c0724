SELECT source_table, source_id, reason FROM set_aside
WHERE (source_table, source_id) > ($1, $2)
ORDER BY source_table, source_id
LIMIT $3
