-- The newest events that told of a version, under either of its names, and what they pulled in.
SELECT e.id, j.details
FROM events e
JOIN "references" r ON r.id = e.reference_id
JOIN jobs j ON j.event_id = e.id
WHERE e.kind = 'upstream_version' AND r.name IN ($1, $2) AND j.kind = 'pull_from_upstream'
ORDER BY e.occurred_at DESC, e.id DESC, j.id
LIMIT 50
