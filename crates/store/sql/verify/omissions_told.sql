-- An event says whether it has omissions.
SELECT 'events' AS place, e.id AS id, count(*) OVER () AS found,
    concat('event ', e.id, CASE WHEN e.has_omissions THEN ' has no omissions and says that it has some'
        ELSE ' has omissions and says that it has none' END) AS what
FROM events e
WHERE e.has_omissions <> EXISTS (SELECT 1 FROM omissions o WHERE o.event_id = e.id)
ORDER BY 2
LIMIT $1
