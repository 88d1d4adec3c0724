-- How a sidetag is used: the targets of its group and branch that have not ended, and its updates that have become stable.
-- $1 its name, $2 the group, $3 the branch.
SELECT COALESCE(SUM(CASE WHEN t.finished_at IS NULL THEN 1 ELSE 0 END), 0) AS unfinished,
    COALESCE(SUM(CASE WHEN t.kind = 'bodhi_update' AND t.status = 'succeeded' AND t.details ->> 'sidetag' = $1
        THEN 1 ELSE 0 END), 0) AS stable
FROM jobs j
JOIN targets t ON t.job_id = j.id AND t.name = $3
WHERE j.kind IN ('koji_build', 'koji_tag_request', 'bodhi_update') AND j.details ->> 'sidetag_group' = $2
