SELECT 'targets' AS place, MAX(t.id) AS id, count(*) OVER () AS found,
    concat('chain ', t.chain_id, ' has ', count(*), ' attempts with the number ', t.attempt) AS what
FROM targets t
GROUP BY t.chain_id, t.attempt
HAVING count(*) > 1
ORDER BY 2
LIMIT $1
