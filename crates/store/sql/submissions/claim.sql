-- Takes submissions of one build system that are due: `due_at` is schedule and lease end in one. Walks the index of
-- (system, project_id, due_at, id) project by project from a cursor on, and takes at most a few of each project, so
-- that one busy project cannot starve the others whatever the length of its queue.
-- $1 system, $2 now, $3 lease end, $4 worker, $5 at most, $6 at most of one project, $7 the last project served
WITH RECURSIVE walk (id, project_id, due_at, rank, taken) AS (
    SELECT s.id, s.project_id, s.due_at,
        1 + (SELECT count(*) FROM submissions l
             WHERE l.system = $1 AND l.project_id = s.project_id AND l.leased_by IS NOT NULL AND l.due_at > $2),
        0
    FROM submissions s
    WHERE s.id = (
        SELECT n.id FROM submissions n
        WHERE n.system = $1 AND n.project_id > $7 AND n.due_at IS NOT NULL
        ORDER BY n.project_id, n.due_at, n.id LIMIT 1
    )
    UNION ALL
    SELECT s.id, s.project_id, s.due_at,
        CASE WHEN s.project_id = w.project_id THEN w.rank + 1
            ELSE 1 + (SELECT count(*) FROM submissions l
                      WHERE l.system = $1 AND l.project_id = s.project_id AND l.leased_by IS NOT NULL
                          AND l.due_at > $2)
        END,
        CASE WHEN w.due_at <= $2 AND w.rank <= $6 THEN w.taken + 1 ELSE w.taken END
    FROM walk w
    JOIN submissions s ON s.id = COALESCE(
        CASE WHEN w.due_at <= $2 AND w.rank < $6 THEN (
            SELECT n.id FROM submissions n
            WHERE n.system = $1 AND n.project_id = w.project_id AND n.due_at <= $2
                AND (n.due_at, n.id) > (w.due_at, w.id)
            ORDER BY n.due_at, n.id LIMIT 1
        ) END,
        (
            SELECT n.id FROM submissions n
            WHERE n.system = $1 AND n.project_id > w.project_id AND n.due_at IS NOT NULL
            ORDER BY n.project_id, n.due_at, n.id LIMIT 1
        )
    )
    WHERE w.taken < $5
),
-- Worked out once, so that rows which another worker holds are never made up for by more than asked for.
chosen AS MATERIALIZED (
    SELECT s.id FROM submissions s
    WHERE s.id IN (SELECT w.id FROM walk w WHERE w.due_at <= $2 AND w.rank <= $6)
        AND s.due_at <= $2
    ORDER BY s.project_id, s.due_at, s.id
    LIMIT $5 /*pg FOR UPDATE SKIP LOCKED */
)
UPDATE submissions SET due_at = $3, leased_by = $4
WHERE id IN (SELECT id FROM chosen)
RETURNING id, event_id, project_id, system, external_id, created_at, due_at, leased_by, tries, sent_at, callback_hash,
    problem, cancel_requested_at, cancel_requested_by, canceled_at, called_at
