-- A commit's project is its reference's; so is an event's, and a submission's is its event's.
SELECT x.place AS place, x.id AS id, count(*) OVER () AS found, x.what AS what
FROM (
    SELECT 'commits' AS place, c.id AS id,
        concat('commit ', c.id, ' is of project ', c.project_id, ', its reference ', r.id, ' of project ',
            r.project_id) AS what
    FROM commits c
    JOIN "references" r ON r.id = c.reference_id
    WHERE c.project_id <> r.project_id
    UNION ALL
    SELECT 'events', e.id, concat('event ', e.id, ' is of project ', e.project_id, ', its reference ', r.id,
        ' of project ', r.project_id)
    FROM events e
    JOIN "references" r ON r.id = e.reference_id
    WHERE e.project_id <> r.project_id
    UNION ALL
    SELECT 'events', e.id, concat('event ', e.id, ' is at reference ', e.reference_id, ', its commit ', c.id,
        ' at reference ', c.reference_id)
    FROM events e
    JOIN commits c ON c.id = e.commit_id
    WHERE e.reference_id <> c.reference_id
    UNION ALL
    SELECT 'submissions', s.id, concat('submission ', s.id, ' is of project ', s.project_id, ', its event ', e.id,
        ' of project ', e.project_id)
    FROM submissions s
    JOIN events e ON e.id = s.event_id
    WHERE s.project_id <> e.project_id
) AS x
ORDER BY 1, 2
LIMIT $1
