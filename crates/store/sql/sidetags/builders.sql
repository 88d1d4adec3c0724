-- The Koji builds known here that made these packages, and whether an update in their own workflow follows them.
SELECT t.id AS id, t.event_id AS event_id, t.details ->> 'nvr' AS nvr,
    EXISTS (SELECT 1 FROM inputs i JOIN targets f ON f.id = i.target_id AND f.kind = 'bodhi_update'
            WHERE i.input_target_id = t.id AND f.event_id = t.event_id) AS has_update
FROM targets t
WHERE t.kind = 'koji_build' AND t.status = 'succeeded'
    AND t.details ->> 'nvr' IN (/*sqlite*/SELECT value FROM json_each($1)/*end*//*pg SELECT value FROM jsonb_array_elements_text($1) */)
ORDER BY t.id
