SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' is attempt ', t.attempt, ' of chain ', t.chain_id,
        '; a chain is named by its first attempt') AS what
FROM targets t
WHERE (t.attempt = 1) <> (t.chain_id = t.id)
ORDER BY 2
LIMIT $1
