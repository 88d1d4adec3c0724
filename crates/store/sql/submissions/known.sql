SELECT 1 FROM submissions WHERE system = $1 AND external_id = $2
