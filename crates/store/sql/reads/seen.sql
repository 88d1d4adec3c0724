-- Which of these targets are there for a viewer: a plan of a rerun names targets of other events, and so of other projects.
-- $1 targets as a JSON array, $2 viewer
SELECT t.id AS id
FROM targets t
JOIN events e ON e.id = t.event_id
JOIN projects p ON p.id = e.project_id
WHERE t.id IN (/*sqlite*/SELECT value FROM json_each($1)/*end*//*pg SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST($1 AS JSONB)) */)
    AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
