-- Each delivery that came to an event names it, and the event its delivery.
SELECT x.place AS place, x.id AS id, count(*) OVER () AS found, x.what AS what
FROM (
    SELECT 'inbox' AS place, i.id AS id,
        concat('delivery ', i.id, ' came to ', i.outcome, ' and names no event') AS what
    FROM inbox i
    WHERE i.outcome IN ('accepted', 'nothing_planned') AND i.event_id IS NULL
    UNION ALL
    SELECT 'events', e.id,
        concat('event ', e.id, ' came from delivery ', e.inbox_id, ', which ',
            CASE WHEN i.event_id IS NULL THEN 'names no event' ELSE concat('names event ', i.event_id) END)
    FROM events e
    JOIN inbox i ON i.id = e.inbox_id
    WHERE i.event_id IS DISTINCT FROM e.id
    UNION ALL
    SELECT 'events', MAX(e.id), concat('delivery ', e.inbox_id, ' came to ', count(*), ' events')
    FROM events e
    WHERE e.inbox_id IS NOT NULL
    GROUP BY e.inbox_id
    HAVING count(*) > 1
) AS x
ORDER BY 1, 2
LIMIT $1
