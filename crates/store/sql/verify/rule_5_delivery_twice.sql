SELECT 'inbox' AS place, MAX(i.id) AS id, count(*) OVER () AS found,
    concat('delivery ', i.delivery_id, ' from ', i.source, ' is kept ', count(*), ' times') AS what
FROM inbox i
GROUP BY i.source, i.delivery_id
HAVING count(*) > 1
ORDER BY 2
LIMIT $1
