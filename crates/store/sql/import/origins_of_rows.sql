SELECT our_table, our_id, event_id FROM origins WHERE source_table = $1 AND source_id = $2 ORDER BY our_table, our_id
