-- What hangs together belongs to one event; a target is of its job's kind; an origin is never a rerun.
SELECT x.place AS place, x.id AS id, count(*) OVER () AS found, x.what AS what
FROM (
    SELECT 'steps' AS place, s.id AS id,
        concat('step ', s.id, ' is of event ', s.event_id, ', its pipeline of event ', p.event_id, ', its job of event ',
            j.event_id) AS what
    FROM steps s
    JOIN pipelines p ON p.id = s.pipeline_id
    JOIN jobs j ON j.id = s.job_id
    WHERE s.event_id <> p.event_id OR s.event_id <> j.event_id
    UNION ALL
    SELECT 'targets', t.id, concat('target ', t.id, ' is a ', t.kind, ' of event ', t.event_id, ', its job ', j.id,
        ' a ', j.kind, ' of event ', j.event_id)
    FROM targets t
    JOIN jobs j ON j.id = t.job_id
    WHERE t.event_id <> j.event_id OR t.kind <> j.kind
    UNION ALL
    SELECT 'targets', t.id, concat('target ', t.id, ' of event ', t.event_id, ' rides on submission ', s.id,
        ' of event ', s.event_id)
    FROM targets t
    JOIN submissions s ON s.id = t.submission_id
    WHERE t.event_id <> s.event_id
    UNION ALL
    SELECT 'pipelines', p.id, concat('pipeline ', p.id, ' of event ', p.event_id, ' is a rerun of pipeline ',
        p.origin_id, CASE WHEN o.origin_id IS NOT NULL THEN ', a rerun itself'
            ELSE concat(' of event ', o.event_id) END)
    FROM pipelines p
    LEFT JOIN pipelines o ON o.id = p.origin_id
    WHERE p.origin_id IS NOT NULL AND (o.id IS NULL OR o.origin_id IS NOT NULL OR o.event_id <> p.event_id)
) AS x
ORDER BY 1, 2
LIMIT $1
