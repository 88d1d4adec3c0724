-- Has the targets of an event that use a build consume it, whose event is another one.
INSERT INTO inputs (target_id, input_target_id, needs)
SELECT t.id, $3, 'success' FROM targets t
WHERE t.event_id = $1 AND t.name = $2 AND t.kind IN ('bodhi_update', 'koji_tag_request')
ON CONFLICT (target_id, input_target_id) DO NOTHING
