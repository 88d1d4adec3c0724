-- Builds that a rerun is to consume beside those of its own event, in their newest attempts. Columns as in load.sql.
SELECT 'elsewhere' AS section, o.id AS id, n.id AS first_id, n.event_id AS second_id,
    CAST(NULL AS BIGINT) AS third_id, CAST(NULL AS BIGINT) AS number,
    n.kind AS kind, n.name AS name, CAST(NULL AS TEXT) AS identifier, n.status AS status, o.status AS reason,
    CAST(NULL AS TEXT) AS external_id, CAST(NULL AS TEXT) AS url, CAST(NULL AS TEXT) AS logs_url,
    CAST(NULL AS TIMESTAMPTZ) AS submitted_at, CAST(NULL AS TIMESTAMPTZ) AS started_at,
    n.finished_at AS finished_at, CAST(NULL AS TIMESTAMPTZ) AS peer_started_at,
    n.peer_finished_at AS peer_finished_at, CAST(NULL AS JSONB) AS held, CAST(NULL AS JSONB) AS details
FROM targets o
JOIN targets n ON n.chain_id = o.chain_id
WHERE o.id IN (/*sqlite*/SELECT value FROM json_each($1)/*end*//*pg SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1) */)
    AND NOT EXISTS (SELECT 1 FROM targets x WHERE x.chain_id = n.chain_id AND x.attempt > n.attempt)
