SELECT p.forge, p.namespace, p.name, r.kind, r.name AS reference_name, c.hash,
    CASE WHEN EXISTS (
        SELECT 1 FROM targets t
        WHERE t.submission_id = $2 AND t.kind IN ('propose_downstream', 'pull_from_upstream')
    ) THEN e.config END AS config,
    (SELECT i.id FROM installation i) AS installation
FROM events e
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE e.id = $1
