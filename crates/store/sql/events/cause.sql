UPDATE events SET caused_by_target_id = $2 WHERE id = $1
