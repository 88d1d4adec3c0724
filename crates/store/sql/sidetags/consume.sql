INSERT INTO inputs (target_id, input_target_id, needs) VALUES ($1, $2, 'success')
ON CONFLICT (target_id, input_target_id) DO NOTHING
