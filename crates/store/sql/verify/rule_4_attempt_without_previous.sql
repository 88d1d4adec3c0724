SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' (', t.kind, ' ', t.name, ' of event ', t.event_id, ') is attempt ', t.attempt,
        ' of chain ', t.chain_id, ', which has no attempt ', t.attempt - 1, ' of that kind, name and event') AS what
FROM targets t
LEFT JOIN targets p ON p.chain_id = t.chain_id AND p.attempt = t.attempt - 1
    AND p.kind = t.kind AND p.name = t.name AND p.event_id = t.event_id
WHERE t.attempt <> 1 AND p.id IS NULL
ORDER BY 2
LIMIT $1
