-- What is told of a redone target is from now on told of its new attempt (docs/acceptance.md A20). See `reports/touch.sql`.
UPDATE reports SET
    target_id = (SELECT r.new_target_id FROM rerun_targets r
        WHERE r.rerun_id = $1 AND r.old_target_id = reports.target_id AND r.new_target_id IS NOT NULL),
    due_at = CASE WHEN leased_by IS NULL THEN $2 ELSE due_at END, is_stale = leased_by IS NOT NULL, tries = 0, problem = NULL
WHERE target_id IN (SELECT r.old_target_id FROM rerun_targets r WHERE r.rerun_id = $1 AND r.new_target_id IS NOT NULL)
