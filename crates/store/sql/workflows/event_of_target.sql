SELECT event_id FROM targets WHERE id = $1
