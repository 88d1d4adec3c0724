-- What the build systems called the earlier attempts of a submission's targets.
SELECT DISTINCT o.external_id
FROM targets t
JOIN targets o ON o.chain_id = t.chain_id AND o.attempt < t.attempt
WHERE t.submission_id = $1 AND o.external_id IS NOT NULL
