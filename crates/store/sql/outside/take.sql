DELETE FROM outside_moves WHERE event_id = $1
