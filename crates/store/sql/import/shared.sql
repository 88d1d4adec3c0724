-- Rows of the other database that became jobs of several events.
SELECT source_table, source_id, count(DISTINCT event_id) AS events
FROM origins
WHERE our_table = 'jobs' AND (source_table, source_id) > ($1, $2)
GROUP BY source_table, source_id
HAVING count(DISTINCT event_id) > 1
ORDER BY source_table, source_id
LIMIT $3
