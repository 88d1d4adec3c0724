SELECT x.place AS place, x.id AS id, count(*) OVER () AS found,
    concat('a row of ', x.place, ' names ', x.parent, ' ', x.parent_id, ', which is gone') AS what
FROM (
    SELECT 'references' AS place, c.id AS id, 'project' AS parent, c.project_id AS parent_id
    FROM "references" c LEFT JOIN projects p ON p.id = c.project_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'events', c.id, 'reference', c.reference_id
    FROM events c LEFT JOIN "references" p ON p.id = c.reference_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'omissions', c.id, 'event', c.event_id
    FROM omissions c LEFT JOIN events p ON p.id = c.event_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'pipelines', c.id, 'event', c.event_id
    FROM pipelines c LEFT JOIN events p ON p.id = c.event_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'jobs', c.id, 'event', c.event_id
    FROM jobs c LEFT JOIN events p ON p.id = c.event_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'steps', c.id, 'pipeline', c.pipeline_id
    FROM steps c LEFT JOIN pipelines p ON p.id = c.pipeline_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'targets', c.id, 'job', c.job_id
    FROM targets c LEFT JOIN jobs p ON p.id = c.job_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'targets', c.id, 'submission', c.submission_id
    FROM targets c LEFT JOIN submissions p ON p.id = c.submission_id
    WHERE c.submission_id IS NOT NULL AND p.id IS NULL
    UNION ALL
    SELECT 'submissions', c.id, 'event', c.event_id
    FROM submissions c LEFT JOIN events p ON p.id = c.event_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'inputs', c.target_id, 'target', c.input_target_id
    FROM inputs c LEFT JOIN targets p ON p.id = c.input_target_id WHERE p.id IS NULL
    UNION ALL
    SELECT 'inputs', c.input_target_id, 'target', c.target_id
    FROM inputs c LEFT JOIN targets p ON p.id = c.target_id WHERE p.id IS NULL
) AS x
ORDER BY 1, 2
LIMIT $1
