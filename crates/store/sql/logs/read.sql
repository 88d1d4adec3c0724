SELECT text FROM logs WHERE target_id = $1
