-- Use case 7: events, newest first, from a cursor on: of a project, of a reference, at a commit, or across all projects, by
-- the filters that are added (see filters.rs). What the forge has not called public is shown to those who may see it.
-- SQLite would begin with the projects and sort; a CROSS JOIN of its own keeps the order in which tables stand.
-- $1 viewer, $2 and $3 the event before which the page begins, LIMIT events, $4 and on what is filtered by
SELECT e.id, e.kind, e.actor, e.status, e.version, e.occurred_at, e.received_at, e.project_id, e.reference_id,
    p.forge, p.namespace, p.name AS project_name, p.visibility, r.kind AS reference_kind, r.name AS reference_name, c.hash,
    CASE WHEN e.has_omissions THEN (SELECT o.reason FROM omissions o WHERE o.event_id = e.id ORDER BY o.id LIMIT 1) END AS reason
FROM events e /*package JOIN event_packages k ON k.event_id = e.id */
/*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
    AND (e.occurred_at, e.id) < ($2, $3) /*filters*/
ORDER BY e.occurred_at DESC, e.id DESC
LIMIT /*page*/ 31
