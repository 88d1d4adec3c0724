-- What happened and where, for the question who may command there.
SELECT events.kind, projects.forge, projects.namespace, projects.name, projects.visibility, "references".kind, "references".name AS reference,
    commits.hash
FROM events
JOIN projects ON projects.id = events.project_id
JOIN "references" ON "references".id = events.reference_id
LEFT JOIN commits ON commits.id = events.commit_id
WHERE events.id = $1
