-- What a person may paste: a project, one of its references, a commit by its hash or the beginning of it, and what a build
-- system calls a build, request or task. What was not asked for is '' and found nowhere.
-- $1 viewer, $2 forge or '', $3 namespace or '', $4 project, $5 kind and $6 name of a reference, $7 to $8 hashes,
-- $9 external id, $10 hits of each kind
WITH found AS (
    SELECT p.id, p.forge, p.namespace, p.name
    FROM projects p
    WHERE lower(p.name) = lower($4) AND ($3 = '' OR lower(p.namespace) = lower($3)) AND ($2 = '' OR p.forge = $2)
        AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    ORDER BY p.id LIMIT $10
)
SELECT 'project' AS found, f.id AS id, CAST(NULL AS BIGINT) AS event_id, f.forge AS forge, f.namespace AS namespace,
    f.name AS project_name, CAST(NULL AS TEXT) AS kind, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS hash,
    CAST(NULL AS TEXT) AS external_id
FROM found f
WHERE $5 = ''
UNION ALL
SELECT 'reference', r.id, NULL, f.forge, f.namespace, f.name, r.kind, r.name, NULL, NULL
FROM found f
JOIN "references" r ON r.project_id = f.id AND r.kind = $5 AND r.name = $6
UNION ALL
SELECT * FROM (
    SELECT 'commit', c.id, CAST(NULL AS BIGINT), p.forge, p.namespace, p.name AS project_name, r.kind, r.name, c.hash, NULL
    FROM commits c
    -- The plus keeps SQLite from walking all projects to look into each one's commits.
    JOIN projects p ON p.id = +c.project_id
    JOIN "references" r ON r.id = c.reference_id
    WHERE c.hash >= $7 AND c.hash < $8
        AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    ORDER BY c.hash, c.id LIMIT $10
) commits_found
UNION ALL
SELECT * FROM (
    SELECT 'target', t.id, t.event_id, p.forge, p.namespace, p.name AS project_name, t.kind, t.name, NULL, t.external_id
    FROM targets t
    JOIN events e ON e.id = t.event_id
    JOIN projects p ON p.id = e.project_id
    WHERE t.external_id = $9
        AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    ORDER BY t.id LIMIT $10
) targets_found
UNION ALL
SELECT * FROM (
    SELECT 'submission', s.id, s.event_id, p.forge, p.namespace, p.name AS project_name, s.system, NULL, NULL, s.external_id
    FROM submissions s
    JOIN projects p ON p.id = s.project_id
    WHERE s.external_id = $9
        AND (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    ORDER BY s.id LIMIT $10
) submissions_found
ORDER BY 1, 2
