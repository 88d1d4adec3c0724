-- What build systems call these targets.
SELECT t.id, t.kind, t.external_id
FROM targets t
WHERE t.external_id IS NOT NULL
    AND t.id IN (/*sqlite*/SELECT value FROM json_each($1)/*end*//*pg SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1) */)
ORDER BY t.id
