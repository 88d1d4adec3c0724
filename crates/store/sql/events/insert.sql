INSERT INTO events (project_id, reference_id, commit_id, kind, actor, occurred_at, received_at, before, after,
    config, inbox_id, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'nothing')
RETURNING id
